"""Statements that both databases share: inserts that pass over what is known, one of many, chunks."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import ARRAY, ColumnElement, Connection, Select, Table, any_, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

# Below SQLite's limit of 32,766 bound values with room for five columns.
CHUNK = 5_000
T = TypeVar("T")


def chunks(rows: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Yield the rows in slices of at most ``size``."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def insert(tx: Connection, into: Table) -> Any:  # noqa: ANN401 - the dialect's own Insert, which share no base with on_conflict
    """Return the dialect's INSERT, which knows ON CONFLICT."""
    return (sqlite if tx.dialect.name == "sqlite" else postgresql).insert(into)


def insert_or_ignore(tx: Connection, into: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, passing over those whose key is known."""
    if rows:
        tx.execute(insert(tx, into).on_conflict_do_nothing(), list(rows))


def among(tx: Connection, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Return whether a column has one of the values, as one bound value however many they are.

    So a statement is the same for one row and for 20,000, and SQLite's limit of bound values does not matter.
    """
    if tx.dialect.name == "sqlite":
        listed = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(literal(list(values), ARRAY(column.type)))


def plain_rows(tx: Connection, query: Select[Any]) -> list[Any]:
    """Return the rows of a query as the driver gives them: plain tuples, instants as microseconds.

    A page reads some ten thousand rows a time, and dressing each of them takes longer than reading it.
    """
    result = tx.execute(query)
    rows = result.cursor.fetchall()
    result.close()
    return list(rows)
