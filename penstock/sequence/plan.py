"""Planning the steps that are due: a message each, in the transaction that moves the enrolment on. Used by nurture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence as Rows
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, or_, select, update

from penstock.playbook.operations import Operations
from penstock.sequence.exits import PENDING
from penstock.sequence.machine import due, next_step, present_step
from penstock.store.engine import table
from penstock.store.statements import insert_or_ignore
from penstock.store.tables import Effect, Enrolment

ENROLMENT, EFFECT = table(Enrolment), table(Effect)
KIND = "sequence_mail"


@dataclass(frozen=True, slots=True)
class Planned:
    """How many enrolments moved on, and how many messages were planned: none where the steps left were removed."""

    moved: int = 0
    messages: int = 0


def plan_due(tx: Connection, operations: Operations, *, now: datetime, most: int) -> Planned:
    """Plan up to ``most`` steps that are due and move their enrolments on; return how many.

    The message's key is enrolment and step, so a step is planned once in an enrolment, whoever comes twice.
    """
    rows = _pick(tx, operations, now=now, most=most)
    if not rows:
        return Planned()
    before = _planned(tx, operations, rows)
    steps = {row.id: _present(operations, row, before) for row in rows}
    messages = [_message(operations, row, steps[row.id], now) for row in rows if steps[row.id]]
    insert_or_ignore(tx, EFFECT, messages)
    tx.execute(_MOVE, [_move(operations, row, steps[row.id], now) for row in rows])
    return Planned(len(rows), len(messages))


def _pick(tx: Connection, operations: Operations, *, now: datetime, most: int) -> Rows[Any]:
    # An enrolment in a sequence that is gone is ended by its exit, not here.
    return tx.execute(
        select(ENROLMENT.c.id, ENROLMENT.c.lead_id, ENROLMENT.c.sequence, ENROLMENT.c.step)
        .where(
            ENROLMENT.c.status == "active",
            ENROLMENT.c.next_at <= now,
            ENROLMENT.c.step.is_not(None),
            ENROLMENT.c.sequence.in_(list(operations.sequences)),
        )
        .order_by(ENROLMENT.c.next_at, ENROLMENT.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()


def _planned(tx: Connection, operations: Operations, rows: Rows[Any]) -> dict[int, set[str]]:
    """Return what was planned already in those enrolments whose noted step is gone from the playbook."""
    found: dict[int, set[str]] = defaultdict(set)
    lost = [row.id for row in rows if row.step not in operations.sequences[row.sequence].steps]
    if lost:
        for row in tx.execute(select(EFFECT.c.enrolment_id, EFFECT.c.step).where(EFFECT.c.enrolment_id.in_(lost))):
            found[row.enrolment_id].add(row.step)
    return found


def _present(operations: Operations, row: Any, planned: dict[int, set[str]]) -> str | None:  # noqa: ANN401 - a row
    return present_step(operations.sequences[row.sequence], row.step, planned.get(row.id, set()))


def _message(operations: Operations, row: Any, step: str | None, now: datetime) -> dict[str, Any]:  # noqa: ANN401 - a row
    return {
        "kind": KIND,
        "key": f"{row.id}:{step}",
        "lead_id": row.lead_id,
        "enrolment_id": row.id,
        "sequence": row.sequence,
        "step": step,
        "purpose": operations.sequences[row.sequence].purpose,
        "status": "planned",
        "planned_at": now,
        "due_at": now,
        "fence": 0,
        "said": "",
    }


def _move(operations: Operations, row: Any, step: str | None, now: datetime) -> dict[str, Any]:  # noqa: ANN401 - a row
    sequence = operations.sequences[row.sequence]
    following = None if step is None else next_step(sequence, step)
    return {"of": row.id, "to_step": following, "at": due(sequence, following, now, now=now)}


_MOVE = (
    update(ENROLMENT)
    .where(ENROLMENT.c.id == bindparam("of"))
    .values(step=bindparam("to_step"), next_at=bindparam("at", type_=ENROLMENT.c.next_at.type))
)


def finish(tx: Connection, *, now: datetime) -> int:
    """Finish every enrolment whose last message has left or was cancelled; return how many.

    Until then it stays active, so that a reply or a handoff still stops a last message that waits. One that left at
    this very ``now`` left after a first run at it had looked: a second run must find what the first one found.
    """
    waiting = or_(EFFECT.c.status.in_((*PENDING, "claimed")), EFFECT.c.settled_at >= now)
    waits = exists(select(1).where(EFFECT.c.enrolment_id == ENROLMENT.c.id, waiting))
    return tx.execute(
        update(ENROLMENT)
        .where(ENROLMENT.c.status == "active", ENROLMENT.c.step.is_(None), ENROLMENT.c.next_at <= now, ~waits)
        .values(status="finished", ended_at=now, next_at=None)
    ).rowcount
