"""The batch of a fold: which subjects are judged at which moment, and what is due next for each.

One round judges each due subject at its earliest moment not yet folded; called by the qualify operation, inside its
transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    MetaData,
    Table,
    Text,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.schema import CreateTable

from penstock.store.engine import table
from penstock.store.tables import Receipt, Rescore, Score
from penstock.store.types import Instant

RESCORE, RECEIPT, SCORE = table(Rescore), table(Receipt), table(Score)

SCRATCH = MetaData()
BATCH = Table(
    "batch_now",
    SCRATCH,
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("as_of", Instant, nullable=False),
    Column("live_at", Instant),
    Column("version_id", BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
)
VERDICT = Table(
    "verdict_now",
    SCRATCH,
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("definition", Text, primary_key=True),
    Column("version_id", BigInteger, nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("fit", BigInteger, nullable=False),
    Column("intent", BigInteger, nullable=False),
    Column("tier", Text, nullable=False),
    Column("flags", BigInteger, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("next_change_at", Instant),
    prefixes=["TEMPORARY"],
)
UPCOMING = Table(
    "upcoming_now",
    SCRATCH,
    Column("subject_id", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    prefixes=["TEMPORARY"],
)


def prepare(tx: Connection) -> None:
    """Make (once a connection) and empty the scratch tables of a round."""
    for scratch in (BATCH, VERDICT, UPCOMING):
        tx.execute(CreateTable(scratch, if_not_exists=True))
        tx.execute(delete(scratch))
    tx.execute(text("CREATE INDEX IF NOT EXISTS ix_upcoming_now ON upcoming_now (subject_id)"))


def pick(tx: Connection, subject: str, *, now: datetime, most: int, starts: Sequence[tuple[datetime, int]]) -> int:
    """Fill the batch with subjects whose earliest moment has come; rows that another run holds are passed over.

    ``starts`` are (start, version id) of every definition version, rising. Returns the size of the batch.
    """
    due = (
        select(RESCORE.c.subject_id, RESCORE.c.due_at, RESCORE.c.live_at, _version_at(RESCORE.c.due_at, starts))
        .where(RESCORE.c.subject == subject, RESCORE.c.due_at <= now)
        .order_by(RESCORE.c.due_at, RESCORE.c.subject_id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    tx.execute(insert(BATCH).from_select(["subject_id", "as_of", "live_at", "version_id"], due))
    size = tx.scalar(select(func.count()).select_from(BATCH)) or 0
    if size and tx.dialect.name == "postgresql":
        # Else the planner goes by the batch before this one, and reads whole tables for a handful of leads.
        tx.execute(text("ANALYZE batch_now"))
    return size


def one(tx: Connection, subject_id: int, *, as_of: datetime, starts: Sequence[tuple[datetime, int]]) -> int:
    """Make a batch of one subject at a moment of the caller's; return the version that judges it."""
    version = next((version for start, version in reversed(starts) if start <= as_of), starts[0][1])
    prepare(tx)
    tx.execute(insert(BATCH), {"subject_id": subject_id, "as_of": as_of, "live_at": None, "version_id": version})
    return version


def _version_at(moment: Any, starts: Sequence[tuple[datetime, int]]) -> Any:  # noqa: ANN401 - column expressions
    """Return the version live at the moment; the first holds from the beginning."""
    later = [(moment >= start, literal(version)) for start, version in reversed(starts[1:])]
    return case(*later, else_=starts[0][1]) if later else literal(starts[0][1])


def versions_in_batch(tx: Connection) -> list[int]:
    """Return the definition versions that judge this batch."""
    return list(tx.scalars(select(BATCH.c.version_id).distinct().order_by(BATCH.c.version_id)))


def finish(
    tx: Connection, subject: str, *, starts: Sequence[tuple[datetime, int]], extra: Iterable[tuple[int, datetime]]
) -> None:
    """Move each subject of the batch on to its next moment: a receipt, a score's own change, a version start, or
    ``extra``.
    """
    _collect_upcoming(tx, subject, starts)
    more = [{"subject_id": subject_id, "at": at} for subject_id, at in extra]
    if more:
        tx.execute(insert(UPCOMING), more)
    mine = RESCORE.c.subject_id == BATCH.c.subject_id
    earliest = select(func.min(UPCOMING.c.at)).where(UPCOMING.c.subject_id == RESCORE.c.subject_id).scalar_subquery()
    tx.execute(
        update(RESCORE)
        .where(RESCORE.c.subject == subject, RESCORE.c.subject_id.in_(select(BATCH.c.subject_id)))
        .values(folded_to=select(BATCH.c.as_of).where(mine).scalar_subquery(), due_at=earliest)
    )


def _collect_upcoming(tx: Connection, subject: str, starts: Sequence[tuple[datetime, int]]) -> None:
    folded = select(BATCH.c.as_of).where(BATCH.c.subject_id == RECEIPT.c.subject_id).scalar_subquery()
    in_batch = RECEIPT.c.subject_id.in_(select(BATCH.c.subject_id))
    tx.execute(delete(RECEIPT).where(RECEIPT.c.subject == subject, in_batch, RECEIPT.c.at <= folded))
    sources = [
        select(RECEIPT.c.subject_id, func.min(RECEIPT.c.at))
        .where(RECEIPT.c.subject == subject, in_batch)
        .group_by(RECEIPT.c.subject_id),
        select(BATCH.c.subject_id, SCORE.c.next_change_at)
        .join(SCORE, (SCORE.c.subject == subject) & (SCORE.c.subject_id == BATCH.c.subject_id))
        .where(SCORE.c.next_change_at > BATCH.c.as_of),
    ]
    sources += [select(BATCH.c.subject_id, literal(at, Instant)).where(BATCH.c.as_of < at) for at, _ in starts[1:]]
    for source in sources:
        tx.execute(insert(UPCOMING).from_select(["subject_id", "at"], source))
