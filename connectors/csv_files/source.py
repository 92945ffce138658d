"""Where files are and how their bytes become text: any address fsspec knows, the encoding by its mark. For the feed."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import fsspec
from fsspec.core import url_to_fs

from penstock.errors import FeedError, FileError, Problem

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What people drop under the name of a CSV; everything else that is no text has NUL bytes in its first line, as a rule.
_BINARY = {
    b"PK\x03\x04": "an Excel workbook (or a ZIP archive)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
}
_MAGIC = re.compile(r"[*?\[]")
# fsspec raises what the file system behind it raises; these are what its own ones and the network's use.
TROUBLE = (OSError, ValueError, ImportError, RuntimeError)


class WrongFileError(FeedError, FileError):
    """Files of a feed that cannot be read as their mapping says; the others were."""

    def __init__(self, *problems: Problem) -> None:
        FileError.__init__(self, *problems)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file: its name below the feed's path, in cursors and messages, and its address."""

    name: str
    address: str
    fs: Any

    @contextmanager
    def text(self, encoding: str) -> Iterator[io.TextIOWrapper]:
        """Open it as text with line ends as they are; bytes that do not fit come as lone surrogates."""
        with fsspec.core.OpenFile(self.fs, self.address, mode="rb", compression=_compression(self.address)) as raw:
            errors = "strict" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
            text = io.TextIOWrapper(raw, encoding, errors=errors, newline="")
            try:
                yield text
            finally:
                text.detach()

    def encoding(self, stated: str) -> str:
        """Return the codec: by the mark at its beginning, else as stated, else UTF-8."""
        with fsspec.core.OpenFile(self.fs, self.address, mode="rb", compression=_compression(self.address)) as raw:
            head: bytes = raw.read(4096)
        if kind := next((kind for mark, kind in _BINARY.items() if head.startswith(mark)), ""):
            raise WrongFileError(Problem(self.name, 0, f"is {kind}, no CSV", "export it as CSV, or move it away"))
        marked = next((codec for mark, codec in _MARKS if head.startswith(mark)), None)
        if marked:
            return marked
        even, odd = head[::2].count(0), head[1::2].count(0)
        # Latin text in UTF-16 has a zero in every other byte.
        if not stated and max(even, odd) > len(head) // 3:
            order = "le" if odd > even else "be"
            remedy = f"write `encoding: utf-16-{order}` into its mapping, or export it as UTF-8"
            raise WrongFileError(Problem(self.name, 1, "looks like UTF-16 without a mark at its beginning", remedy))
        return stated or "utf-8"


def find_files(path: str, *, workspace: Path, pattern: str) -> list[SourceFile]:
    """Return the files of a feed that match, by name; raises FeedError when the path cannot be reached."""
    place = path if "://" in path or "::" in path else str(workspace / path)
    try:
        fs, root = url_to_fs(place)
        return _listed(fs, root, pattern, place)
    except TROUBLE as error:
        raise FeedError(f"{path} cannot be reached: {error}") from error


def _listed(fs: Any, root: str, pattern: str, place: str) -> list[SourceFile]:  # noqa: ANN401 - fsspec has no types
    if _MAGIC.search(root):
        base = root[: root.rfind("/", 0, _MAGIC.search(root).start()) + 1]  # type: ignore[union-attr] # searched above
        found = [one for one in fs.glob(root) if not fs.isdir(one)]
    elif fs.isdir(root):
        base, depth = root.rstrip("/") + "/", None if "**" in pattern else pattern.count("/") + 1
        found = fs.find(root, maxdepth=depth)
    elif fs.exists(root):
        base, found = root[: root.rfind("/") + 1], [root]
        pattern = "*"
    else:
        raise FileNotFoundError(f"there is no {place}; make the folder, or change `path` of the feed")
    named = sorted((one.removeprefix(base), one) for one in found)
    return [SourceFile(name, one, fs) for name, one in named if _fits(name, pattern)]


def _fits(name: str, pattern: str) -> bool:
    """Whether a file is asked for; hidden ones, which uploads in progress use, never are."""
    return not name.rpartition("/")[2].startswith(".") and fnmatchcase(name, pattern)


def _compression(address: str) -> str | None:
    found: str | None = fsspec.utils.infer_compression(address)
    return found
