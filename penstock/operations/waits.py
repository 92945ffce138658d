"""What waits for a person: leads in triage, quarantined records, messages of unknown fate, promises past due.

Called by the flows for their artifacts, and by ``read_status``. Statements read indices, or pass over the scores once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, and_, func, select

from penstock.sequence.leading import is_open
from penstock.store.engine import Sessions, table
from penstock.store.tables import Clock, Decision, Effect, Handoff, Quarantine, Score

HANDOFF, CLOCK, EFFECT = table(Handoff), table(Clock), table(Effect)
QUARANTINE, DECISION, SCORE = table(Quarantine), table(Decision), table(Score)
# Enough to act on; the exports have all.
MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class InTriage:
    """A lead or account that a person in marketing should look at, under which definition, and why."""

    subject: str
    subject_id: int
    definition: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Waits:
    """What waits at ``now``; lists hold the oldest twenty."""

    triage: tuple[InTriage, ...] = ()
    triage_total: int = 0
    quarantined: int = 0
    unknown: tuple[int, ...] = ()
    """Ids of messages; ``penstock message resolve`` settles them."""
    unknown_total: int = 0
    refused: tuple[int, ...] = ()
    refused_total: int = 0
    deferred: int = 0
    """Messages that the mail server put off, or that did not reach it; later runs try again."""
    overdue: int = 0
    """Open handoffs whose promise of first contact has passed."""


def read_waits(sessions: Sessions, *, now: datetime) -> Waits:
    """Return what waits for a person."""
    with sessions.read() as tx:
        return waits(tx, now)


def waits(tx: Connection, now: datetime) -> Waits:
    """Do the same inside a transaction of the caller's."""
    # By branch, not by stage: what was in triage before going live waits for nobody.
    in_triage = SCORE.c.branch == "triage"
    return Waits(
        triage=_triage(tx, in_triage),
        triage_total=_count(tx, SCORE, in_triage),
        quarantined=_count(tx, QUARANTINE, QUARANTINE.c.replayed_at.is_(None)),
        unknown=_effects(tx, "unknown"),
        unknown_total=_count(tx, EFFECT, EFFECT.c.status == "unknown"),
        refused=_effects(tx, "refused"),
        refused_total=_count(tx, EFFECT, EFFECT.c.status == "refused"),
        deferred=_count(tx, EFFECT, EFFECT.c.status == "deferred"),
        overdue=_count(tx, HANDOFF, is_open(), is_overdue(now)),
    )


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """Return whether a handoff's contact clock runs and is past its due moment."""
    runs = and_(CLOCK.c.of == "handoff", CLOCK.c.of_id == HANDOFF.c.id, CLOCK.c.stopped_at.is_(None))
    return select(CLOCK.c.id).where(runs, CLOCK.c.due_at < now).correlate(HANDOFF).exists()


def _count(tx: Connection, of: Table, *where: ColumnElement[bool]) -> int:
    return int(tx.execute(select(func.count()).select_from(of).where(*where)).scalar_one())


def _effects(tx: Connection, status: str) -> tuple[int, ...]:
    rows = tx.execute(select(EFFECT.c.id).where(EFFECT.c.status == status).order_by(EFFECT.c.id).limit(MOST_LISTED))
    return tuple(row.id for row in rows)


def _triage(tx: Connection, in_triage: ColumnElement[bool]) -> tuple[InTriage, ...]:
    of = [SCORE.c.subject, SCORE.c.subject_id, SCORE.c.definition]
    same = and_(*(DECISION.c[column.name] == column for column in of))
    latest = select(func.max(DECISION.c.moment)).where(same).correlate(SCORE).scalar_subquery()
    joined = SCORE.join(DECISION, and_(same, DECISION.c.moment == latest))
    rows = select(*of, DECISION.c.reason, DECISION.c.moment).select_from(joined).where(in_triage)
    return tuple(InTriage(*row) for row in tx.execute(rows.order_by(DECISION.c.moment, *of).limit(MOST_LISTED)))
