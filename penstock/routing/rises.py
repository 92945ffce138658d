"""A tier that rises while sales has the lead: the handoff stays, its promise comes forward, its owner hears why.

Used by route, in the transaction that acts on the decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from penstock.playbook.operations import Operations
from penstock.routing.conversations import Conversation, Rise
from penstock.routing.handoffs import FIRST_ROUND, note, note_reader, plan_notes
from penstock.sla.clocks import brought_forward, contact_clock, read_levels
from penstock.store.engine import table
from penstock.store.tables import Clock, Escalation, Handoff, HandoffDefinition

HANDOFF, JOINED = table(Handoff), table(HandoffDefinition)
CLOCK, ESCALATION = table(Clock), table(Escalation)


def write_rises(
    tx: Connection, conversations: Iterable[Conversation], operations: Operations, *, now: datetime
) -> None:
    """Write what rose in handoffs that were there before: tiers, clocks that still run, a note for each tier."""
    # A handoff that is started in the same transaction is told with its highest tier at once.
    risen = [one for one in conversations if one.raised and not one.started]
    if not risen:
        return
    rises = [(one, rise) for one in risen for rise in one.raised.values()]
    tx.execute(_JOINED_BY, [_joined_by(one, rise) for one, rise in rises])
    if shown := [(one, rise) for one, rise in rises if rise.decision.definition == one.shown]:
        tx.execute(_SHOWN, [{"of": one.id, "to_tier": rise.decision.tier} for one, rise in shown])
    _bring_forward(tx, risen, operations, now=now)
    plan_notes(tx, [_told(one, rise, operations, now) for one, rise in rises])


_SHOWN = update(HANDOFF).where(HANDOFF.c.id == bindparam("of")).values(tier=bindparam("to_tier"))
_JOINED_BY = (
    update(JOINED)
    .where(JOINED.c.handoff_id == bindparam("of"), JOINED.c.definition == bindparam("under"))
    .values(decision_id=bindparam("by"))
)


def _joined_by(one: Conversation, rise: Rise) -> dict[str, Any]:
    return {"of": one.id, "under": rise.decision.definition, "by": rise.decision.id}


def _told(one: Conversation, rise: Rise, operations: Operations, now: datetime) -> dict[str, Any]:
    about = f"{FIRST_ROUND}:{rise.decision.definition}:{rise.decision.tier}"
    return note(one, note_reader(operations, one.queue, one.owner), about, now)


def _bring_forward(tx: Connection, risen: Sequence[Conversation], operations: Operations, *, now: datetime) -> None:
    """Move the contact clocks that still run to the new tier's promise, counted from now, where that is due earlier."""
    handoffs = {one.id: one for one in risen}
    running = (CLOCK.c.of == "handoff", CLOCK.c.kind == "contact", CLOCK.c.stopped_at.is_(None))
    query = select(CLOCK).where(*running, CLOCK.c.of_id.in_(list(handoffs))).order_by(CLOCK.c.id)
    clocks = tx.execute(query.with_for_update()).all()
    written = _written(tx, [row.id for row in clocks])
    moved = [_moved(row, handoffs[row.of_id], operations, written[row.id], now) for row in clocks]
    if earlier := [one for one in moved if one is not None]:
        tx.execute(_FORWARD, earlier)


def _written(tx: Connection, clocks: Sequence[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    query = select(ESCALATION.c.clock_id, ESCALATION.c.level).where(ESCALATION.c.clock_id.in_(clocks))
    for row in tx.execute(query):
        found[row.clock_id].add(row.level)
    return found


def _moved(
    row: Any,  # noqa: ANN401 - a row
    one: Conversation,
    operations: Operations,
    written: set[int],
    now: datetime,
) -> dict[str, Any] | None:
    promises = sorted({rise.promise for rise in one.raised.values() if rise.promise is not None})
    of = (row.of_id, row.round)
    made = [
        clock
        for sla in promises
        if (clock := contact_clock(operations, of=of, queue=one.queue, owner=one.owner, now=now, sla=sla)) is not None
    ]
    first = min(made, key=lambda clock: clock["due_at"], default=None)
    if first is None or first["due_at"] >= row.due_at:
        return None
    changes = brought_forward(read_levels(row.levels), first, written)
    return {"clock": row.id, **{f"to_{name}": value for name, value in changes.items()}}


_FORWARD = (
    update(CLOCK)
    .where(CLOCK.c.id == bindparam("clock"))
    .values(
        {name: bindparam(f"to_{name}", type_=CLOCK.c[name].type) for name in ("sla", "due_at", "levels", "next_due")}
    )
)
