"""What commands print: one JSON object, or lines and tables for people; results are plain dataclasses."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever an operation returns
    """Return a result as JSON knows it: dataclasses as objects, times as ISO 8601, sets as sorted lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value) if isinstance(value, date | Path) else value


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever an operation returns
    """Print one JSON object to stdout; nothing else may be printed there."""
    print_line(json.dumps(plain(value), ensure_ascii=False, indent=2))


def print_line(text: str = "") -> None:
    """Print one line for the person to stdout."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """Print progress or a remark to stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def print_table(heads: Sequence[str], rows: Iterable[Sequence[Any]], *, none: str = "") -> None:
    """Print aligned columns, or ``none`` where there is no row; None shows as a dash, a truth value as yes or no."""
    shown = [[_cell(cell) for cell in row] for row in rows]
    if not shown and none:
        print_line(none)
        return
    widths = [max(len(line[i]) for line in [list(heads), *shown]) for i in range(len(heads))]
    for line in [list(heads), *shown]:
        print_line("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:  # noqa: ANN401 - whatever a row holds
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:%Y-%m-%d %H:%M}Z" if isinstance(value, datetime) else str(value)
