"""Moments: whoever lands something about a subject stamps it here, in the landing transaction.

The subject's row in the rescore queue is upserted and locked first, then the receipt is stamped: at the run's ``now``, but never
before what has been decided about the subject, so no decision is made twice with different knowledge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, select

from penstock.store.engine import table
from penstock.store.statements import chunks, insert_or_ignore
from penstock.store.tables import Receipt, Rescore
from penstock.store.types import MICROSECOND

RESCORE, RECEIPT = table(Rescore), table(Receipt)


@dataclass(frozen=True, slots=True)
class Moment:
    """A receipt about a subject. ``live``: of something that occurred after going live, so it ends the baseline."""

    subject_id: int
    at: datetime
    live: bool = True


def lock(tx: Connection, subject: str, ids: Iterable[int]) -> dict[int, datetime | None]:
    """Upsert and lock the queue rows of these subjects; return id → the last moment folded (None: none yet)."""
    found: dict[int, datetime | None] = {}
    for some in chunks(sorted(set(ids))):
        insert_or_ignore(tx, RESCORE, [{"subject": subject, "subject_id": i} for i in some])
        rows = tx.execute(
            select(RESCORE.c.subject_id, RESCORE.c.folded_to)
            .where(RESCORE.c.subject == subject, RESCORE.c.subject_id.in_(some))
            .order_by(RESCORE.c.subject_id)
            .with_for_update()
        )
        found.update((row.subject_id, row.folded_to) for row in rows)
    return found


def received_at(now: datetime, folded_to: datetime | None) -> datetime:
    """Return the receipt of something landed now: the greater of ``now`` and a microsecond after what has been decided."""
    return now if folded_to is None or folded_to < now else folded_to + MICROSECOND


def enqueue(tx: Connection, subject: str, moments: Iterable[Moment]) -> None:
    """Write receipts and bring forward what is due; the rows must be locked."""
    rows = _earliest(subject, moments)
    for some in chunks(rows):
        insert_or_ignore(tx, RECEIPT, [{"subject": subject, "subject_id": r["of"], "at": r["moment"]} for r in some])
        tx.execute(_BRING_FORWARD, some)


def _earliest(subject: str, moments: Iterable[Moment]) -> Sequence[dict[str, Any]]:
    return [
        {"kind": subject, "of": m.subject_id, "moment": m.at, "live": m.at if m.live else None}
        for m in sorted(set(moments), key=lambda m: (m.subject_id, m.at, m.live))
    ]


def _sooner(column: Any, value: Any) -> Any:  # noqa: ANN401 - column expressions
    return case((value.is_(None), column), (column.is_(None), value), (column > value, value), else_=column)


_BRING_FORWARD = (
    RESCORE.update()
    .where(RESCORE.c.subject == bindparam("kind"), RESCORE.c.subject_id == bindparam("of"))
    .values(
        due_at=_sooner(RESCORE.c.due_at, bindparam("moment", type_=RESCORE.c.due_at.type)),
        live_at=_sooner(RESCORE.c.live_at, bindparam("live", type_=RESCORE.c.live_at.type)),
    )
)
