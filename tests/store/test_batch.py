"""The scratch tables of a round: empty at its start, whatever the rounds before it left there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, insert, select

from penstock.store.batch import BATCH, FEW, MOST_ROUNDS, SCRATCH, is_of_few, prepare, tell_planner
from penstock.store.engine import Sessions

MANY = 2_000
# Bytes of a page of PostgreSQL.
PAGE = 8192


def fill(tx: Connection, now: datetime) -> None:
    """Make a round of many subjects."""
    rows = [{"subject_id": n, "as_of": now, "version_id": 1} for n in range(MANY)]
    prepare(tx)
    tx.execute(insert(BATCH), rows)


def test_round_begins_with_empty_tables(store: Sessions, now: datetime) -> None:
    with store.write() as tx:
        fill(tx, now)
    with store.write() as tx:
        fill(tx, now + timedelta(days=1))
        prepare(tx)
        assert [tx.scalar(select(func.count()).select_from(one)) for one in SCRATCH.tables.values()] == [0] * 4


@pytest.mark.parametrize("begin", [Sessions.write, Sessions.read])
def test_round_reads_nothing_of_what_the_rounds_before_it_deleted(store: Sessions, now: datetime, begin: Any) -> None:
    with store.write() as tx:
        fill(tx, now)
    for _ in range(3):
        # What is rolled back, as a dry run is, leaves its rows behind as well.
        with begin(store) as tx:
            fill(tx, now)
    with store.read() as tx:
        prepare(tx)
        assert [left_behind(tx, one) for one in SCRATCH.tables.values()] == [0] * 4


def test_rounds_of_few_clear_away_now_and_then_what_they_deleted(store: Sessions, now: datetime) -> None:
    sizes = set()
    for number in range(2 * MOST_ROUNDS + 5):
        with store.write() as tx:
            prepare(tx)
            if number > MOST_ROUNDS:
                sizes.add(left_behind(tx, BATCH))
            rows = [{"subject_id": n, "as_of": now, "version_id": 1} for n in range(FEW)]
            tx.execute(insert(BATCH), rows)
            tell_planner(tx, FEW)
    assert 0 in sizes
    assert max(sizes) < 8 * PAGE * FEW


def test_only_rounds_of_few_may_keep_their_plans(store: Sessions, now: datetime) -> None:
    sizes = [1, FEW, FEW + 1, MANY, 2, MANY, 1]
    with store.write() as tx:
        for size in sizes:
            prepare(tx)
            tell_planner(tx, size)
            assert is_of_few(tx) == (size <= FEW and not store.is_sqlite), size


def left_behind(tx: Connection, scratch: Table) -> int:
    """Return what a table still takes: bytes, or rows on SQLite, which takes the pages of what was deleted again."""
    rows, size = select(func.count()).select_from(scratch), select(func.pg_relation_size(scratch.name))
    return int(tx.execute(rows if tx.dialect.name == "sqlite" else size).scalar_one())
