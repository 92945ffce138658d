"""An older store is upgraded, never dropped: from every earlier revision, filled, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Boolean, Column, Connection, Date, Integer, MetaData, Table, func, insert, select

from penstock.store.engine import open_store
from penstock.store.migrate import _config, head, revision, upgrade
from penstock.store.types import Instant, Row

ROWS = 3
REVISIONS = [found.revision for found in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def value(column: Column[Any], number: int) -> object:
    """Return some value of a column's type, another for each number."""
    if isinstance(column.type, Boolean):
        return number % 2 == 0
    if isinstance(column.type, Date):
        return date(2026, 1, number)
    if isinstance(column.type, Instant):
        return datetime(2026, 1, number, tzinfo=UTC)
    return number if isinstance(column.type, Integer | BigInteger) else f"{column.name} {number}"


def fill(tx: Connection) -> dict[str, int]:
    """Put rows into every table that this revision has, and count them."""
    found = MetaData()
    found.reflect(tx)
    tables = [found.tables[name] for name in sorted(found.tables) if name != "alembic_version"]
    for table in tables:
        then = as_of_then(table)
        tx.execute(insert(then), [{c.name: value(c, n) for c in then.columns} for n in range(1, ROWS + 1)])
    return counts(tx, tables)


def as_of_then(table: Table) -> Table:
    """Return a table with the columns that this revision has, typed as the code types them."""
    known = Row.metadata.tables[table.name].columns
    return Table(table.name, MetaData(), *(Column(c.name, c.type) for c in known if c.name in table.columns))


def counts(tx: Connection, tables: list[Table]) -> dict[str, int]:
    return {table.name: tx.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def differences(tx: Connection) -> Iterator[Any]:
    return iter(compare_metadata(MigrationContext.configure(tx, opts={"compare_type": True}), Row.metadata))


@pytest.mark.parametrize("start", REVISIONS)
def test_filled_store_of_every_revision_is_upgraded_with_all_its_rows(blank_url: str, start: str) -> None:
    upgrade(blank_url, start)
    sessions = open_store(blank_url)
    with sessions.write() as tx:
        before = fill(tx)
    upgrade(blank_url)
    with sessions.read() as tx:
        after = counts(tx, [Row.metadata.tables[name] for name in before])
    sessions.close()
    assert revision(blank_url) == head()
    assert after == before
    assert set(before.values()) == {ROWS}


def test_upgraded_store_has_the_tables_of_the_code(database_url: str) -> None:
    sessions = open_store(database_url)
    with sessions.read() as tx:
        assert list(differences(tx)) == []
    sessions.close()


def test_upgrading_twice_does_nothing(database_url: str) -> None:
    upgrade(database_url)
    assert revision(database_url) == head()
