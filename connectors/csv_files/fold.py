"""Rows that are one thing: a person who joined a webinar five times attended it once. Used for stacked tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from connectors.csv_files.columns import Columns, Row
from connectors.csv_files.mapping import Fold, Mapping, Rows, Table
from connectors.csv_files.said import time_of
from penstock.errors import UnreadableRecordError

_LAST = datetime.max.replace(tzinfo=UTC)


class Folder:
    """Groups rows equal in one template and makes one row of each group."""

    def __init__(self, fold: Fold, columns: Columns, zone: str) -> None:
        at = fold.first.model_copy(update={"optional": True, "zone": fold.first.zone or zone})
        self._clean = columns.clean
        self._key = columns.text(fold.by)
        self._time = time_of(columns, at)
        self._cells = [columns.cell(name) for name in columns.names]
        self._summed = {columns.names.index(name): name for name in fold.sum if name in columns.names}
        self._sums = [columns.cell(name) for name in fold.sum]

    def key(self, row: Row) -> str:
        """Return what groups a row, in any case; empty: it stands for itself. Raises UnreadableRecordError."""
        clean = self._clean(row)
        self._time(clean)
        for get in self._sums:
            _number(get(clean))
        return self._key(clean).casefold()

    def merged(self, rows: Sequence[Row]) -> Row:
        """Return one row: each cell of the earliest row that has it, sums added up."""
        ordered = sorted(map(self._clean, rows), key=lambda row: self._time(row) or _LAST)
        return [
            _total(map(cell, ordered)) if place in self._summed else next(filter(None, map(cell, ordered)), "")
            for place, cell in enumerate(self._cells)
        ]


def _number(text: str) -> Decimal:
    try:
        return Decimal(text or 0)
    except InvalidOperation:
        raise UnreadableRecordError("bad_number", f'"{text}" is no number to add up') from None


def _total(texts: Iterable[str]) -> str:
    found = [_number(text) for text in texts if text]
    return f"{sum(found, Decimal(0)).normalize():f}" if found else ""


def folder_of(mapping: Mapping, rows: Rows, names: Sequence[str]) -> Folder | None:
    """Return what folds the rows of a table, None where each stands for itself."""
    fold = rows.fold if isinstance(rows, Table) else None
    return Folder(fold, Columns(names, absent=rows.absent, optional=rows.optional), mapping.zone) if fold else None
