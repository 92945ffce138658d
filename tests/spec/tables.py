"""Examples as tables: a definition in YAML, small histories, the decision each leads to.

A file of examples holds ``PLAYBOOK`` and ``CASES``; its docstring is its paragraph in MANUAL.md (see contents.py). A
playbook is one document a definition, beside whose keys may stand ``vocabulary`` and other sections; several are parted
by ``---``. A line of a history reads "12d content_downloaded, asset HX-200 datasheet": how long ago, what, its words.
Three more are no activities: "9d sales rejected, reason bad-timing", "1d lifted student, reason Buys for a plant", and
of the account "20d listed Strategic plan, origin partner, since 30d, until in 2d".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy import select

from penstock.operations.answer import answer_handoff
from penstock.operations.lift import lift_disqualifier
from penstock.operations.nurture import run_nurture
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.playbook.definition import Definition
from penstock.playbook.model import Deciding, Playbook
from penstock.playbook.reference_verdict import SaidListing
from penstock.playbook.values import Span, read_span
from penstock.store.engine import Sessions, table
from penstock.store.tables import Enrolment, Handoff
from penstock.store.types import to_micros
from tests.history import DAY, History, playbook
from tests.spec.slowly import judged_slowly

WORD = re.compile(r", (?=(?:asset|line|channel|source|campaign|text|reason|origin|since|until) )")
# What is no activity of the lead: what sales answers to the open handoff, a disqualifier that a person lifts, and a
# target list that its account is on.
OF_OTHERS = ("sales", "lifted", "listed")


@dataclass(frozen=True)
class Case:
    """A small history and what is decided; points as people write them."""

    name: str
    decides: Mapping[str, Any]
    """What is decided, by name; where the playbook has several definitions, by definition and name."""
    did: Sequence[str] = ()
    lead: Mapping[str, Any] = field(default_factory=dict)
    others: Sequence[tuple[Mapping[str, Any], Sequence[str]]] = ()
    """Other people of the lead's account: who they are and what they did. With any, an account is made, as with any
    target list that it is on."""

    def __str__(self) -> str:
        return self.name

    @property
    def people(self) -> list[tuple[Mapping[str, Any], Sequence[str]]]:
        """Everybody: the lead, then the others of its account."""
        return [(self.lead, self.did), *self.others]

    @property
    def has_account(self) -> bool:
        """Whether the lead works for a company that anybody knows of."""
        return bool(self.others) or any(read_line(line).is_of_list for line in self.did)


@dataclass(frozen=True)
class Line:
    """One line of a history."""

    ago: Span
    what: str
    words: Mapping[str, Any]

    @property
    def is_activity(self) -> bool:
        return self.what.split()[0] not in OF_OTHERS

    @property
    def is_of_list(self) -> bool:
        return self.what.split()[0] == "listed"


def read_line(text: str) -> Line:
    """Read "12d content_downloaded, asset HX-200 datasheet"."""
    first, *words = WORD.split(text)
    ago, what = first.split(" ", 1)
    return Line(read_span(ago), what, dict(word.split(" ", 1) for word in words))


def written(text: str, **operations: Any) -> Playbook:
    """Read the documents of an example as a playbook over the vocabulary of the tests."""
    definitions, sections = [], dict(operations)
    for document in YAML(typ="safe", pure=True).load_all(text):
        names = {*Definition.model_fields, "for"} if "definition" in document else set()
        definitions += [{name: value for name, value in document.items() if name in names}] if names else []
        sections |= {name: value for name, value in document.items() if name not in names}
    return playbook(*definitions, **{"mails": _mails(sections.get("sequences", {})), **sections})


def _mails(sequences: Mapping[str, Any]) -> dict[str, str]:
    """Return a body for every mail that a sequence names: they are files, and no example is about their words."""
    steps = (step for sequence in sequences.values() for step in sequence["steps"].values())
    return {step["mail"]: "Subject: x\n\nx" for step in steps}


def decided(store: Sessions, now: datetime, text: str, case: Case) -> dict[str, Any]:
    """Return what is decided at ``now``, of that what the case speaks of.

    The statement finds it on the store's database; the plain reference has to find the same points and the same tier.
    """
    history = told(store, now, text, case)
    run_qualify(store, now=now)
    deciding = written(text).deciding
    found = found_by(history, now, deciding, case)
    for name, slow in judged_slowly(deciding, told_slowly(case, now), now, lists_slowly(case, now)).items():
        fast = found[name]
        assert (slow.fit / 1000, slow.intent / 1000, slow.tier) == (fast["fit"], fast["intent"], fast["tier"])
    return asked(case.decides, found)


def found_by(history: History, now: datetime, deciding: Deciding, case: Case) -> dict[str, dict[str, Any]]:
    """Return definition → what was decided and, where the case asks for it, what came of it."""
    acted_on = _acted_on(history, now) if _asks_for_acts(case.decides) else {}
    return {name: acted_on | outcome(history, name) for name in deciding.definitions}


def asked(decides: Mapping[str, Any], found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return of what was found that which a case speaks of, by definition where it speaks of several."""
    if any(isinstance(one, Mapping) for one in decides.values()):
        return {name: {word: found[name][word] for word in one} for name, one in decides.items()}
    [only] = found.values()
    return {word: only[word] for word in decides}


