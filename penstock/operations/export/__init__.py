"""Exporting tables, one row per thing, with the columns that users script against; called by the CLI.

A table is read in one transaction and written in chunks, so memory stays flat whatever its size.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from penstock.errors import UsageError
from penstock.nearest import did_you_mean
from penstock.operations.export.formats import FORMATS
from penstock.operations.export.judged import JUDGED
from penstock.operations.export.people import PEOPLE
from penstock.operations.export.shape import Exported, lines
from penstock.operations.export.simple import SIMPLE
from penstock.store.engine import Sessions

TABLES = {exported.name: exported for exported in (*PEOPLE, *JUDGED, *SIMPLE)}


@dataclass(frozen=True, slots=True)
class ExportResult:
    """How many rows of which table were written."""

    table: str
    rows: int


def find_table(name: str) -> Exported:
    """Return the table of that name; raises UsageError with what there is, or with what was probably meant."""
    if name in TABLES:
        return TABLES[name]
    raise UsageError(f'no table "{name}" is exported: {did_you_mean(name, TABLES)}')


def export_table(sessions: Sessions, *, now: datetime, name: str, fmt: str, out: BinaryIO) -> ExportResult:
    """Write a table as csv, json or parquet; raises UsageError for an unknown table or format."""
    exported = find_table(name)
    if fmt not in FORMATS:
        raise UsageError(f'"{fmt}" is no format: write csv, json or parquet')
    with sessions.read() as tx:
        written = FORMATS[fmt](out, exported.columns, lines(tx, exported, now))
    return ExportResult(exported.name, written)
