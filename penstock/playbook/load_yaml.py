"""One YAML file as plain values, with the line of everything in it and every mistake found; used by the loader.

Composed to nodes and read from there, so that a key written twice is one problem among others, and a value that a
schema refuses can be shown by file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from penstock.errors import Problem
from penstock.yaml_errors import explain, quoted

KeyPath = tuple[str | int, ...]
# Not https://…, which is a text with nothing missing.
_STUCK = re.compile(r"([\w-]+):((?!//)\S+)")


@dataclass(slots=True)
class Document:
    """What one file holds: its value, the line of each path into it, and the problems."""

    file: str
    value: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, line: int, what: str, remedy: str = "") -> None:
        """Add a problem."""
        self.problems.append(Problem(self.file, line, what, remedy))


def read_yaml(path: Path, file: str) -> Document:
    """Read a YAML file; ``file`` is how problems call it. Never raises for what stands in the file."""
    document = Document(file)
    text = _text(path, document)
    if text is not None:
        _compose(text, document)
    return document


def _text(path: Path, document: Document) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        document.complain(0, "the file is not UTF-8", "save it as UTF-8 in your editor")
        return None


def _compose(text: str, document: Document) -> None:
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        document.complain(*explain(error, text))
    except YAMLError:
        document.complain(_unprintable(text), "there is a character here that no text should hold", "delete it")
    else:
        if node is not None:
            reader = _Reader(document)
            document.value = reader.value(node, ())
            reader.complain_of_lost_texts()


def _unprintable(text: str) -> int:
    found = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


class _Reader:
    """Turns nodes into values, noting lines; a value belongs to the line of its key or of itself in a list."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.scalars = YAML(typ="safe", pure=True).constructor
        self.around: list[Node] = []
        self.anchored: list[Node] = []

    def complain_of_lost_texts(self) -> None:
        """Complain of texts that begin with &: YAML took their first word for an anchor, which nothing refers to."""
        for node in self.anchored:
            if sum(node is other for other in self.anchored) == 1:
                text = f"&{node.anchor} {node.value}".strip()
                what = "& at the beginning of a value means something to YAML"
                self.document.complain(node.start_mark.line + 1, what, f"put the value in quotes: {quoted(text)}")

    def value(self, node: Node, path: KeyPath) -> Any:  # noqa: ANN401 - whatever stands there
        self.document.lines.setdefault(path, node.start_mark.line + 1)
        if any(node is outer for outer in self.around):
            self.document.complain(node.start_mark.line + 1, "an alias (*) stands inside itself", "write the value out")
            return None
        self.around.append(node)
        try:
            return self._value(node, path)
        finally:
            self.around.pop()

    def _value(self, node: Node, path: KeyPath) -> Any:  # noqa: ANN401 - whatever stands there
        if isinstance(node, MappingNode):
            return {name: self.value(value, (*path, name)) for name, value in self._pairs(node, path)}
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]
        return self._scalar(node)

    def _pairs(self, node: MappingNode, path: KeyPath) -> Iterator[tuple[str, Node]]:
        first: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = self._name(key, line)
            if name is None:
                continue
            if name in first:
                self.document.complain(line, f"{name} stands twice, first in line {first[name]}", "keep one of them")
                continue
            self._complain_of_spaces(name, value, line)
            first[name] = line
            self.document.lines[*path, name] = line
            yield name, value

    def _complain_of_spaces(self, name: str, value: Node, line: int) -> None:
        """Complain of a space that is missing after a colon, and of one that only looks like a space."""
        stuck = _STUCK.fullmatch(name)
        if stuck and not value.value:
            self.document.complain(line, f'a space is missing after "{stuck[1]}:"', f"write {stuck[1]}: {stuck[2]}")
        if name.startswith("\u00a0"):
            what = "the indentation holds a no-break space, which only looks like a space"
            self.document.complain(line, what, "type the spaces anew")

    def _name(self, key: Node, line: int) -> str | None:
        if not isinstance(key, ScalarNode):
            remedy = "write name: value; a text that begins with { or [ belongs in quotes"
            self.document.complain(line, "a list or mapping stands where a name belongs", remedy)
            return None
        if str(key.tag).endswith(":merge"):
            self.document.complain(line, "<< is not read here", "write the lines out")
            return None
        return str(key.value)

    def _scalar(self, node: Node) -> Any:  # noqa: ANN401 - whatever stands there
        if node.anchor:
            self.anchored.append(node)
        kind = str(node.tag).rpartition(":")[2]
        if kind in ("int", "float", "bool", "null"):
            return self.scalars.construct_object(node)
        if kind not in ("str", "timestamp"):
            self.document.complain(
                node.start_mark.line + 1,
                f"the tag {node.tag} is not read here",
                "leave it out, or put the value in quotes",
            )
        # A date stays text: what reads it says whether a date belongs there.
        return str(node.value)
