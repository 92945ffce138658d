"""Rows of a CSV text with the line each begins on, whatever is broken in it. Used by the file readers.

A quote that is never closed would swallow the rest of the file: then only the line it stands on is broken, and reading
goes on with the next one.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from connectors.csv_files.columns import Row

# What a byte that the encoding does not know was decoded to (surrogateescape).
_UNDECODED = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Broken:
    """Lines that are no row: with the code and the sentence for quarantine."""

    text: str
    code: str
    detail: str


class UndecodedError(UnicodeError):
    """A byte that the encoding does not know, in a file whose encoding nobody stated."""

    def __init__(self, line: int, byte: int) -> None:
        self.line, self.byte = line, byte
        super().__init__(f"line {line}: 0x{byte:02X}")


class RowReader:
    """Reads rows one by one; ``line`` is the last line read.

    With an encoding ``stated`` by the user, a byte it does not know breaks its row; else it raises UndecodedError,
    because then the encoding was guessed wrong.
    """

    def __init__(self, lines: Iterable[str], *, delimiter: str, line: int = 0, stated: bool = False) -> None:
        self.line = line
        self._stated = stated
        self.width = 0
        """Columns of the header, once known: a quoted row over several lines that has others is taken apart."""
        self._source = iter(lines)
        self._delimiter = delimiter
        self._pushed: deque[str] = deque()
        self._current: list[str] = []
        self._done: list[str] = []

    def taken(self) -> str:
        """Return the text read since the last call, and forget it."""
        text = "".join(self._done)
        self._done.clear()
        return text

    def __iter__(self) -> Iterator[tuple[int, Row | Broken]]:
        """Yield the line on which each row begins, and the row."""
        while True:
            try:
                yield from self._good_rows()
            except csv.Error as error:
                yield self._first_line(f"the quotes do not pair ({error})")
            else:
                return

    def _good_rows(self) -> Iterator[tuple[int, Row | Broken]]:
        current = self._current
        for row in csv.reader(self._lines(), delimiter=self._delimiter, strict=True):
            if len(current) > 1 and self.width and len(row) > self.width:
                yield self._first_line("the quotes do not pair (the row has more cells than the header)")
                continue
            start = self.line + 1
            text = current[0] if len(current) == 1 else "".join(current)
            found = self._checked(text, row)
            self.line += len(current)
            self._done.append(text)
            current.clear()
            yield start, found

    def _lines(self) -> Iterator[str]:
        current, pushed = self._current, self._pushed
        while pushed:
            current.append(pushed.popleft())
            yield current[-1]
        for line in self._source:
            current.append(line)
            yield line
            while pushed:
                current.append(pushed.popleft())
                yield current[-1]

    def _first_line(self, detail: str) -> tuple[int, Broken]:
        """Give up the first line of the row at hand and put the others back."""
        first = self._current[0]
        self._pushed.extendleft(reversed(self._current[1:]))
        self._current.clear()
        self._done.append(first)
        self.line += 1
        return self.line, Broken(first, "quotes", detail)

    def _checked(self, text: str, row: Row) -> Row | Broken:
        if "\0" in text:
            return Broken(text, "nul", "holds a NUL byte; export the file again, or remove it")
        if text.isascii() or not (found := _UNDECODED.search(text)):
            return row
        byte = ord(found[0]) & 0xFF
        if not self._stated:
            raise UndecodedError(self.line + 1, byte)
        return Broken(text, "encoding", f"the byte 0x{byte:02X} is none of the file's encoding")
