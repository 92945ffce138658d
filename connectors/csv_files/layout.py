"""What a file looks like before its rows are read: encoding, delimiter, header, and whether the mapping fits it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import NoReturn

from connectors.csv_files.columns import Row, column_names
from connectors.csv_files.dates import is_ambiguous
from connectors.csv_files.load import Loaded
from connectors.csv_files.mapping import Header, RecordPart, columns_in
from connectors.csv_files.plan import Plan
from connectors.csv_files.rows import Broken, RowReader, UndecodedError
from connectors.csv_files.source import SourceFile, WrongFileError
from penstock.errors import Problem
from penstock.nearest import nearest

DELIMITERS = (",", ";", "\t", "|")
# Excel's own hint on the first line.
_HINT = "sep="
_SNIFFED_LINES = 20


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a file's text: the codec, the delimiter, and whether Excel's hint stands on the first line."""

    encoding: str
    delimiter: str
    stated: bool
    """Whether the user told the encoding."""
    hint: bool = False

    def rows(self, text: Iterable[str], *, line: int = 0) -> RowReader:
        """Return a reader of the rows of a text in this layout."""
        return RowReader(text, delimiter=self.delimiter, line=line, stated=self.stated)

    def behind_hint(self, reader: RowReader) -> Iterator[tuple[int, Row | Broken]]:
        """Return the rows of a reader from the header on."""
        return islice(reader, int(self.hint), None)


@contextmanager
def reading(file: str, loaded: Loaded) -> Iterator[None]:
    """Turn bytes that cannot be text, and files that break off, into a WrongFileError with the line and the remedy."""
    try:
        yield
    except UndecodedError as error:
        what = f"the byte 0x{error.byte:02X} is no UTF-8"
        remedy = f"write `encoding: windows-1252` (or what it is) into {loaded.shown}, or export it as UTF-8"
        raise WrongFileError(Problem(file, error.line, what, remedy)) from error
    except UnicodeDecodeError as error:
        remedy = f"is the file whole? else correct `encoding:` in {loaded.shown}"
        raise WrongFileError(Problem(file, 0, f"is no {error.encoding} ({error.reason})", remedy)) from error
    except OSError as error:
        raise WrongFileError(
            Problem(file, 0, f"cannot be read: {error}", "it is tried again with the next run")
        ) from error


def read_layout(file: SourceFile, loaded: Loaded) -> Layout:
    """Look at the beginning of a file; raises WrongFileError where it cannot be text of the stated encoding."""
    mapping = loaded.mapping
    encoding = file.encoding(mapping.encoding)
    with file.text(encoding) as text, reading(file.name, loaded):
        lines = list(islice(text, _SNIFFED_LINES))
    hint = lines[0].lstrip("\ufeff").strip() if lines else ""
    if hint.lower().startswith(_HINT) and len(hint) == len(_HINT) + 1:
        return Layout(encoding, mapping.delimiter or hint[-1], bool(mapping.encoding), hint=True)
    first = 0 if mapping.tables else mapping.header.names - 1
    return Layout(encoding, mapping.delimiter or _sniffed(lines[first:]), bool(mapping.encoding))


def _sniffed(lines: Sequence[str]) -> str:
    """Return the delimiter that cuts the line into the most cells; a comma where nothing does."""
    for line in lines:
        found = {one: len(_cells(line, one)) for one in DELIMITERS}
        best = max(DELIMITERS, key=lambda one: found[one])
        if found[best] > 1:
            return best
    return ","


def _cells(line: str, delimiter: str) -> Row:
    return next(csv.reader([line], delimiter=delimiter), [])


def read_header(rows: Iterator[tuple[int, Row | Broken]], header: Header, *, file: str) -> tuple[int, list[str]]:
    """Read the header rows and return the line of the names, and the names; no names when the file ends before them."""
    found = list(islice(rows, header.rows))
    if len(found) < header.rows:
        return 0, []
    line, row = found[header.names - 1]
    if isinstance(row, Broken):
        what, _, remedy = row.detail.partition("; ")
        _refuse(file, line, f"the header {what}", remedy or "export the file again, or mend the line")
    names = column_names([row[0].removeprefix("\ufeff"), *row[1:]] if row else [])
    if not names:
        _refuse(file, line, "the header row is empty", "say in the mapping which row has the names: `header: 2`")
    return line, names


def fitting(plan: Plan, loaded: Loaded, *, file: str, line: int) -> Plan:
    """Return the plan when the file has every column it needs; raises WrongFileError with each that is missing."""
    if plan.missing:
        raise WrongFileError(*(_missing(name, plan.names, loaded, file, line) for name in plan.missing))
    return plan


def _missing(name: str, names: Sequence[str], loaded: Loaded, file: str, line: int) -> Problem:
    # Finds "E-Mail" for "Email Address" too, and leaves "Revenue" out; lower, and any column suggests any other.
    near, asked = nearest(name, names, alike=0.5), loaded.line_with(name)
    place = f"{loaded.shown}:{asked}" if asked else loaded.shown
    if near:
        remedy = f'the nearest one is "{near}": write that in {place}, or name the column "{name}" again'
    else:
        remedy = f"it has {', '.join(names)}; correct {place}, or add it under `optional:`"
    return Problem(file, line, f'the column "{name}" is missing', remedy)


def refuse_ambiguous(row: Row, said: Sequence[RecordPart], plan: Plan, loaded: Loaded, place: tuple[str, int]) -> None:
    """Refuse a file whose first row has a date that only a format can tell, where the mapping gives none."""
    if len(row) != plan.width:
        return
    cells = dict(zip(plan.names, (cell.strip() for cell in row), strict=True))
    for part in said:
        column = part.at.column if part.at and not part.at.formats and not columns_in(part.at.column) else ""
        if is_ambiguous(cells.get(column, "")):
            remedy = (
                f'add `formats: ["%d/%m/%Y"]` (or "%m/%d/%Y") beside it in {loaded.shown}:{loaded.line_with(column)}'
            )
            _refuse(*place, f'"{cells[column]}" in the column "{column}" can be more than one day', remedy)


def _refuse(file: str, line: int, what: str, remedy: str) -> NoReturn:
    raise WrongFileError(Problem(file, line, what, remedy))
