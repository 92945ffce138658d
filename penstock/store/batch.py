"""The scratch tables of a round: the batch of (subject, as-of), its verdicts, and what comes next for each subject.

Temporary tables, made once a connection and emptied at the start of each round; filled by moments.py and the compiled
statements.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.elements import Over
from sqlalchemy.sql.functions import FunctionElement

from penstock.store.types import Instant

SCRATCH = MetaData()
BATCH = Table(
    "batch_now",
    SCRATCH,
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("as_of", Instant, primary_key=True),
    Column("live_at", Instant),
    Column("version_id", BigInteger, nullable=False),
    Column("place", BigInteger, nullable=False, server_default="1"),  # of the moment among those of its subject
    Column("last", BigInteger, nullable=False, server_default="1"),  # 0: another moment of the subject follows
    Column("apart", BigInteger, nullable=False, server_default="0"),  # 1: decided one by one (penstock.store.cases)
    prefixes=["TEMPORARY"],
)
VERDICT = Table(
    "verdict_now",
    SCRATCH,
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("definition", Text, primary_key=True),
    Column("as_of", Instant, primary_key=True),
    Column("version_id", BigInteger, nullable=False),
    Column("fit", BigInteger, nullable=False),
    Column("intent", BigInteger, nullable=False),
    Column("tier", Text, nullable=False),
    Column("flags", BigInteger, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("next_change_at", Instant),
    Column("staying", BigInteger, nullable=False),  # bits of the tiers that whoever is in them may stay in
    prefixes=["TEMPORARY"],
)
CASE_KEY = ("definition", "version_id", "tier", "flags", "live", "stage_from", "tier_from", "branch_from")
CASE = Table(
    "case_now",
    SCRATCH,
    *(Column(name, BigInteger if name in ("version_id", "flags", "live") else Text, primary_key=True)
      for name in CASE_KEY),
    Column("stage", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("exception", Text, nullable=False),
    Column("by_points", BigInteger, nullable=False),
    Column("acted", BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
)  # fmt: skip
UPCOMING = Table(
    "upcoming_now",
    SCRATCH,
    Column("subject_id", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    prefixes=["TEMPORARY"],
)
# Each subject of the batch with its last moment in it.
LAST = select(BATCH.c.subject_id, BATCH.c.as_of).where(BATCH.c.last == 1).subquery("last")
SUBJECTS = select(BATCH.c.subject_id)


def in_order(value: FunctionElement[Any]) -> Over[Any]:
    """Return a window function over the verdicts of one subject and definition, in order of moment."""
    return value.over(partition_by=(VERDICT.c.subject_id, VERDICT.c.definition), order_by=VERDICT.c.as_of)


def prepare(tx: Connection) -> None:
    """Make (once a connection) and empty the scratch tables of a round."""
    for statement in _statements(tx.dialect.name):
        tx.exec_driver_sql(statement)


@cache
def _statements(dialect: str) -> tuple[str, ...]:
    """Return the statements as text, written once: a round is a handful of milliseconds."""
    of = (sqlite if dialect == "sqlite" else postgresql).dialect()
    made = [str(CreateTable(one, if_not_exists=True).compile(dialect=of)) for one in SCRATCH.tables.values()]
    index = "CREATE INDEX IF NOT EXISTS ix_upcoming_now ON upcoming_now (subject_id)"
    names = [one.name for one in SCRATCH.tables.values()]
    # PostgreSQL never cleans a temporary table by itself: each round would read what all rounds before it deleted.
    emptied = [f"DELETE FROM {name}" for name in names] if dialect == "sqlite" else [f"TRUNCATE {', '.join(names)}"]  # noqa: S608 - our names
    return (*made, index, *emptied)
