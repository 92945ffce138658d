"""The shape of the code: who may import whom, and how long things may get; `tests/test_shape.py` holds the code to it.

The direction is that of the layers: flows → tasks → operations → the product's rooms → records, ports, errors.
Connectors hang beside: they know records, ports and errors of penstock (those of YAML among them), nothing else of it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

CODE = ("flows", "tasks", "connectors", "templates", "deployments", "penstock")

ROOMS = ("playbook", "identity", "routing", "sla", "sequence", "mail", "store")
FACES = ("penstock.operations", "penstock.web", "penstock.cli")
# Of penstock, a connector sees records, ports and errors: everything else by name is closed to it.
CLOSED_TO_CONNECTORS = tuple(f"penstock.{room}" for room in ("cli", "operations", "settings", "web", *ROOMS))

# Path prefix → what nothing below it may import, as dotted prefixes; all prefixes that match count.
FORBIDDEN: dict[str, tuple[str, ...]] = {
    "penstock/": ("prefect", "httpx", "flows", "tasks", "connectors", "deployments"),
    "penstock/operations/": ("penstock.web", "penstock.cli"),
    "penstock/web/": (
        "penstock.cli",
        "penstock.playbook",
        "penstock.routing",
        "penstock.sequence",
        "penstock.identity",
    ),
    "connectors/": ("prefect", "flows", "tasks", "deployments", "sqlmodel", "sqlalchemy", *CLOSED_TO_CONNECTORS),
    "tasks/": ("flows", "httpx", "deployments", "penstock.web", "penstock.cli"),
    "flows/": ("httpx", "sqlmodel", "sqlalchemy", "connectors", "deployments", "penstock.web", "penstock.cli"),
    **{f"penstock/{room}/": FACES for room in ROOMS},
}
# The one exception: a command may start the outer layers through the wiring, inside the function that needs them.
ALLOWED_INSIDE_FUNCTIONS: dict[str, tuple[str, ...]] = {"penstock/cli": ("prefect", "deployments.wiring")}

MOST_LINES_DECORATED = 25  # a flow, task, route or command fits on a screen
MOST_LINES_FUNCTION = 60
MOST_LINES_FILE = 500
# A revision is the record of one change, written by Alembic, table after table, and never edited again.
OF_ANY_LENGTH = "penstock/store/migrations/versions/"
FRAMEWORK_WORDS = re.compile(r"\b(flow|task|command|callback|get|head|post|put|patch|delete|route)\b")
# Each word in two pieces, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
MOCKS = ("unittest.mock", "mock", "pytest_mock")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Import:
    """One imported name; ``inside`` when a function does it."""

    line: int
    name: str
    inside: bool


def imports(tree: ast.AST, *, inside: bool = False) -> Iterator[Import]:
    """Every absolute import of a module, also those that only types or functions ask for."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name, inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (Import(node.lineno, f"{node.module}.{alias.name}", inside) for alias in node.names)
        yield from imports(node, inside=inside or isinstance(node, Function))


def backwards(path: str, found: Import) -> bool:
    """Whether a file imports what its folder must not know."""
    if found.inside and any(
        path.startswith(face) and below(found.name, names) for face, names in ALLOWED_INSIDE_FUNCTIONS.items()
    ):
        return False
    return any(path.startswith(place) and below(found.name, names) for place, names in FORBIDDEN.items())


def below(name: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of the prefixes or lies below one."""
    return any(f"{name}.".startswith(f"{prefix}.") for prefix in prefixes)


def arrows(path: str, text: str) -> list[str]:
    """The imports of a file that go against the direction, as ``file:line imports name``."""
    return [f"{path}:{i.line} imports {i.name}" for i in imports(ast.parse(text)) if backwards(path, i)]


def too_long(path: str, text: str) -> list[str]:
    """The functions and the file that are longer than allowed."""
    if path.startswith(OF_ANY_LENGTH):
        return []
    found = [] if text.count("\n") <= MOST_LINES_FILE else [f"{path} has {text.count(chr(10))} lines"]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function):
            most = MOST_LINES_DECORATED if is_called_by_framework(node) else MOST_LINES_FUNCTION
            if (lines := body_lines(node)) > most:
                found.append(f"{path}:{node.lineno} {node.name} has {lines} lines, more than {most}")
    return found


def body_lines(node: Function) -> int:
    """The lines of a function's body, without decorators, signature and docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1


def is_called_by_framework(node: Function) -> bool:
    """Whether a function is a flow, a task, a route or a command, by its decorators."""
    names = (ast.unparse(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list)
    return bool(FRAMEWORK_WORDS.search(" ".join(names)))


def broad_excepts(path: str, text: str) -> list[str]:
    """The handlers that catch whatever comes, and do not raise it again."""
    return [
        f"{path}:{node.lineno}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ExceptHandler) and _catches_all(node) and not _raises(node)
    ]


def _catches_all(node: ast.ExceptHandler) -> bool:
    return node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}


def _raises(node: ast.ExceptHandler) -> bool:
    return isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None


def unfinished(path: str, text: str) -> list[str]:
    """The lines that say there is something left to do."""
    return [f"{path}:{number}" for number, line in enumerate(text.splitlines(), 1) if UNFINISHED.search(line)]


def mocks(path: str, text: str) -> list[str]:
    """The imports of a library of mocks: fakes are small classes of ours."""
    return [f"{path}:{i.line} imports {i.name}" for i in imports(ast.parse(text)) if below(i.name, MOCKS)]
