"""The csv feed: streams are mappings, pages are rows of the files that match them. Built by the registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from connectors._kit.cursor import read_cursor, write_cursor
from connectors.csv_files.layout import read_layout
from connectors.csv_files.load import Loaded, load_mapping
from connectors.csv_files.plain import Part, PlainFile, Reached
from connectors.csv_files.reread import mapped_again
from connectors.csv_files.source import SourceFile, WrongFileError, find_files
from connectors.csv_files.stacked import StackedFile
from penstock.counts import counted
from penstock.errors import FeedError, FileError, Problem
from penstock.records import Page, Unreadable

# Files that no mapping takes, named when the feed is checked.
MOST_NAMED = 5


def _listed(value: Any) -> Any:  # noqa: ANN401 - what the settings gave
    return [value] if isinstance(value, str) else value


class Options(BaseModel):
    """Where the files are and how to read them.

    ``path`` is a folder, a pattern or any fsspec address; ``mapping`` one or more YAML files, or a folder of them. Both
    are relative to the workspace. ``page`` is the number of rows stored in one transaction.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    mapping: Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]
    # Some 20,000 rows land in a second, which is how long others wait for the write lock. Pages of 5,000 took a quarter
    # longer in all, for each reads its people and companies once.
    page: Annotated[int, Field(ge=1, le=100_000)] = 20_000


class CsvFeed:
    """A feed of files. Its cursor says for each file how far it was read, and the hash of what was read."""

    def __init__(self, name: str, options: Options, *, workspace: Path) -> None:
        self.name = name
        self._options = options
        self._workspace = workspace
        self._mappings = {loaded.mapping.stream: loaded for loaded in _load_all(options.mapping, workspace)}

    def streams(self) -> Sequence[str]:
        """Return the streams of the mappings, in the order of the settings."""
        return list(self._mappings)

    def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:  # noqa: ARG002 - the protocol's
        """Yield the new rows, file by file; raises WrongFileError, after all others, for files that do not fit."""
        loaded, position = self._mappings[stream], read_cursor(cursor, feed=self.name)
        files = self._files(loaded)
        kept = {file.name: position[file.name] for file in files if file.name in position}
        wrong: list[Problem] = []
        for file in files:
            before = Reached.of(kept.get(file.name))
            try:
                for part in self._opened(file, loaded).parts(before):
                    kept[file.name] = part.reached.position()
                    yield _page(stream, file.name, part, write_cursor(kept))
            except WrongFileError as error:
                wrong += error.problems
        if wrong:
            raise WrongFileError(*wrong)

    def untaken(self) -> list[str]:
        """Return the files below the path that no mapping takes, by name; raises FeedError."""
        taken = {file.name for loaded in self._mappings.values() for file in self._files(loaded)}
        return [file.name for file in self._found("*") if file.name not in taken]

    def check(self) -> str:
        """Return how many files there are for each stream, and which rows cannot be read; raises FeedError.

        Every file is read to its end, for a wrong encoding shows where the first umlaut stands. Names the files that no
        mapping takes, which nobody would miss otherwise.
        """
        told: list[str] = []
        wrong: list[Problem] = []
        for stream, loaded in self._mappings.items():
            # Only what is told of is kept, however many there are.
            files, bad, many = self._files(loaded), list[Unreadable](), 0
            for file in files:
                try:
                    for part in self._opened(file, loaded).parts(Reached()):
                        many += len(part.draft.unreadable)
                        bad += part.draft.unreadable[: MOST_NAMED - len(bad)]
                except WrongFileError as error:
                    wrong += error.problems
            told.append(f"{stream}: {counted(len(files), 'file')}{_of_unreadable(bad, many)}")
        if wrong:
            raise WrongFileError(*wrong)
        left = self.untaken()
        more = f"; no mapping takes {_some(left, len(left))}" if left else ""
        return f"{self._options.path} can be read; {', '.join(told)}{more}."

    def reread(self, stream: str, raw: str, place: str) -> Page:
        """Map one quarantined payload again."""
        if stream not in self._mappings:
            raise FeedError(f'feed {self.name} has no stream "{stream}" any more; add its mapping again')
        draft = mapped_again(self._mappings[stream], raw, place)
        return _page(stream, place, Part(draft, Reached()), "")

    def _files(self, loaded: Loaded) -> list[SourceFile]:
        return self._found(loaded.mapping.files)

    def _found(self, pattern: str) -> list[SourceFile]:
        return find_files(self._options.path, workspace=self._workspace, pattern=pattern)

    def _opened(self, file: SourceFile, loaded: Loaded) -> PlainFile | StackedFile:
        layout = read_layout(file, loaded)
        kind = StackedFile if loaded.mapping.tables else PlainFile
        return kind(file, loaded, layout, page=self._options.page)


def _some(names: Sequence[str], many: int) -> str:
    return ", ".join(names[:MOST_NAMED]) + (" …" if many > MOST_NAMED else "")


def _of_unreadable(bad: Sequence[Unreadable], many: int) -> str:
    """Return which rows would go to quarantine, and why."""
    told = [f"{one.place} {one.detail}" for one in bad]
    return f" ({counted(many, 'row')} would go to quarantine: {_some(told, many)})" if bad else ""


def _page(stream: str, name: str, part: Part, cursor: str) -> Page:
    draft, row = part.draft, part.reached.row
    return Page(
        stream=stream,
        cursor=cursor,
        records=draft.records,
        unreadable=draft.unreadable,
        read=draft.read,
        folded=draft.folded,
        skipped=dict(draft.skipped),
        name=f"{name} rows {row - draft.read + 1}-{row}" if row else name,
        mapped=draft.mapped,
    )


def _load_all(paths: Sequence[str], workspace: Path) -> list[Loaded]:
    """Read every mapping; raises FileError with the mistakes of all of them."""
    loaded: list[Loaded] = []
    problems: list[Problem] = []
    for shown in _mapping_files(paths, workspace):
        try:
            one = load_mapping(workspace / shown, shown)
        except FileError as error:
            problems += error.problems
            continue
        if any(other.mapping.stream == one.mapping.stream for other in loaded):
            problems.append(one.problem(f'there is another stream "{one.mapping.stream}"', "rename one", "stream"))
        loaded.append(one)
    if problems:
        raise FileError(*problems)
    return loaded


def _mapping_files(paths: Sequence[str], workspace: Path) -> list[str]:
    found: list[str] = []
    for path in paths:
        folder = workspace / path
        inside = sorted(one.name for one in folder.glob("*.y*ml")) if folder.is_dir() else []
        found += [f"{path.rstrip('/')}/{name}" for name in inside] if folder.is_dir() else [path]
        if folder.is_dir() and not inside:
            raise FileError(Problem(path, 0, "has no mapping in it", "add one, such as webinars.yaml"))
    return found
