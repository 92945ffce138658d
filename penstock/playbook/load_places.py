"""Where everything in the playbook stands: path → file and line; made by the loader, asked by its checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from penstock.errors import Problem
from penstock.nearest import nearest
from penstock.playbook.load_yaml import Document, KeyPath

# More names than these are looked up, not read in a message.
FEW = 8


@dataclass(slots=True)
class Places:
    """The file and line of each path. Paths start with the section, a definition's with ("definitions", its id)."""

    folder: str = "playbook"
    lines: dict[KeyPath, tuple[str, int]] = field(default_factory=dict)

    def graft(self, document: Document, here: KeyPath, below: KeyPath = ()) -> None:
        """Take over a document's lines: what stands below ``below`` in it stands below ``here`` in the playbook."""
        for end in range(1, len(here)):
            self.lines.setdefault(here[:end], (self.folder, 0))
        for path, line in document.lines.items():
            if path[: len(below)] == below:
                self.lines[*here, *path[len(below) :]] = (document.file, line)

    def known(self, path: Iterable[str | int]) -> KeyPath:
        """Return the longest part of a path that stands somewhere; parts that only a schema knows are passed over."""
        found: KeyPath = ()
        for part in path:
            if (*found, part) in self.lines:
                found = (*found, part)
        return found

    def problem(self, path: Iterable[str | int], what: str, remedy: str = "") -> Problem:
        """Return a problem at the innermost place that a path leads to."""
        file, line = self.lines.get(self.known(path), (self.folder, 0))
        return Problem(file, line, what, remedy)


def closest(word: str, allowed: Iterable[str]) -> str | None:
    """Return the word that was probably meant, if any is near enough."""
    return nearest(word, allowed) or None


def meant(word: str, allowed: Iterable[str], otherwise: str = "") -> str:
    """Return a remedy: the word that was probably meant, else ``otherwise``, else all where they are few."""
    names = list(allowed)
    if close := closest(word, names):
        return f"did you mean {close}?"
    few = 12
    if otherwise or not names or len(names) > few:
        return otherwise
    return f"allowed: {', '.join(names)}"


def listed(names: Mapping[str, object] | Iterable[str]) -> str:
    """Return names as a sentence lists them: "a, b and c"."""
    *most, last = list(names)
    return f"{', '.join(most)} and {last}" if most else last
