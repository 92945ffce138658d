"""What an exported table is: its columns with their kinds, the statement that reads it, what completes its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, bindparam

from penstock.store.types import Instant

# Rows read and written at once: a chunk of leads with their scores stays below 50 MB.
CHUNK = 5_000
NOW = bindparam("now", type_=Instant)

Kind = Literal["text", "integer", "points", "boolean", "instant", "date"]
Line = dict[str, Any]
Complete = Callable[[Connection, list[Line]], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """One table as it leaves: ``columns`` name → kind in order; ``complete`` fills what ``query`` cannot give.

    Points are thousandths until they are written. A query may ask for the moment of the export, ``NOW``.
    """

    name: str
    columns: Mapping[str, Kind]
    query: Callable[[Connection], Select[Any]]
    complete: Complete | None = None


def lines(tx: Connection, exported: Exported, now: datetime) -> Iterator[list[Line]]:
    """Yield the table in chunks of lines, each holding exactly the columns, in order of the query."""
    result = tx.execution_options(yield_per=CHUNK).execute(exported.query(tx), {"now": now})
    for rows in result.mappings().partitions():
        chunk = [dict(row) for row in rows]
        if exported.complete is not None:
            exported.complete(tx, chunk)
        yield [{name: line.get(name) for name in exported.columns} for line in chunk]
