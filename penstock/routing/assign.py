"""Who in a queue takes a handoff: the account's owner, else the next in turn, else somebody in the fallback queue.

A desk is opened inside the transaction of one chunk: absences, what each person holds and whose turn it is are read
anew, so somebody marked absent in mid-batch gets nothing more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select, update

from penstock.playbook.operations import Operations
from penstock.routing.match import Destination
from penstock.routing.people import away_until, read_absences
from penstock.routing.rotation import cycle, next_owner
from penstock.sla.clocks import Calendars
from penstock.store.engine import table
from penstock.store.statements import insert_or_ignore
from penstock.store.tables import Handoff, Rotation

HANDOFF, ROTATION = table(Handoff), table(Rotation)
# The row whose lock makes routing serial.
LOCK = "route"
# What still asks something of its owner, and counts against ``at_most``. An accepted handoff stays open until the deal
# is won or lost; counted, every good rep would be full for good.
UNANSWERED = ("offered", "working", "review")


@dataclass(frozen=True, slots=True)
class Assigned:
    """Who takes it, in which queue, by which route and why."""

    queue: str
    owner: str | None
    route: str
    why: str


def hold_routing(tx: Connection) -> None:
    """Take the lock of routing: nobody is handed over until the transaction ends."""
    insert_or_ignore(tx, ROTATION, [{"queue": LOCK}])
    tx.execute(select(ROTATION.c.queue).where(ROTATION.c.queue == LOCK).with_for_update())


class Desk:
    """Gives out handoffs within one transaction; only one desk in the store is open at a time."""

    def __init__(self, tx: Connection, operations: Operations, *, now: datetime) -> None:
        """Take the lock of routing, then read turns, absences and what everybody holds."""
        self._tx = tx
        self._operations = operations
        self._now = now
        hold_routing(tx)
        insert_or_ignore(tx, ROTATION, [{"queue": name} for name in sorted(operations.queues)])
        self._turns = {row.queue: row.turns for row in tx.execute(select(ROTATION))}
        self._moved: set[str] = set()
        self._calendars = Calendars(operations)
        self._absences = read_absences(tx, now=now)
        self._held = _held(tx)

    def assign(self, where: Destination, *, open_in: Container[str] = ()) -> Assigned | str:
        """Choose the owner and count the handoff as theirs; the owner is None when nobody at all can take it.

        ``open_in`` are queues in which the subject has an open conversation: when it falls back to one of them, that
        queue's name is returned instead, and the conversation goes on there.
        """
        if where.owner is not None and (away := self._away(where.owner)) is None:
            return self._give(where.route, where.queue, where.owner, "owner of the account")
        passed = [] if where.owner is None else [f"{where.owner}, who owns the account, is away until {away}"]
        queue = where.queue
        for queue in queue_chain(self._operations, where.queue):
            if queue in open_in:
                return queue
            owner = self._in_turn(queue)
            if owner is not None:
                return self._give(where.route, queue, owner, "; ".join([*passed, f"in turn in {queue}"]))
            passed.append(f"nobody in {queue} can take it{self._why_nobody(queue)}")
        return Assigned(queue, None, where.route, "; ".join(passed))

    def keep_turns(self) -> None:
        """Write the turns that were taken."""
        for queue in sorted(self._moved):
            self._tx.execute(update(ROTATION).where(ROTATION.c.queue == queue).values(turns=self._turns[queue]))

    def _give(self, route: str, queue: str, owner: str, why: str) -> Assigned:
        self._held[owner] += 1
        return Assigned(queue, owner, route, why)

    def _in_turn(self, queue: str) -> str | None:
        found = self._operations.queues.get(queue)
        if found is None:
            return None
        order = cycle(found.members)
        owner, self._turns[queue] = next_owner(order, self._turns[queue], lambda name: self._hinders(name, queue) == "")
        self._moved.add(queue)
        return owner

    def _hinders(self, person: str, queue: str) -> str:
        """Return why a member cannot take one more, '' when they can."""
        if person not in self._operations.people:
            return "is not among the people"
        if (away := self._away(person)) is not None:
            return f"is away until {away}"
        at_most = self._operations.queues[queue].at_most
        return f"holds {self._held[person]}" if at_most is not None and self._held[person] >= at_most else ""

    def _away(self, person: str) -> date | None:
        day = self._calendars.of(person).local_day(self._now)
        return away_until(self._absences, person, day)

    def _why_nobody(self, queue: str) -> str:
        members: Mapping[str, int] = self._operations.queues[queue].members if queue in self._operations.queues else {}
        return "".join(f", {name} {self._hinders(name, queue)}" for name, weight in members.items() if weight)


def queue_chain(operations: Operations, queue: str) -> Iterator[str]:
    """Yield a queue and, each once, the queues that its handoffs fall to when nobody there can take them."""
    seen: set[str] = set()
    found: str | None = queue
    while found is not None and found not in seen:
        seen.add(found)
        yield found
        known = operations.queues.get(found)
        found = None if known is None else known.if_nobody


def _held(tx: Connection) -> Counter[str]:
    rows = tx.execute(
        select(HANDOFF.c.owner, func.count().label("held"))
        .where(HANDOFF.c.status.in_(UNANSWERED), HANDOFF.c.closed_at.is_(None), HANDOFF.c.owner.is_not(None))
        .group_by(HANDOFF.c.owner)
    )
    return Counter({row.owner: row.held for row in rows})
