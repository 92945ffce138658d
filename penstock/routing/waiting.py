"""The decisions that ask for a handoff and were not acted on yet, in the order of their moments. Used by route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, exists, func, select, update

from penstock.routing.profile import Subject
from penstock.store.engine import table
from penstock.store.held_imports import FREE
from penstock.store.tables import Account, Decision, Lead

DECISION, LEAD, ACCOUNT = table(Decision), table(Lead), table(Account)
# A later word of the same definition that takes the lead away from sales again.
TAKEN_BACK = ("out", "triage")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sales decision that nobody acted on; ``superseded`` when a later one of its definition says out or triage."""

    id: int
    subject: str
    subject_id: int
    definition: str
    moment: datetime
    version_id: int
    tier: str
    reason: str
    exception: str
    superseded: bool

    @property
    def of(self) -> Subject:
        """Return the kind and id of whom it is about."""
        return self.subject, self.subject_id


def waiting_ids(tx: Connection) -> list[int]:
    """Return the ids of all that may be acted on, by moment, then by the rank that a subject has in every run.

    However old: there is no look-back. Only ids are read here, so that memory stays flat.
    """
    of_lead = and_(DECISION.c.subject == "lead", LEAD.c.id == DECISION.c.subject_id)
    of_account = and_(DECISION.c.subject == "account", ACCOUNT.c.id == DECISION.c.subject_id)
    rows = tx.execute(
        select(DECISION.c.id, DECISION.c.moment, LEAD.c.rank, ACCOUNT.c.key)
        .select_from(DECISION)
        .outerjoin(LEAD, of_lead)
        .outerjoin(ACCOUNT, of_account)
        .where(DECISION.c.acted_at.is_(None), DECISION.c.branch == "sales", DECISION.c.hold == FREE)
    )
    # Sorted here: databases differ in how they order text.
    ordered = sorted((row.moment, row.rank or 0, row.key or "", row.id) for row in rows)
    return [decision for *_, decision in ordered]


def with_rises(tx: Connection, ids: Sequence[int]) -> list[int]:
    """Return the ids, and behind them those of later rises of the same definitions that wait too: told as one."""
    first, later, of = DECISION.alias("first"), DECISION.alias("later"), ("subject", "subject_id", "definition")
    rises = (
        select(later.c.id)
        .select_from(first.join(later, and_(*(first.c[name] == later.c[name] for name in of))))
        .where(first.c.id.in_(ids), later.c.moment > first.c.moment, later.c.acted_at.is_(None))
        .where(later.c.branch == "sales", later.c.branch_from == "sales", func.coalesce(later.c.hold, FREE) == FREE)
        .order_by(later.c.moment, later.c.id)
    )
    return list(dict.fromkeys([*ids, *tx.scalars(rises)]))


def read_waiting(tx: Connection, ids: Sequence[int]) -> list[Waiting]:
    """Return those of the ids that are still waiting, in the order of the ids."""
    later = DECISION.alias()
    taken_back = exists(
        select(1).where(
            later.c.subject == DECISION.c.subject,
            later.c.subject_id == DECISION.c.subject_id,
            later.c.definition == DECISION.c.definition,
            later.c.moment > DECISION.c.moment,
            later.c.branch.in_(TAKEN_BACK),
        )
    )
    d = DECISION.c
    tier = d.tier_to.label("tier")
    columns = (d.id, d.subject, d.subject_id, d.definition, d.moment, d.version_id, tier, d.reason, d.exception)
    # A rise that comes along may not be weighed yet; what a merge took out since the ids were read stays out.
    waits = (d.acted_at.is_(None), func.coalesce(d.hold, FREE) == FREE)
    rows = tx.execute(select(*columns, taken_back.label("superseded")).where(d.id.in_(ids), *waits))
    found = {row.id: Waiting(**(row._asdict() | {"superseded": bool(row.superseded)})) for row in rows}
    return [found[decision] for decision in ids if decision in found]


def mark_acted(tx: Connection, ids: Sequence[int], *, now: datetime) -> None:
    """Say that these decisions have been acted on, with or without effect."""
    if ids:
        tx.execute(update(DECISION).where(DECISION.c.id.in_(ids), DECISION.c.acted_at.is_(None)).values(acted_at=now))