def outcome(history: History, definition: str) -> dict[str, Any]:
    """Return how the first subject of a definition stands under it, and the reason of its last decision."""
    score = next(one for one in history.scores() if one["definition"] == definition)
    mine = [one for one in history.decisions() if one["definition"] == definition]
    last = [one for one in mine if one["subject_id"] == score["subject_id"]][-1]
    return {
        **{name: score[name] for name in ("tier", "stage", "branch")},
        **{name: score[name] / 1000 for name in ("fit", "intent")},
        "reason": last["reason"],
    }


def _asks_for_acts(decides: Mapping[str, Any]) -> bool:
    several = [one for one in decides.values() if isinstance(one, Mapping)] or [decides]
    return any(one.keys() & {"queue", "sequence"} for one in several)


def _acted_on(history: History, now: datetime) -> dict[str, str]:
    """Let route and nurture act; return the queue of each handoff and the sequence that runs, '' for none."""
    run_route(history.store, now=now)
    run_nurture(history.store, now=now)
    e = table(Enrolment).c
    with history.store.read() as tx:
        queues = list(tx.scalars(select(table(Handoff).c.queue)))
        sequences = list(tx.scalars(select(e.sequence).where(e.status == "active")))
    return {"queue": ", ".join(queues), "sequence": ", ".join(sequences)}


def told(store: Sessions, now: datetime, text: str, case: Case, **operations: Any) -> History:
    """Land the history of a case, each thing when it occurred."""
    history = History(store, written(text, **operations), live_from=now - 400 * DAY)
    account = history.account("firm", received=now - 399 * DAY) if case.has_account else None
    leads = [
        history.lead("jana" + "a" * number, account=account, received=now - 399 * DAY, **facts)
        for number, (facts, _) in enumerate(case.people)
    ]
    for number, line in in_order(case):
        if line.is_of_list:
            listed(history, account or 0, now, line)
        else:
            happened(history, leads[number], now, line)
    return history


def in_order(case: Case) -> Iterator[tuple[int, Line]]:
    """Yield the lines of a case, the oldest first, each with the place of who did it."""
    lines = [(number, read_line(line)) for number, (_, did) in enumerate(case.people) for line in did]
    yield from sorted(lines, key=lambda one: one[1].ago.length, reverse=True)


def happened(history: History, lead: int, now: datetime, line: Line) -> None:
    """Land one line of a history."""
    at = now - line.ago.length
    if line.is_activity:
        history.did(lead, line.what, at=at, **line.words)
        return
    by, what = line.what.split()
    run_qualify(history.store, now=at)
    run_route(history.store, now=at)
    if by == "lifted":
        lift_disqualifier(
            history.store, now=at, named=str(lead), disqualifier=what, reason=line.words["reason"], actor="ruth"
        )
    else:
        answer_handoff(
            history.store,
            now=at,
            handoff_id=_open(history),
            answer=what,
            actor="ruth",
            **line.words,
        )


def _open(history: History) -> int:
    with history.store.read() as tx:
        return int(tx.scalars(select(table(Handoff).c.id).order_by(table(Handoff).c.id.desc())).first() or 0)


def listed(history: History, account: int, now: datetime, line: Line) -> None:
    """Let the account be on a target list, as was said then."""
    name, since, until = place(line, now)
    received = now - line.ago.length
    history.listed(account, name, origin=line.words.get("origin", ""), since=since, until=until, received=received)


def place(line: Line, now: datetime) -> tuple[str, datetime | None, datetime | None]:
    """Return the name of a target list, with its beginning and its end."""
    since, until = (moment(line.words[end], now) if end in line.words else None for end in ("since", "until"))
    return line.what.removeprefix("listed "), since, until


def moment(text: str, now: datetime) -> datetime:
    """Return the moment that lies "30d" back, or "in 2d"."""
    ahead = text.removeprefix("in ")
    return now + read_span(ahead).length if ahead != text else now - read_span(text).length


def lists_slowly(case: Case, now: datetime) -> list[SaidListing]:
    """Return what was said of the account's target lists, for the reference."""
    return [_listed_slowly(line, now) for line in map(read_line, case.did) if line.is_of_list]


def _listed_slowly(line: Line, now: datetime) -> SaidListing:
    name, *ends = place(line, now)
    since, until = (None if end is None else to_micros(end) for end in ends)
    received = to_micros(now - line.ago.length)
    return SaidListing(name, line.words.get("origin", ""), since, until, "crm", received, received)


def told_slowly(case: Case, now: datetime) -> list[tuple[Mapping[str, Any], list[tuple[datetime, dict[str, str]]]]]:
    """Return who everybody is and what they did when, for the reference."""
    return [
        (facts, [
            (now - line.ago.length, {"kind": line.what, **line.words})
            for line in map(read_line, did) if line.is_activity
        ])
        for facts, did in case.people
    ]  # fmt: skip
