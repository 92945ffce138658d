"""A file of several tables one below the other, such as a webinar report; folds rows that are one. Used by the feed.

Such reports are small and a person's rows may stand anywhere in them, so the file is read whole; a changed one anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors._kit.fingerprint import counting_equals
from connectors.csv_files.columns import Columns, Row
from connectors.csv_files.fold import Folder, folder_of
from connectors.csv_files.layout import Layout, fitting, read_header, reading
from connectors.csv_files.load import Loaded, is_mapped, said_by
from connectors.csv_files.mapping import Table
from connectors.csv_files.plain import Part, Reached, SoFar
from connectors.csv_files.plan import Draft, Plan, misfit, misfit_payload
from connectors.csv_files.rows import Broken
from connectors.csv_files.source import SourceFile, WrongFileError
from penstock.errors import Problem, UnreadableRecordError
from penstock.records import Unreadable

Line = tuple[int, "Row | Broken"]


@dataclass(slots=True)
class Section:
    """One table as it stands in the file."""

    table: Table
    line: int
    names: list[str]
    rows: list[Line] = field(default_factory=list)


class StackedFile:
    """A file of stacked tables; raises WrongFileError where a table or a column is missing."""

    def __init__(self, file: SourceFile, loaded: Loaded, layout: Layout, *, page: int) -> None:
        self._file, self._loaded, self._page = file, loaded, page
        self._so_far = SoFar()
        self._stray: list[Line] = []
        self._blank = 0
        with file.text(layout.encoding) as text, reading(file.name, loaded):
            reader = layout.rows(text)
            self._sections = list(self._split(layout.behind_hint(reader)))
            self._so_far.add(reader.taken())
        self._refuse_missing()
        self._context = self._read_context()
        self._compiled = [self._compile(section) for section in self._sections if is_mapped(section.table)]

    def parts(self, reached: Reached) -> Iterator[Part]:
        """Yield the pages not given yet: none of an unchanged file, all of a changed one."""
        hashed = self._so_far.hash()
        behind = reached.row if reached.hash == hashed else 0
        row = 0
        with counting_equals() as equals:
            for draft in self._drafts():
                draft.number(equals)
                row += draft.read
                if row > behind:
                    yield Part(draft, Reached(hashed, row, size=self._so_far.size))

    def _split(self, rows: Iterator[Line]) -> Iterator[Section]:
        """Cut the file at its markers; what stands before the first one is stray."""
        markers = {table.marker: table for table in self._loaded.tables}
        section: Section | None = None
        for line, row in rows:
            if not isinstance(row, Broken):
                if not any(cell.strip() for cell in row):
                    self._blank += 1
                    continue
                table = markers.get(row[0].removeprefix("\ufeff").strip()) if not any(row[1:]) else None
                if table is not None:
                    place, names = read_header(rows, table.header, file=self._file.name)
                    section = Section(table, place, names)
                    if names:
                        yield section
                    continue
            (section.rows if section else self._stray).append((line, row))

    def _refuse_missing(self) -> None:
        found = {section.table.name for section in self._sections}
        missing = [t for t in self._loaded.mapping.tables if t.name not in found and not t.may_be_missing]
        if missing:
            remedy = f"correct `marker:` in {self._loaded.shown}, or write `may_be_missing: true` there"
            raise WrongFileError(*(Problem(self._file.name, 0, f'no row is "{t.marker}"', remedy) for t in missing))

    def _read_context(self) -> dict[str, str]:
        """Return the values that later tables use: of the webinar, for each person in it."""
        found: dict[str, str] = {}
        for section in self._sections:
            columns = Columns(section.names, absent=section.table.absent)
            gets = {name: columns.cell(column) for name, column in section.table.context.items()}
            self._refuse_misfit(columns, section)
            for _, row in section.rows:
                if not isinstance(row, Broken) and len(row) >= len(section.names):
                    clean = columns.clean(row)
                    found |= {name: get(clean) for name, get in gets.items()}
        return found

    def _refuse_misfit(self, columns: Columns, section: Section) -> None:
        for name in columns.missing:
            remedy = f"correct `context:` of the table in {self._loaded.shown}"
            raise WrongFileError(Problem(self._file.name, section.line, f'the column "{name}" is missing', remedy))

    def _drafts(self) -> Iterator[Draft]:
        """Yield what the rows became, in drafts of a page's size."""
        draft = Draft(read=self._blank, skipped=Counter({"blank": self._blank} if self._blank else {}))
        for unit in self._units():
            unit.into(draft)
            if draft.read >= self._page:
                yield draft
                draft = Draft()
        if draft.read:
            yield draft

    def _units(self) -> Iterator[Unit]:
        for line, row in self._stray:
            yield _bad(self._place(line), row, "no_table", "stands before the first table")
        for section in self._sections:
            if not is_mapped(section.table):
                yield from (Unit(self._place(line), name=section.table.name) for line, _ in section.rows)
        for compiled in self._compiled:
            yield from self._mapped(compiled)

    def _mapped(self, compiled: Compiled) -> Iterator[Unit]:
        section, folder = compiled.section, compiled.folder
        groups: dict[str, list[tuple[int, Row]]] = {}
        for line, row in section.rows:
            try:
                full = self._with_context(row, section)
                key = (folder.key(full) if folder else "") or f"row {line}"
            except UnreadableRecordError as error:
                yield _bad(self._place(line), row, error.code, error.detail, section)
            else:
                groups.setdefault(key, []).append((line, full))
        for rows in groups.values():
            yield _unit(compiled, rows, self._place(rows[0][0]))

    def _compile(self, section: Section) -> Compiled:
        """Compile a table for its header and the context; raises WrongFileError for a column that is missing."""
        table, names = section.table, [*section.names, *self._context]
        plan = Plan(table, said_by(self._loaded.mapping, table), names, tag=table.name)
        fitting(plan, self._loaded, file=self._file.name, line=section.line)
        return Compiled(section, plan, folder_of(self._loaded.mapping, table, names))

    def _with_context(self, row: Row | Broken, section: Section) -> Row:
        if isinstance(row, Broken):
            raise UnreadableRecordError(row.code, row.detail)
        width = len(section.names)
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            raise misfit(row, width)
        return [*row[:width], *self._context.values()]

    def _place(self, line: int) -> str:
        return f"{self._file.name}:{line}"


