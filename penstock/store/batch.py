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


# Up to this many subjects a plan costs more than it saves: the server keeps one for all such rounds of a connection.
FEW = 16
# Rounds of few after which what they deleted is cleared away: PostgreSQL never cleans a temporary table by itself, and
# each round would read what all before it deleted.
MOST_ROUNDS = 100
ROUNDS_OF_FEW = "penstock.rounds_of_few"


def prepare(tx: Connection) -> None:
    """Make (once a connection) and empty the scratch tables of a round."""
    kept = 0 < tx.info.get(ROUNDS_OF_FEW, 0) < MOST_ROUNDS
    if tx.dialect.name == "sqlite" or kept:
        _run(tx, *_made(tx.dialect.name), *(f"DELETE FROM {name}" for name in SCRATCH.tables))  # noqa: S608 - our names
        return
    tx.info[ROUNDS_OF_FEW] = 0
    _run(tx, *_made(tx.dialect.name), f"TRUNCATE {', '.join(SCRATCH.tables)}")


def tell_planner(tx: Connection, size: int) -> None:
    """Have PostgreSQL know how large the batch is that was just filled, with that many subjects.

    Else its plans would be made for the batch before, and read whole tables for a handful of leads. Between rounds of
    few nothing is said, nor is a table truncated: either has the server forget the plans it keeps.
    """
    if tx.dialect.name == "sqlite":
        return
    rounds = tx.info.get(ROUNDS_OF_FEW, 0)
    if rounds == 0 or size > FEW:
        tx.exec_driver_sql("ANALYZE batch_now")
    tx.info[ROUNDS_OF_FEW] = rounds + 1 if size <= FEW else 0


def is_of_few(tx: Connection) -> bool:
    """Return whether the round is one of few subjects, for which the server may keep its plans."""
    return bool(tx.info.get(ROUNDS_OF_FEW, 0))


def _run(tx: Connection, *statements: str) -> None:
    """Run statements, on PostgreSQL in one go: a round of one lead is a handful of milliseconds."""
    for one in statements if tx.dialect.name == "sqlite" else ["; ".join(statements)]:
        tx.exec_driver_sql(one, execution_options={"no_parameters": True})


@cache
def _made(dialect: str) -> tuple[str, ...]:
    """Return the statements that make the tables as text, written once."""
    of = (sqlite if dialect == "sqlite" else postgresql).dialect()
    made = [str(CreateTable(one, if_not_exists=True).compile(dialect=of)) for one in SCRATCH.tables.values()]
    return (*made, "CREATE INDEX IF NOT EXISTS ix_upcoming_now ON upcoming_now (subject_id)")
