"""The batch of a fold: which subjects are judged at which moment, and what is due next for each.

One round judges each due subject at its earliest moment not yet folded; called by the qualify operation, inside its
transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Delete,
    Insert,
    MetaData,
    Table,
    Text,
    Update,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
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

COUNTED = select(func.count()).select_from(BATCH)
VERSIONS = select(BATCH.c.version_id).distinct().order_by(BATCH.c.version_id)
IN_BATCH = RECEIPT.c.subject_id.in_(select(BATCH.c.subject_id))
Starts = tuple[tuple[datetime, int], ...]


def prepare(tx: Connection) -> None:
    """Make (once a connection) and empty the scratch tables of a round."""
    for statement in _scratch(tx.dialect.name):
        tx.exec_driver_sql(statement)


@cache
def _scratch(dialect: str) -> tuple[str, ...]:
    """Return the statements that make and empty the scratch tables, written once: a round is a handful of
    milliseconds.
    """
    of = (sqlite if dialect == "sqlite" else postgresql).dialect()
    made = [str(CreateTable(one, if_not_exists=True).compile(dialect=of)) for one in (BATCH, VERDICT, UPCOMING)]
    index = "CREATE INDEX IF NOT EXISTS ix_upcoming_now ON upcoming_now (subject_id)"
    return (*made, index, *(f"DELETE FROM {one.name}" for one in (BATCH, VERDICT, UPCOMING)))  # noqa: S608 - our names


def pick(tx: Connection, subject: str, *, now: datetime, most: int, starts: Sequence[tuple[datetime, int]]) -> int:
    """Fill the batch with subjects whose earliest moment has come; rows that another run holds are passed over.

    ``starts`` are (start, version id) of every definition version, rising. Returns the size of the batch.
    """
    tx.execute(_pick(subject, tuple(starts)), {"now": now, "most": most})
    size = tx.scalar(COUNTED) or 0
    if size and tx.dialect.name == "postgresql":
        # Else the planner goes by the batch before this one, and reads whole tables for a handful of leads.
        tx.execute(text("ANALYZE batch_now"))
    return size


@cache
def _pick(subject: str, starts: Starts) -> Insert:
    due = (
        select(RESCORE.c.subject_id, RESCORE.c.due_at, RESCORE.c.live_at, _version_at(RESCORE.c.due_at, starts))
        .where(RESCORE.c.subject == subject, RESCORE.c.due_at <= bindparam("now", type_=Instant))
        .order_by(RESCORE.c.due_at, RESCORE.c.subject_id)
        .limit(bindparam("most", type_=BigInteger))
        .with_for_update(skip_locked=True)
    )
    return insert(BATCH).from_select(["subject_id", "as_of", "live_at", "version_id"], due)


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
    return list(tx.scalars(VERSIONS))


def finish(
    tx: Connection, subject: str, *, starts: Sequence[tuple[datetime, int]], extra: Iterable[tuple[int, datetime]]
) -> None:
    """Move each subject of the batch on to its next moment: a receipt, a score's own change, a version start, or
    ``extra``.
    """
    for statement in (_forget_folded(subject), *_collect_upcoming(subject, tuple(starts))):
        tx.execute(statement)
    more = [{"subject_id": subject_id, "at": at} for subject_id, at in extra]
    if more:
        tx.execute(insert(UPCOMING), more)
    tx.execute(_move_on(subject))


@cache
def _move_on(subject: str) -> Update:
    mine = RESCORE.c.subject_id == BATCH.c.subject_id
    earliest = select(func.min(UPCOMING.c.at)).where(UPCOMING.c.subject_id == RESCORE.c.subject_id).scalar_subquery()
    return (
        update(RESCORE)
        .where(RESCORE.c.subject == subject, RESCORE.c.subject_id.in_(select(BATCH.c.subject_id)))
        .values(folded_to=select(BATCH.c.as_of).where(mine).scalar_subquery(), due_at=earliest)
    )


@cache
def _forget_folded(subject: str) -> Delete:
    folded = select(BATCH.c.as_of).where(BATCH.c.subject_id == RECEIPT.c.subject_id).scalar_subquery()
    return delete(RECEIPT).where(RECEIPT.c.subject == subject, IN_BATCH, RECEIPT.c.at <= folded)


@cache
def _collect_upcoming(subject: str, starts: Starts) -> tuple[Insert, ...]:
    sources = [
        select(RECEIPT.c.subject_id, func.min(RECEIPT.c.at))
        .where(RECEIPT.c.subject == subject, IN_BATCH)
        .group_by(RECEIPT.c.subject_id),
        select(BATCH.c.subject_id, SCORE.c.next_change_at)
        .join(SCORE, (SCORE.c.subject == subject) & (SCORE.c.subject_id == BATCH.c.subject_id))
        .where(SCORE.c.next_change_at > BATCH.c.as_of),
    ]
    sources += [select(BATCH.c.subject_id, literal(at, Instant)).where(BATCH.c.as_of < at) for at, _ in starts[1:]]
    return tuple(insert(UPCOMING).from_select(["subject_id", "at"], source) for source in sources)
