"""Clocks: starting one with every level it will have, stopping it. Used by route and answer, in their transactions.

A clock is started once with all its due moments; neither an edited calendar nor an edited SLA moves them afterwards,
only a tier that rises brings them forward.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from penstock.playbook.operations import Calendar, Operations, Queue
from penstock.playbook.values import Span, read_span
from penstock.sla.business_time import before, due
from penstock.sla.working_time import WorkingTime, read_calendar, round_the_clock
from penstock.store.engine import table
from penstock.store.tables import Clock, Escalation
from penstock.store.types import from_micros, to_micros

CLOCK, ESCALATION = table(Clock), table(Escalation)
WARNING = 0


@dataclass(frozen=True, slots=True)
class Level:
    """One due moment of a clock: 0 warns, 1, 2 … escalate. ``whom`` is a person id, None when there is nobody."""

    level: int
    due_at: datetime
    whom: str | None


def write_levels(levels: Sequence[Level]) -> str:
    """Return levels as they are kept in a clock's row."""
    return json.dumps([[one.level, to_micros(one.due_at), one.whom] for one in levels], separators=(",", ":"))


def read_levels(text: str) -> list[Level]:
    """Return the levels of a clock's row."""
    return [Level(level, from_micros(due_at), whom) for level, due_at, whom in json.loads(text)]


class Calendars:
    """The working time of each person of the playbook, read once."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    def of(self, person: str | None) -> WorkingTime:
        """Return a person's working time; of nobody, or of one whom the playbook no longer knows, every hour in UTC."""
        found = self._operations.people.get(person or "")
        calendar = None if found is None else self._operations.calendars.get(found.calendar)
        return _around_the_clock() if calendar is None else _read(calendar.model_dump_json())


@lru_cache(maxsize=256)
def _read(calendar: str) -> WorkingTime:
    return read_calendar(Calendar.model_validate_json(calendar))


@lru_cache(maxsize=1)
def _around_the_clock() -> WorkingTime:
    return round_the_clock()


def contact_clock(
    operations: Operations, *, of: tuple[int, int], queue: str, owner: str | None, now: datetime, sla: str | None = None
) -> dict[str, Any] | None:
    """Return the row of a contact clock that starts now; None where the queue or its SLA is gone from the playbook.

    ``of`` are handoff and round; ``sla`` is that of the queue unless told so. It runs in the owner's calendar; without
    an owner in that of the queue's first member.
    """
    desk = operations.queues.get(queue)
    name = sla or ("" if desk is None else desk.sla)
    promise = operations.sla.get(name)
    if desk is None or promise is None:
        return None
    working = Calendars(operations).of(owner or next(iter(desk.members), None))
    due_at = due(now, promise.contact, working)
    levels = [*_warning(promise.warn, now, due_at, working, whom(operations, desk, owner, "owner"))]
    for number, (span, to) in enumerate(promise.late.items(), WARNING + 1):
        levels.append(Level(number, due(due_at, read_span(span), working), whom(operations, desk, owner, to)))
    return {
        "of": "handoff",
        "of_id": of[0],
        "kind": "contact",
        "round": of[1],
        "sla": name,
        "started_at": now,
        "due_at": due_at,
        "levels": write_levels(levels),
        "next_due": min((one.due_at for one in levels), default=None),
    }


def brought_forward(kept: Sequence[Level], made: Mapping[str, Any], written: Container[int]) -> dict[str, Any]:
    """Return what a running clock with the levels ``kept`` changes when the promise ``made`` now takes its place.

    Levels that were ``written`` stay as they are, so that none is written or told a second time.
    """
    levels = [one for one in kept if one.level in written]
    levels += [one for one in read_levels(made["levels"]) if one.level not in written]
    return {
        "sla": made["sla"],
        "due_at": made["due_at"],
        "levels": write_levels(sorted(levels, key=lambda one: one.level)),
        "next_due": min((one.due_at for one in levels if one.level not in written), default=None),
    }


def _warning(
    warn: Span | None, start: datetime, due_at: datetime, working: WorkingTime, to: str | None
) -> Iterable[Level]:
    """Yield the warning, unless it would come before the clock has begun: then the note itself is warning enough."""
    if warn is not None and (at := before(due_at, warn, working)) > start:
        yield Level(WARNING, at, to)


def whom(operations: Operations, queue: Queue, owner: str | None, to: str) -> str | None:
    """Return the person that a level speaks to.

    ``owner``: without one, the manager of the queue. ``manager``: the owner's, else the owner. ``queue``: the first
    other member in the playbook's order, else the owner.
    """
    first = next(iter(queue.members), None)
    if to == "queue":
        return next((name for name in queue.members if name != owner), owner)
    if to == "manager":
        return manager_of(operations, owner or first) or owner
    return owner or manager_of(operations, first)


def manager_of(operations: Operations, person: str | None) -> str | None:
    """Return the id of a person's manager, None where there is none."""
    found = operations.people.get(person or "")
    return None if found is None else found.manager


def stop_clocks(tx: Connection, *, now: datetime, handoff_id: int, by: str, kinds: Sequence[str] = ()) -> int:
    """Stop the running clocks of a handoff (of these kinds, or all) and return how many there were."""
    running = [CLOCK.c.of == "handoff", CLOCK.c.of_id == handoff_id, CLOCK.c.stopped_at.is_(None)]
    if kinds:
        running.append(CLOCK.c.kind.in_(kinds))
    return tx.execute(update(CLOCK).where(*running).values(stopped_at=now, stopped_by=by, next_due=None)).rowcount


def restart_clocks(tx: Connection, stopped: Mapping[int, datetime]) -> None:
    """Let the clocks of handoffs run on that stopped at these moments (handoff → moment): their promises still hold."""
    c, e = CLOCK.c, ESCALATION.c
    mine = (c.of == "handoff", c.of_id.in_(list(stopped)))
    rows = [row for row in tx.execute(select(CLOCK).where(*mine)) if row.stopped_at == stopped[row.of_id]]
    query = select(e.clock_id, e.level).where(e.clock_id.in_([row.id for row in rows]))
    written = set(tx.execute(query).tuples())
    left = {row.id: [one for one in read_levels(row.levels) if (row.id, one.level) not in written] for row in rows}
    then = {clock: min((one.due_at for one in levels), default=None) for clock, levels in left.items()}
    if then:
        tx.execute(_RUN_ON, [{"clock": clock, "then": at} for clock, at in then.items()])


_RUN_ON = (
    update(CLOCK)
    .where(CLOCK.c.id == bindparam("clock"))
    .values(stopped_at=None, stopped_by=None, next_due=bindparam("then", type_=CLOCK.c.next_due.type))
)


def next_due(tx: Connection) -> datetime | None:
    """Return the earliest moment at which a running clock has something to say, None when none has."""
    found: datetime | None = tx.execute(select(func.min(CLOCK.c.next_due)).where(CLOCK.c.stopped_at.is_(None))).scalar()
    return found
