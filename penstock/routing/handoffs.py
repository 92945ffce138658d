"""Writing the handoffs that route starts, and the definitions that join one. Used by route.

A handoff comes with everything that belongs to it in one transaction: its definition, its assignment, its contact clock
and its note in the outbox.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from penstock.playbook.operations import Operations
from penstock.routing.conversations import Conversation, Started
from penstock.routing.waiting import Waiting
from penstock.sla.clocks import contact_clock, manager_of
from penstock.store import receipts
from penstock.store.engine import table
from penstock.store.statements import insert_or_ignore
from penstock.store.tables import Assignment, Clock, Effect, Handoff, HandoffDefinition

HANDOFF, JOINED, ASSIGNMENT = table(Handoff), table(HandoffDefinition), table(Assignment)
CLOCK, EFFECT = table(Clock), table(Effect)
FIRST_ROUND = 1


def write_conversations(
    tx: Connection, conversations: Iterable[Conversation], operations: Operations, *, now: datetime
) -> None:
    """Write the handoffs that were started, with all that belongs to them, and the definitions that joined."""
    changed = [one for one in conversations if one.started or one.joined]
    started = [(one, one.started) for one in changed if one.started]
    _insert_handoffs(tx, started, now=now)
    insert_or_ignore(tx, JOINED, [_joined(one, decision, now) for one in changed for decision in _decisions(one)])
    insert_or_ignore(tx, ASSIGNMENT, [_assignment(one, new, now) for one, new in started])
    _wake_joined(tx, [one for one in changed if one.joined and one.status != "offered"], now=now)
    _insert_clocks(tx, started, operations, now=now)
    _plan_notes(tx, started, operations, now=now)


def _insert_handoffs(tx: Connection, started: Sequence[tuple[Conversation, Started]], *, now: datetime) -> None:
    if not started:
        return
    key = (HANDOFF.c.subject, HANDOFF.c.subject_id, HANDOFF.c.queue)
    made = tx.execute(insert(HANDOFF).returning(HANDOFF.c.id, *key), [_handoff(*one, now) for one in started])
    ids = {((row.subject, row.subject_id), row.queue): row.id for row in made}
    for one, _ in started:
        one.id = ids[one.subject, one.queue]


def _handoff(one: Conversation, new: Started, now: datetime) -> dict[str, Any]:
    why = _highest(one, new.decision)
    return {
        "subject": one.subject[0],
        "subject_id": one.subject[1],
        "queue": one.queue,
        "conversation": one.number,
        "account_id": new.account_id,
        "owner": new.given.owner,
        "tier": why.tier,
        "reason": why.reason,
        "decision_id": why.id,
        "created_at": now,
    }


def _decisions(one: Conversation) -> list[Waiting]:
    """Return the decisions by which definitions joined; of a handoff that is started here, those that raised them."""
    joined = [*([one.started.decision] if one.started else []), *one.joined]
    return [_highest(one, decision) if one.started else decision for decision in joined]


def _highest(one: Conversation, decision: Waiting) -> Waiting:
    rise = one.raised.get(decision.definition)
    return decision if rise is None else rise.decision


def _joined(one: Conversation, decision: Waiting, now: datetime) -> dict[str, Any]:
    return {"handoff_id": one.id, "definition": decision.definition, "decision_id": decision.id, "joined_at": now}


def _assignment(one: Conversation, new: Started, now: datetime) -> dict[str, Any]:
    given = new.given
    return {
        "handoff_id": one.id,
        "round": FIRST_ROUND,
        "owner": given.owner,
        "rule": given.route,
        "why": given.why,
        "at": now,
    }


def _wake_joined(tx: Connection, joined: Sequence[Conversation], *, now: datetime) -> None:
    """Stamp a receipt for who joined a handoff that sales had answered already: the next fold moves its stage too."""
    for kind in ("account", "lead"):
        folded = receipts.lock(tx, kind, [one.subject[1] for one in joined if one.subject[0] == kind])
        stamps = [receipts.Moment(of, receipts.received_at(now, last)) for of, last in folded.items()]
        receipts.enqueue(tx, kind, stamps)


def _insert_clocks(
    tx: Connection, started: Sequence[tuple[Conversation, Started]], operations: Operations, *, now: datetime
) -> None:
    clocks = [_first_clock(one, new, operations, now) for one, new in started]
    insert_or_ignore(tx, CLOCK, [clock for clock in clocks if clock is not None])


def _first_clock(one: Conversation, new: Started, operations: Operations, now: datetime) -> dict[str, Any] | None:
    """Return the contact clock of a new handoff: by its queue's SLA, or that of a tier it rose to, whichever is due
    first.
    """
    promises = [None, *(rise.promise for rise in one.raised.values() if rise.promise is not None)]
    made = (
        contact_clock(
            operations, of=(one.id or 0, FIRST_ROUND), queue=one.queue, owner=new.given.owner, now=now, sla=sla
        )
        for sla in promises
    )
    return min((clock for clock in made if clock is not None), key=lambda clock: clock["due_at"], default=None)


def _plan_notes(
    tx: Connection, started: Sequence[tuple[Conversation, Started]], operations: Operations, *, now: datetime
) -> None:
    of_round = str(FIRST_ROUND)
    plan_notes(
        tx, [note(one, note_reader(operations, one.queue, new.given.owner), of_round, now) for one, new in started]
    )


def plan_notes(tx: Connection, notes: Sequence[dict[str, Any]]) -> None:
    """Plan notes in the outbox, those that there is a reader for; a key of meaning that is known stays as it is."""
    insert_or_ignore(tx, EFFECT, [one for one in notes if one["recipient"] is not None])


def note_reader(operations: Operations, queue: str, owner: str | None) -> str | None:
    """Return who gets the note: the owner, else the manager of the queue's first member, else nobody."""
    found = operations.queues.get(queue)
    first = None if found is None else next(iter(found.members), None)
    return owner or manager_of(operations, first)


def note(one: Conversation, reader: str | None, about: str, now: datetime) -> dict[str, Any]:
    """Return the row of a note; ``about`` is what its key says behind the handoff: the round, or a rise in it."""
    kind, subject_id = one.subject
    return {
        "kind": "handoff_note",
        "key": f"{one.id}:{about}",
        "lead_id": subject_id if kind == "lead" else None,
        "handoff_id": one.id,
        "recipient": reader,
        "planned_at": now,
        "due_at": now,
    }
