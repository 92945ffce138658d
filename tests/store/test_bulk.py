"""Bulk writes do on both databases what one INSERT a row would do."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from penstock.store.bulk import WORTH_STAGING, bulk_insert, bulk_update, take_ids
from penstock.store.engine import Sessions, table
from penstock.store.statements import among
from penstock.store.tables import Fact, Lead, Rotation, Spelling

FACT, ROTATION, SPELLING, LEAD = table(Fact), table(Rotation), table(Spelling), table(Lead)
# The plain way and, on PostgreSQL, the staged one.
SIZES = [3, WORTH_STAGING * 3]


@pytest.mark.parametrize("size", SIZES)
def test_known_keys_are_passed_over_and_not_counted(store: Sessions, size: int) -> None:
    queues = [f"queue {number} 100% o'clock" for number in range(size)]
    with store.write() as tx:
        assert bulk_insert(tx, ROTATION, {"queue": queues[:2]}, same={"turns": 1}) == 2
        assert bulk_insert(tx, ROTATION, {"queue": queues, "turns": [2] * size}) == size - 2
    with store.read() as tx:
        found = {queue: turns for queue, turns in tx.execute(select(ROTATION.c.queue, ROTATION.c.turns))}  # noqa: C416 - rows are no tuples
    assert found == dict.fromkeys(queues, 2) | dict.fromkeys(queues[:2], 1)


@pytest.mark.parametrize("size", SIZES)
def test_spread_row_becomes_one_row_per_cell_that_is_there(store: Sessions, size: int) -> None:
    shared = {"subject_id": list(range(size)), "said_at": list(range(size))}
    country: list[int | None] = [None if i % 3 else 7 for i in range(size)]
    arms: list[dict[str, Any]] = [
        {"field": "country", "spelling_id": country, "number": None, "typed": True},
        {"field": "employees", "spelling_id": list(range(size)), "number": [5] * size, "typed": [False] * size},
    ]
    same = {"subject": "lead", "feed": "it's 100%", "received_at": 1, "landed_at": 1, "batch_id": None, "found_by": ""}
    with store.write() as tx:
        assert bulk_insert(tx, FACT, shared, same=same, spread=arms) == size + len(range(0, size, 3))
    with store.read() as tx:
        rows = tx.execute(select(FACT).order_by(FACT.c.subject_id, FACT.c.field)).all()
    assert [row.field for row in rows if row.subject_id in (0, 1)] == ["country", "employees", "employees"]
    assert {(row.field, row.feed, row.number, row.typed) for row in rows} == {
        ("country", "it's 100%", None, True), ("employees", "it's 100%", 5, False),
    }  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
def test_update_reaches_exactly_the_named_rows(store: Sessions, size: int) -> None:
    names = [f"queue {number}" for number in range(size)]
    with store.write() as tx:
        bulk_insert(tx, ROTATION, {"queue": [*names, "other"]}, same={"turns": 0})
        bulk_update(tx, ROTATION, {"queue": names}, {"turns": list(range(size))})
    with store.read() as tx:
        found = {queue: turns for queue, turns in tx.execute(select(ROTATION.c.queue, ROTATION.c.turns))}  # noqa: C416 - rows are no tuples
    assert found == {name: number for number, name in enumerate(names)} | {"other": 0}


def test_nothing_to_write_is_no_statement(store: Sessions) -> None:
    with store.write() as tx:
        assert bulk_insert(tx, ROTATION, {"queue": []}) == 0
        bulk_update(tx, ROTATION, {"queue": []}, {"turns": []})


def test_ids_taken_are_free_and_rise(store: Sessions) -> None:
    with store.write() as tx:
        first = list(take_ids(tx, SPELLING, 3))
        bulk_insert(tx, SPELLING, {"id": first, "key": list("abc"), "text": list("abc")}, same={"field": "line"})
        more = list(take_ids(tx, SPELLING, 2))
    assert first + more == sorted({*first, *more})


@pytest.mark.parametrize("size", [0, 1, 40_000])
def test_one_of_many_takes_any_number_of_values(store: Sessions, size: int) -> None:
    with store.write() as tx:
        bulk_insert(tx, ROTATION, {"queue": ["'a'", "ü"]}, same={"turns": 1})
        wanted = ["'a'", *map(str, range(size))]
        assert tx.scalars(select(ROTATION.c.queue).where(among(tx, ROTATION.c.queue, wanted))).all() == ["'a'"]
