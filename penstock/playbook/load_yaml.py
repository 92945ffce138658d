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

KeyPath = tuple[str | int, ...]
# What YAML's own messages mean to somebody who writes a playbook.
_SYNTAX = (
    ("found character '\\t'", "a tab stands where spaces belong", "indent with spaces"),
    ("found duplicate anchor", "the same anchor (&) stands twice", "write the value out instead"),
    ("undefined alias", "the alias (*) stands for nothing; an asterisk at the start has a meaning", "put it in quotes"),
    (
        "mapping values are not allowed",
        'there is a second ":" in this line',
        "put the value in quotes",
    ),
    ("expected <block end>", "the indentation does not fit the lines above", "line it up with its neighbours"),
    ("did not find expected <document start>", "the text ends here and goes on again", "indent it like its neighbours"),
    ("expected the node content", "a value is missing, or , [ ] { } stand where they mean nothing", "check the commas"),
    ("expected ',' or '}'", "a bracket { is not closed, or a comma is missing", "write {name: value, name: value}"),
    ("expected ',' or ']'", "a bracket [ is not closed, or a comma is missing", "write [one, two]"),
    ("could not find expected ':'", 'a ":" is missing after the name', "write name: value"),
    ("found unexpected end of stream", "a quote is opened and never closed", "close it in the same line"),
    ("while scanning a quoted scalar", "a quote is opened and never closed", "close it in the same line"),
    ("that cannot start any token", "this character means something to YAML", "put the value in quotes"),
    ("expected a single document", "there is a second document after ---", "put it into a file of its own"),
)


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
        document.complain(_line_of(error), *_explained(error))
    except YAMLError:
        document.complain(_unprintable(text), "there is a character here that no text should hold", "delete it")
    else:
        if node is not None:
            document.value = _Reader(document).value(node, ())


def _line_of(error: MarkedYAMLError) -> int:
    # A bracket or quote that is never closed is noticed far below; it belongs to where it was opened.
    is_opened = re.search("flow|quoted", error.context or "")
    mark = (is_opened and error.context_mark) or error.problem_mark or error.context_mark
    return 0 if mark is None else mark.line + 1


def _explained(error: MarkedYAMLError) -> tuple[str, str]:
    told = f"{error.context or ''} {error.problem or ''}"
    for words, what, remedy in _SYNTAX:
        if words in told:
            return what, remedy
    return f"this is no YAML: {error.problem}", "compare it with the lines around it"


def _unprintable(text: str) -> int:
    found = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


class _Reader:
    """Turns nodes into values, noting lines; a value belongs to the line of its key or of itself in a list."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.scalars = YAML(typ="safe", pure=True).constructor
        self.around: list[Node] = []

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
            first[name] = line
            self.document.lines[*path, name] = line
            yield name, value

    def _name(self, key: Node, line: int) -> str | None:
        if not isinstance(key, ScalarNode):
            self.document.complain(line, "a list or mapping stands where a name belongs", "write name: value")
            return None
        if str(key.tag).endswith(":merge"):
            self.document.complain(line, "<< is not read here", "write the lines out")
            return None
        return str(key.value)

    def _scalar(self, node: Node) -> Any:  # noqa: ANN401 - whatever stands there
        kind = str(node.tag).rpartition(":")[2]
        if kind in ("int", "float", "bool", "null"):
            return self.scalars.construct_object(node)
        if kind not in ("str", "timestamp"):
            self.document.complain(node.start_mark.line + 1, f"the tag {node.tag} is not read here", "leave it out")
        # A date stays text: what reads it says whether a date belongs there.
        return str(node.value)
