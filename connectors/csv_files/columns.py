"""Columns of one file, as functions from a row to a text; and what the mapping asks for that the file does not have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter

from connectors.csv_files.mapping import Test, columns_in, split_template

Row = list[str]
Get = Callable[[Row], str]
Ask = Callable[[Row], bool]


def column_names(cells: Sequence[str]) -> list[str]:
    """Return the names of a header's columns: trimmed, empty ones by number, a repeated one as ``Name (2)``."""
    names: list[str] = []
    for number, cell in enumerate(_without_tail(cells), 1):
        name = " ".join(cell.split()) or f"column {number}"
        times = sum(other == name or other.startswith(f"{name} (") for other in names)
        names.append(f"{name} ({times + 1})" if times else name)
    return names


def _without_tail(cells: Sequence[str]) -> list[str]:
    """Drop empty cells at the end: some exports pad every line to the widest table."""
    kept = list(cells)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


class Columns:
    """The columns of one table of one file, as getters from rows that were made ``clean``.

    What is asked for and not there is collected in ``missing``.
    """

    def __init__(
        self,
        names: Sequence[str],
        *,
        absent: Iterable[str] = (),
        optional: Iterable[str] = (),
    ) -> None:
        self.names = list(names)
        self.missing: list[str] = []
        self._places = {name: place for place, name in enumerate(names)}
        self._absent = frozenset(absent)
        self._optional = frozenset(optional)

    def cell(self, name: str) -> Get:
        """Return the getter of a column."""
        place = self._places.get(" ".join(name.split()))
        if place is None:
            if name not in self._optional and name not in self.missing:
                self.missing.append(name)
            return _nothing
        return itemgetter(place)

    def clean(self, row: Row) -> Row:
        """Return the row trimmed, its cells empty where they hold a marker of absence."""
        # Once for all: with a getter in C afterwards, a file of ten columns is mapped a sixth faster.
        if not self._absent:
            return [cell.strip() for cell in row]
        absent = self._absent
        return ["" if (text := cell.strip()) in absent else text for cell in row]

    def named(self, spec: str) -> Get:
        """Return the getter of what ``columns`` says: a column's name, or a template of columns."""
        return self.text(spec) if columns_in(spec) else self.cell(spec)

    def text(self, template: str) -> Get:
        """Return the getter of a template: empty when none of its columns holds anything; without any, a constant."""
        parts = split_template(template)
        cells = [self.cell(name) for name in parts[1::2]]
        if not cells:
            return lambda _: template
        if len(cells) == 1 and not "".join(parts[::2]):
            return cells[0]
        return _filled(parts[::2], cells)

    def whole(self, template: str) -> Get:
        """Return the getter of a template that is empty when *any* of its columns is: half an id is none."""
        cells = [self.cell(name) for name in columns_in(template)]
        text = self.text(template)
        if len(cells) == 1:
            return text
        return lambda row: text(row) if all(cell(row) for cell in cells) else ""

    def test(self, test: Test) -> Ask:
        """Return the question of a skip rule or a ``when``."""
        cell = self.cell(test.column)
        if test.absent is not None:
            wanted = test.absent
            return lambda row: (not cell(row)) == wanted
        if test.is_ is not None:
            among = frozenset(test.is_)
            return lambda row: cell(row) in among
        matches = re.compile(test.matches or "").search
        return lambda row: matches(cell(row)) is not None


def _nothing(_: Row) -> str:
    return ""


def _filled(texts: Sequence[str], cells: Sequence[Get]) -> Get:
    first, rest = texts[0], list(zip(cells, texts[1:], strict=True))

    def get(row: Row) -> str:
        found = [(cell(row), text) for cell, text in rest]
        if not any(value for value, _ in found):
            return ""
        return " ".join((first + "".join(value + text for value, text in found)).split())

    return get
