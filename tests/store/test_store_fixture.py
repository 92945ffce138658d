"""The fixtures themselves: each test gets an empty store of its own, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, text

from penstock.store.engine import Sessions, open_store
from penstock.store.migrate import head, revision
from tests.postgres import Server


def test_store_has_all_tables(store: Sessions, database_url: str) -> None:
    assert {"lead", "account", "activity"} <= set(inspect(store.engine).get_table_names())
    assert revision(database_url) == head()


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_starts_with_an_empty_store(store: Sessions, turn: int) -> None:
    with store.write() as tx:
        assert tx.scalar(text("SELECT count(*) FROM rotation")) == 0
        tx.execute(text("INSERT INTO rotation (queue, turns) VALUES ('east', :turn)"), {"turn": turn})


def test_two_sessions_see_one_store(store: Sessions, database_url: str) -> None:
    other = open_store(database_url)
    with store.write() as tx:
        tx.execute(text("INSERT INTO rotation (queue, turns) VALUES ('east', 3)"))
    with other.read() as tx:
        assert tx.scalar(text("SELECT turns FROM rotation")) == 3
    other.close()


def test_connections_are_in_utc_although_the_server_is_not(store: Sessions) -> None:
    if not store.is_sqlite:
        with store.read() as tx:
            assert tx.scalar(text("SHOW timezone")) == "UTC"


def test_blank_url_names_a_database_without_tables(blank_url: str) -> None:
    assert revision(blank_url) is None


@pytest.mark.postgres
def test_text_does_not_sort_by_code_points_on_postgres(postgres: Server) -> None:
    sessions = open_store(postgres.url("postgres"))
    with sessions.read() as tx:
        assert tx.scalar(text("SELECT 'a' < 'B'"))
    sessions.close()
