"""One plain file, row by row with flat memory, from the row reached before. Used by the feed.

The place reached is kept as characters read, their hash, and the last row and line: on resuming, the beginning is
hashed again. Unchanged, reading goes on behind it; changed, the file is read anew, and what is known lands as already
known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from io import TextIOWrapper
from itertools import chain, islice
from typing import Any

from connectors._kit.fingerprint import Equals, counting_equals
from connectors.csv_files.columns import Row
from connectors.csv_files.layout import Layout, fitting, read_header, reading, refuse_ambiguous
from connectors.csv_files.load import Loaded, said_by
from connectors.csv_files.plan import Draft, Plan
from connectors.csv_files.rows import Broken, RowReader
from connectors.csv_files.source import SourceFile, WrongFileError

_BLOCK = 1 << 20  # characters hashed at a time


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a file was read: ``row`` data rows, up to ``line``, ``size`` characters with this hash."""

    hash: str = ""
    row: int = 0
    line: int = 0
    size: int = 0
    unnamed: int = 0
    """Bad rows so far whose id is a count among equals: only then must the beginning be counted again."""

    def position(self) -> dict[str, Any]:
        """Return it for the cursor."""
        return asdict(self)

    @classmethod
    def of(cls, position: Mapping[str, Any] | None) -> Reached:
        """Return what a cursor says; one of another shape is the beginning."""
        known = {name: value for name, value in (position or {}).items() if name in cls.__slots__}
        return cls(**known) if {"hash", "row"} <= set(known) else cls()


@dataclass(frozen=True, slots=True)
class Part:
    """A page's worth of a file, and how far it goes."""

    draft: Draft
    reached: Reached


class SoFar:
    """Hash and size of the text that was read."""

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=16)
        self.size = 0
        self.ends_a_line = True

    def add(self, text: str) -> None:
        """Read on."""
        self._hash.update(text.encode("utf-8", "surrogatepass"))
        self.size += len(text)
        self.ends_a_line = text.endswith(("\n", "\r")) if text else self.ends_a_line

    def hash(self) -> str:
        """Return the hash of everything added."""
        return self._hash.hexdigest()

    def begins_as(self, text: TextIOWrapper, reached: Reached) -> bool:
        """Read up to the place reached and return whether it is still the text that was read then."""
        while self.size < reached.size and (block := text.read(min(_BLOCK, reached.size - self.size))):
            self.add(block)
        return self.size == reached.size and self.hash() == reached.hash


class PlainFile:
    """A file of one table, with the mapping compiled for its header; raises WrongFileError where it does not fit."""

    def __init__(self, file: SourceFile, loaded: Loaded, layout: Layout, *, page: int) -> None:
        self._file, self._loaded, self._layout, self._page = file, loaded, layout, page
        self._plan = self._fitted()

    def _fitted(self) -> Plan | None:
        """Compile the mapping for the header and look at the first row; None for an empty file."""
        mapping = self._loaded.mapping
        said = said_by(mapping, mapping)
        with self._file.text(self._layout.encoding) as text, reading(self._file.name, self._loaded):
            rows = self._layout.behind_hint(self._layout.rows(text))
            line, names = read_header(rows, mapping.header, file=self._file.name)
            if not names:
                return None
            plan = fitting(Plan(mapping, said, names), self._loaded, file=self._file.name, line=line)
            for number, row in islice(rows, 1):
                if not isinstance(row, Broken):
                    refuse_ambiguous(row, said, plan, self._loaded, (self._file.name, number))
        return plan

    def parts(self, reached: Reached) -> Iterator[Part]:
        """Yield what is new in the file, a page at a time; raises WrongFileError where it cannot be read on."""
        if self._plan is None:
            return
        counted = self._plan.hashes_records or bool(reached.unnamed)
        with self._file.text(self._layout.encoding) as text, counting_equals() as equals:
            so_far = SoFar()
            same = bool(reached.hash) and so_far.begins_as(text, reached)
            first = next(text, "") if same else ""
            if same and not first:
                return
            # A last line that was not ended has gone on since: what stood there was half a row.
            same = same and so_far.ends_a_line
            if same and not counted:
                reader = self._layout.rows(chain([first], text), line=reached.line)
                yield from self._pages(reader, self._plan, so_far, reached, equals)
                return
        yield from self._from_start(self._plan, reached.row if same else 0)

    def _from_start(self, plan: Plan, behind: int) -> Iterator[Part]:
        """Read the file from its beginning; rows read before are counted again, and not given."""
        with self._file.text(self._layout.encoding) as text, counting_equals() as equals:
            reader = self._layout.rows(text)
            rows = self._layout.behind_hint(reader)
            read_header(rows, self._loaded.mapping.header, file=self._file.name)
            for part in self._pages(reader, plan, SoFar(), Reached(), equals, behind=behind):
                if part.reached.row > behind:
                    yield part

    def _pages(
        self, reader: RowReader, plan: Plan, so_far: SoFar, reached: Reached, equals: Equals, *, behind: int = 0
    ) -> Iterator[Part]:
        """Yield page after page; one of them ends at the row ``behind``."""
        reader.width = plan.width
        rows, row, unnamed = iter(reader), reached.row, reached.unnamed
        wrong: WrongFileError | None = None
        while wrong is None:
            draft = Draft()
            wanted = min(self._page, behind - row) if row < behind else self._page
            wrong = self._fill(draft, plan, islice(rows, wanted))
            if draft.read:
                so_far.add(reader.taken())
                unnamed += draft.number(equals)
                row += draft.read
                yield Part(draft, Reached(so_far.hash(), row, reader.line, so_far.size, unnamed))
            elif wrong is None:
                return
        raise wrong

    def _fill(self, draft: Draft, plan: Plan, rows: Iterable[tuple[int, Row | Broken]]) -> WrongFileError | None:
        """Map rows into the draft; return what ends the reading of the file, if something does."""
        take, name = plan.take, self._file.name
        try:
            with reading(name, self._loaded):
                for line, row in rows:
                    take(row, f"{name}:{line}", draft)
                    draft.read += 1
        except WrongFileError as error:
            return error
        return None
