"""An account's place on a target list as a function of a row; used by plan.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from connectors.csv_files.columns import Columns, Row
from connectors.csv_files.dates import compile_dates, date_in, read_zone
from connectors.csv_files.mapping import TargetList
from penstock.records import Listed

A_DAY = timedelta(days=1)


def listed_of(columns: Columns, listed: TargetList) -> Callable[[Row], Listed | None]:
    """Return the reader of a place on a target list; None where the row names no list."""
    name, origin = columns.text(listed.name), columns.text(listed.origin)
    since = _end_of(columns, listed.from_, listed)
    until = _end_of(columns, listed.until, listed, after=A_DAY)

    def read(row: Row) -> Listed | None:
        on = name(row)
        return Listed(on, origin(row), since(row), until(row)) if on else None

    return read


def _end_of(
    columns: Columns, template: str, listed: TargetList, *, after: timedelta = timedelta()
) -> Callable[[Row], datetime | None]:
    """Return the reader of a day or a moment; ``after`` is added to a day, which people mean to the end of it."""
    cell, parse = columns.text(template), compile_dates(listed.formats, listed.zone)
    zone = read_zone(listed.zone or "UTC")

    def read(row: Row) -> datetime | None:
        text = cell(row)
        found = date_in(text, parse, template, listed.formats) if text else None
        if found is None or ":" in text:
            return found
        # In the zone, because a day is 23 or 25 hours long where the clocks change.
        return (found.astimezone(zone) + after).astimezone(UTC)

    return read
