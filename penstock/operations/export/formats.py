"""Writing chunks of lines as CSV, JSON or Parquet: times ISO 8601 UTC, points as decimals with at most three places."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from io import TextIOWrapper
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from penstock.operations.export.shape import Kind, Line
from penstock.playbook.values import points_text

Write = Callable[[BinaryIO, Mapping[str, Kind], Iterable[list[Line]]], int]


def iso(moment: datetime) -> str:
    """Return an instant as ISO 8601 in UTC, with microseconds only where there are any."""
    return moment.isoformat().replace("+00:00", "Z")


def plain(kind: Kind, value: Any) -> Any:  # noqa: ANN401 - what the column holds
    """Return a value as JSON knows it: a number of points is a number, a time is text."""
    if value is None:
        return None
    if kind == "points":
        return float(points_text(value)) if value % 1000 else value // 1000
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, date) else value


def _cell(kind: Kind, value: Any) -> Any:  # noqa: ANN401 - what the column holds
    if value is None:
        return ""
    if kind == "points":
        return points_text(value)
    return str(value).lower() if kind == "boolean" else plain(kind, value)


def write_csv(out: BinaryIO, columns: Mapping[str, Kind], chunks: Iterable[list[Line]]) -> int:
    """Write comma-separated UTF-8 with a header line; return the number of rows."""
    text, written = TextIOWrapper(out, encoding="utf-8", newline=""), 0
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for chunk in chunks:
        writer.writerows([_cell(kind, line[name]) for name, kind in columns.items()] for line in chunk)
        written += len(chunk)
    text.flush()
    text.detach()
    return written


def write_json(out: BinaryIO, columns: Mapping[str, Kind], chunks: Iterable[list[Line]]) -> int:
    """Write one JSON array of objects, one object a line; return the number of rows."""
    written = 0
    out.write(b"[")
    for chunk in chunks:
        for line in chunk:
            told = json.dumps({n: plain(kind, line[n]) for n, kind in columns.items()}, ensure_ascii=False)
            out.write(f"{',' if written else ''}\n{told}".encode())
            written += 1
    out.write(b"\n]\n")
    return written


PARQUET: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "points": pa.decimal128(18, 3),
    "boolean": pa.bool_(),
    "instant": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}


def write_parquet(out: BinaryIO, columns: Mapping[str, Kind], chunks: Iterable[list[Line]]) -> int:
    """Write Parquet, one row group a chunk; return the number of rows."""
    schema, written = pa.schema([(name, PARQUET[kind]) for name, kind in columns.items()]), 0
    with pq.ParquetWriter(out, schema) as writer:
        for chunk in chunks:
            typed = [{name: _typed(kind, line[name]) for name, kind in columns.items()} for line in chunk]
            writer.write_table(pa.Table.from_pylist(typed, schema=schema))
            written += len(chunk)
    return written


def _typed(kind: Kind, value: Any) -> Any:  # noqa: ANN401 - what the column holds
    return Decimal(value) / 1000 if kind == "points" and value is not None else value


FORMATS: Mapping[str, Write] = {"csv": write_csv, "json": write_json, "parquet": write_parquet}