@dataclass(frozen=True, slots=True)
class Compiled:
    """A table with how its rows are mapped and folded."""

    section: Section
    plan: Plan
    folder: Folder | None


@dataclass(slots=True)
class Unit:
    """Rows that have one fate: mapped together, left out by name, or unreadable."""

    place: str
    plan: Plan | None = None
    row: Row = field(default_factory=list)
    payload: str = ""
    folded: int = 0
    name: str = ""
    bad: Unreadable | None = None

    def into(self, draft: Draft) -> None:
        """Count and map it into a draft."""
        draft.read += 1 + self.folded
        draft.folded += self.folded
        if self.plan is not None:
            self.plan.take(self.row, self.place, draft, self.payload)
        elif self.bad is not None:
            draft.unreadable.append(self.bad)
        else:
            draft.skipped[self.name] += 1


def _unit(compiled: Compiled, rows: list[tuple[int, Row]], place: str) -> Unit:
    plan, folder = compiled.plan, compiled.folder
    if folder is None or len(rows) == 1:
        return Unit(place, plan, rows[0][1])
    payload = '{"#rows":[' + ",".join(plan.payload(row) for _, row in rows) + "]}"
    return Unit(place, plan, folder.merged([row for _, row in rows]), payload, folded=len(rows) - 1)


def _bad(place: str, row: Row | Broken, code: str, detail: str, section: Section | None = None) -> Unit:
    names, tag = (section.names, section.table.name) if section else ((), "")
    return Unit(place, bad=Unreadable("", code, detail, misfit_payload(row, names, tag), place))
