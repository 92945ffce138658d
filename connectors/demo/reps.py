"""The reps of the fake vendor: what they answer to a handoff that they have seen, and when; used by feed.py.

A pure function of the world and of the handoff's lead, queue and moment, so that a run that is repeated hears the same
answers under the same ids, whatever number its handoffs have. What is answered comes later than the handoff, always.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from connectors.demo import texts
from connectors.demo.world import World
from penstock.records import Answer, HandoffSeen, Happening, OutcomeSaid, Record

STREAM = "sales"
DESK = (7, 16)  # hours (UTC) between which somebody answers
SATURDAY = 5
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SILENT = 14  # percent of handoffs that nobody ever takes: their clocks run over both levels


def moves(world: World, handoff: HandoffSeen, *, feed: str) -> list[Record]:
    """Return all that ever follows from a handoff, oldest first; nothing for one in seven."""
    dice = world.dice("rep", handoff.lead_key, handoff.queue, handoff.created_at.isoformat())
    if dice.randrange(100) < SILENT:
        return []
    return [_record(handoff, feed, at, told) for at, told in _story(world, dice, handoff)]


Told = tuple[datetime, dict[str, Any]]


def _story(world: World, dice: Random, handoff: HandoffSeen) -> Iterator[Told]:
    """Take it on, mostly call, then say what it is worth; what comes of it follows."""
    delay = dice.choices((dice.uniform(5, 150), dice.uniform(150, 900), dice.uniform(900, 5000)), (60, 25, 15))[0]
    at = _at_desk(handoff.created_at + timedelta(minutes=delay), dice)
    yield at, _answer(handoff, "working")
    if dice.randrange(100) < 80:  # noqa: PLR2004 - the others write a mail that no system sees
        happening = Happening("call_made", channel="phone", text=dice.choice(texts.CALLS))
        yield at + timedelta(minutes=dice.randint(5, 90)), {"happening": happening}
    verdict = dice.choices(("accepted", "rejected", "review", "none"), (54, 24, 14, 8))[0]
    at = _later(world, at, dice, 0.2, 2.5)
    if verdict == "review":
        yield at, _answer(handoff, "review", reason="missing-fit")
        at = _later(world, at, dice, 0.5, 3)
        verdict = dice.choices(("accepted", "rejected", "none"), (40, 30, 30))[0]
    if verdict == "rejected":
        yield at, _answer(handoff, "rejected", reason=dice.choice(texts.REASONS))
    if verdict == "accepted":
        next_on = (at + timedelta(days=dice.randint(2, 10))).date()
        yield at, _answer(handoff, "accepted", next_step=dice.choice(texts.NEXT_STEPS), next_on=next_on)
        yield from _deal(world, dice, at)


def _deal(world: World, dice: Random, at: datetime) -> Iterator[Told]:
    """Go from meeting to won or lost, or rest at one of them."""
    value, close = dice.randint(3, 240) * 500_000, dice.choices(("won", "lost", ""), (55, 25, 20))[0]
    for kind, percent, first, last in (
        ("meeting", 90, 1, 4),
        ("evaluation", 75, 1, 6),
        ("opportunity", 75, 2, 8),
        (close, 100, 3, 14),
    ):
        if not kind or dice.randrange(100) >= percent:
            return
        at = _later(world, at, dice, first, last)
        priced = kind in ("opportunity", "won")
        yield at, {"outcome": OutcomeSaid(kind, value if priced else None, "EUR" if priced else "")}


def _answer(handoff: HandoffSeen, answer: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of Answer
    return {"answer": Answer(handoff.handoff, answer, actor=handoff.owner, **more)}


def _later(world: World, at: datetime, dice: Random, first: float, last: float) -> datetime:
    return _at_desk(at + timedelta(days=dice.uniform(first, last) * world.pace), dice)


def _at_desk(at: datetime, dice: Random) -> datetime:
    """Return the moment itself in working hours, else some minutes after the next morning begins, in whole seconds."""
    at = at.replace(microsecond=0) + timedelta(seconds=1)
    if at.hour >= DESK[1]:
        at = at.replace(hour=0) + timedelta(days=1)
    if at.weekday() >= SATURDAY:
        at = at.replace(hour=0) + timedelta(days=7 - at.weekday())
    return at if at.hour >= DESK[0] else at.replace(hour=DESK[0], minute=dice.randint(0, 59))


def _record(handoff: HandoffSeen, feed: str, at: datetime, told: dict[str, Any]) -> Record:
    what = told.get("answer") or told.get("outcome") or told["happening"]
    word = getattr(what, "answer", None) or what.kind
    key = f"{handoff.lead_key}/{handoff.queue}/{(handoff.created_at - EPOCH) // timedelta(microseconds=1)}/{word}"
    raw = json.dumps({"key": key, "at": at.isoformat(), "what": word})
    email, person_id = _whom(handoff.lead_key, feed)
    return Record(key, at, email=email, person_id=person_id, raw=raw, place=key, **told)


def _whom(lead_key: str, feed: str) -> tuple[str, str]:
    """Return address and own id by which a lead's key finds the lead; another feed's id says nothing here.

    A key is an address or an id behind its kind: ``email:jana@keller.example``, ``feed:demo:C000017``.
    """
    kind, _, value = lead_key.rpartition(":")
    if "@" in value:
        return value, ""
    return "", value if kind.removeprefix("feed:") in ("", feed) else ""
