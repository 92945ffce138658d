"""How the workspace stands: counts per stage, tier and queue, what is overdue, what waits for a person; for the CLI.

Counts follow each lead's leading definition, as the exports do, so the two agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, Table, and_, func, select

from penstock.sequence.leading import is_open, leading
from penstock.store.engine import Sessions, table
from penstock.store.playbooks import Live, read_live
from penstock.store.tables import (
    Account,
    Clock,
    Cursor,
    Decision,
    Effect,
    Enrolment,
    Handoff,
    Lead,
    Quarantine,
    Rescore,
)

LEAD, ACCOUNT, HANDOFF, CLOCK, EFFECT = table(Lead), table(Account), table(Handoff), table(Clock), table(Effect)
ENROLMENT, QUARANTINE, CURSOR = table(Enrolment), table(Quarantine), table(Cursor)
DECISION, RESCORE = table(Decision), table(Rescore)
# Enough to act on; the exports have all.
MOST_LISTED = 20

Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class QueueStanding:
    """Open handoffs of a queue, and how many of them are past the promise of first contact."""

    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class CursorStanding:
    """Where a stream stands, and how long ago it moved (seconds)."""

    feed: str
    stream: str
    moved_at: datetime
    age_seconds: int


@dataclass(frozen=True, slots=True)
class TriageStanding:
    """A lead or account that a person in marketing should look at, and why."""

    subject: str
    subject_id: int
    definition: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class StatusResult:
    """How the workspace stood at ``now``."""

    now: datetime
    live_from: datetime
    leads: int
    accounts: int
    due: int
    """Subjects that qualify would judge now."""
    stages: Counts
    tiers: Counts
    """``definition tier`` → leads whose leading definition it is."""
    account_stages: Counts
    queues: dict[str, QueueStanding]
    enrolments: Counts
    messages: Counts
    held: Counts
    """Rail → messages that it holds."""
    unknown: list[int]
    """Ids of messages whose fate is not known; ``penstock message resolve`` settles them."""
    refused: list[int]
    quarantine: Counts
    """Error → records that wait for a replay."""
    triage: list[TriageStanding] = field(default_factory=list)
    triage_total: int = 0
    cursors: list[CursorStanding] = field(default_factory=list)


def read_status(sessions: Sessions, *, now: datetime) -> StatusResult:
    """Return how everything stands, in one reading transaction; raises UsageError before the first run."""
    with sessions.read() as tx:
        live = read_live(tx)
        lead, account = leading(live.deciding), leading(live.deciding, subject="account")
        triage = _triage(tx, live)
        return StatusResult(
            now=now,
            live_from=live.live_from,
            leads=_total(tx, LEAD, LEAD.c.merged_into.is_(None)),
            accounts=_total(tx, ACCOUNT, ACCOUNT.c.merged_into.is_(None)),
            due=_total(tx, RESCORE, RESCORE.c.due_at <= now),
            stages=_counts(tx, lead, lead.c.stage),
            tiers=_tiers(tx, lead),
            account_stages=_counts(tx, account, account.c.stage),
            queues=_queues(tx, now),
            enrolments=_counts(tx, ENROLMENT, ENROLMENT.c.status),
            messages=_counts(tx, EFFECT, EFFECT.c.status),
            held=_counts(tx, EFFECT, func.coalesce(EFFECT.c.rail, "nothing named"), EFFECT.c.status == "held"),
            unknown=_effects(tx, "unknown"),
            refused=_effects(tx, "refused"),
            quarantine=_counts(tx, QUARANTINE, QUARANTINE.c.error, QUARANTINE.c.replayed_at.is_(None)),
            triage=triage[:MOST_LISTED],
            triage_total=len(triage),
            cursors=_cursors(tx, now),
        )


def _total(tx: Connection, of: Table, *where: ColumnElement[bool]) -> int:
    return int(tx.execute(select(func.count()).select_from(of).where(*where)).scalar_one())


def _counts(tx: Connection, of: Table | Subquery, by: ColumnElement[Any], *where: ColumnElement[bool]) -> Counts:
    """Return value → rows, by value."""
    rows = tx.execute(select(by.label("value"), func.count().label("rows")).select_from(of).where(*where).group_by(by))
    return {str(row.value): row.rows for row in sorted(rows, key=lambda row: str(row.value))}


def _tiers(tx: Connection, lead: Subquery) -> Counts:
    by = (lead.c.definition, lead.c.tier)
    rows = tx.execute(select(*by, func.count().label("rows")).where(lead.c.tier != "").group_by(*by).order_by(*by))
    return {f"{row.definition} {row.tier}": row.rows for row in rows}


def _queues(tx: Connection, now: datetime) -> dict[str, QueueStanding]:
    late = and_(
        CLOCK.c.of == "handoff", CLOCK.c.of_id == HANDOFF.c.id, CLOCK.c.stopped_at.is_(None), CLOCK.c.due_at < now
    )
    overdue = select(CLOCK.c.id).where(late).correlate(HANDOFF).exists()
    held = _counts(tx, HANDOFF, HANDOFF.c.queue, is_open())
    behind = _counts(tx, HANDOFF, HANDOFF.c.queue, is_open(), overdue)
    return {queue: QueueStanding(open=count, overdue=behind.get(queue, 0)) for queue, count in held.items()}


def _effects(tx: Connection, status: str) -> list[int]:
    rows = tx.execute(select(EFFECT.c.id).where(EFFECT.c.status == status).order_by(EFFECT.c.id).limit(MOST_LISTED))
    return [row.id for row in rows]


def _triage(tx: Connection, live: Live) -> list[TriageStanding]:
    found: list[TriageStanding] = []
    for subject in ("lead", "account"):
        for row in tx.execute(_in_triage(leading(live.deciding, subject=subject))):
            found.append(TriageStanding(subject, row.subject_id, row.definition, row.reason, row.moment))  # noqa: PERF401 - two loops read better apart
    return found


def _in_triage(leads: Subquery) -> Select[Any]:
    joined = leads.join(DECISION, DECISION.c.id == leads.c.decision_id)
    named = (leads.c.subject_id, leads.c.definition, DECISION.c.reason, DECISION.c.moment)
    rows = select(*named).select_from(joined).where(leads.c.stage == "triage")
    return rows.order_by(DECISION.c.moment, leads.c.subject_id)


def _cursors(tx: Connection, now: datetime) -> list[CursorStanding]:
    rows = tx.execute(
        select(CURSOR.c.feed, CURSOR.c.stream, CURSOR.c.moved_at).order_by(CURSOR.c.feed, CURSOR.c.stream)
    )
    return [
        CursorStanding(r.feed, r.stream, r.moved_at, max(0, (now - r.moved_at) // timedelta(seconds=1))) for r in rows
    ]
