"""How the workspace stands: counts per stage, tier and queue, what is overdue, what waits for a person; for the CLI.

Counts follow each lead's leading definition, as the exports do, so the two agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, Table, func, select

from penstock.errors import FeedError
from penstock.operations.triage import VOCABULARY
from penstock.operations.waits import Waits, is_overdue, waits
from penstock.ports import Feed
from penstock.sequence.leading import is_open, leading
from penstock.store.engine import Sessions, table
from penstock.store.held import Held, read_held
from penstock.store.landing import books
from penstock.store.playbooks import read_live
from penstock.store.tables import (
    Account,
    Cursor,
    Effect,
    Enrolment,
    Handoff,
    Lead,
    Quarantine,
    Rescore,
)

LEAD, ACCOUNT, HANDOFF, EFFECT = table(Lead), table(Account), table(Handoff), table(Effect)
ENROLMENT, QUARANTINE, CURSOR = table(Enrolment), table(Quarantine), table(Cursor)
RESCORE = table(Rescore)

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
    quarantine: Counts
    """Error → records that wait for a replay."""
    waits: Waits
    held_change: Held | None = None
    """The changed playbook that a guard rail holds."""
    cursors: list[CursorStanding] = field(default_factory=list)
    untaken: dict[str, list[str]] = field(default_factory=dict)
    """Feed → what lies there and no stream takes, such as a file without a mapping."""
    unread: dict[str, str] = field(default_factory=dict)
    """Feed → why it cannot be looked at."""


def read_status(
    sessions: Sessions, *, now: datetime, feeds: Sequence[Feed] = (), vocabulary: str = VOCABULARY
) -> StatusResult:
    """Return how everything stands, in one reading transaction, after a look at what lies with the feeds.

    ``vocabulary`` is the file that remedies name.
    Raises UsageError before the first run.
    """
    untaken, unread = _outside(feeds)
    with sessions.read() as tx:
        live = read_live(tx)
        stages = live.operations.stages
        lead = leading(live.deciding, stages=stages)
        account = leading(live.deciding, subject="account", stages=stages)
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
            quarantine=_counts(tx, QUARANTINE, QUARANTINE.c.error, books.waits()),
            waits=waits(tx, now, vocabulary),
            held_change=read_held(tx),
            cursors=_cursors(tx, now),
            untaken=untaken,
            unread=unread,
        )


def _outside(feeds: Sequence[Feed]) -> tuple[dict[str, list[str]], dict[str, str]]:
    untaken: dict[str, list[str]] = {}
    unread: dict[str, str] = {}
    for feed in feeds:
        try:
            if names := list(feed.untaken()):
                untaken[feed.name] = names
        except FeedError as error:
            unread[feed.name] = str(error).partition("\n")[0]
    return untaken, unread


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
    held = _counts(tx, HANDOFF, HANDOFF.c.queue, is_open())
    behind = _counts(tx, HANDOFF, HANDOFF.c.queue, is_open(), is_overdue(now))
    return {queue: QueueStanding(open=count, overdue=behind.get(queue, 0)) for queue, count in held.items()}


def read_cursors(sessions: Sessions, *, now: datetime) -> list[CursorStanding]:
    """Return where each stream stands."""
    with sessions.read() as tx:
        return _cursors(tx, now)


def _cursors(tx: Connection, now: datetime) -> list[CursorStanding]:
    rows = tx.execute(select(CURSOR).order_by(CURSOR.c.feed, CURSOR.c.stream))
    return [
        CursorStanding(r.feed, r.stream, r.moved_at, max(0, (now - r.moved_at) // timedelta(seconds=1))) for r in rows
    ]
