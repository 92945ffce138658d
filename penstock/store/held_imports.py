"""Imports that a guard rail holds, and the decisions behind them; for route, nurture, approve and status.

A decision is weighed once before anybody acts on it: ``Decision.hold`` is NULL until then, 0 where it may be acted on,
-1 where its lead was merged into another meanwhile, and else the import that holds it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from penstock.store.engine import table
from penstock.store.statements import among
from penstock.store.tables import Decision, ImportHeld

HELD, DECISION = table(ImportHeld), table(Decision)
FREE = 0
# Its lead is merged into another: neither route nor nurture acts on it, and no guard rail weighs it.
MERGED = -1


@dataclass(frozen=True, slots=True)
class HeldImport:
    """What one feed brought at once that would be far more handoffs or enrolments than usual."""

    feed: str
    what: str
    """handoffs or enrolments."""
    decisions: int
    most: int
    held_at: datetime
    whom: tuple[str, ...] = ()
    """The first of those whom it would hand over or enrol."""

    @property
    def of_one(self) -> str:
        """Return what one of them is called."""
        return self.what.removesuffix("s")


def unweighed(tx: Connection, branches: Collection[str]) -> list[int]:
    """Return, locked, the decisions that wait and were not weighed yet; who comes second finds none of them."""
    mine = (DECISION.c.acted_at.is_(None), DECISION.c.branch.in_(branches), DECISION.c.hold.is_(None))
    return list(tx.scalars(select(DECISION.c.id).where(*mine).order_by(DECISION.c.id).with_for_update()))


def hold(tx: Connection, held: HeldImport, decisions: Sequence[int]) -> None:
    """Hold some decisions of an import."""
    row = {name: getattr(held, name) for name in HeldImport.__slots__ if name != "whom"}
    made = HELD.insert().returning(HELD.c.id)
    of = tx.execute(made, row | {"whom": json.dumps(held.whom, ensure_ascii=False)}).scalar_one()
    mark(tx, decisions, of)


def mark(tx: Connection, decisions: Sequence[int], of: int = FREE) -> None:
    """Note of decisions what holds them, or that nothing does."""
    if decisions:
        tx.execute(update(DECISION).where(among(tx, DECISION.c.id, decisions)).values(hold=of))


def read_held_imports(tx: Connection) -> list[HeldImport]:
    """Return what is held, the oldest first."""
    rows = tx.execute(select(HELD).where(HELD.c.approved_by.is_(None)).order_by(HELD.c.id))
    return [HeldImport(r.feed, r.what, r.decisions, r.most, r.held_at, tuple(json.loads(r.whom))) for r in rows]


def release_imports(tx: Connection, who: str, *, now: datetime) -> int:
    """Let every held import go on with the next run; return how many decisions that is. Said again it does nothing."""
    open_ones = update(HELD).where(HELD.c.approved_by.is_(None)).values(approved_by=who, approved_at=now)
    released = list(tx.scalars(open_ones.returning(HELD.c.id)))
    if not released:
        return 0
    return tx.execute(update(DECISION).where(DECISION.c.hold.in_(released)).values(hold=FREE)).rowcount
