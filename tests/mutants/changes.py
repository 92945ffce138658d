"""The changes: every place of a module's syntax tree that may be mutated, and the tree with one of them changed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
SIGNS: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
JOINS = {
    "and_": "or_", "or_": "and_", "join": "outerjoin", "outerjoin": "join", "is_": "is_not", "is_not": "is_",
    "union_all": "union", "is_distinct_from": "__eq__", "in_": "not_in",
}  # fmt: skip
CAPS = {"Smallest": "Largest", "Largest": "Smallest", "min": "max", "max": "min", "lag": "lead", "abs": "int"}
# Calls whose arguments are conditions that all must hold: without one of them too much is found.
CONJUNCTIONS = ("and_", "where", "all")
LARGE = 1 << 20


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its kind, the number of the node in the tree, which of its parts, and what it says."""

    kind: str
    node: int
    part: int
    line: int
    says: str


def _nodes(tree: ast.AST) -> list[ast.AST]:
    return list(ast.walk(tree))


def _skipped(tree: ast.Module) -> set[int]:
    """Return the ids of nodes that say nothing of what is found: annotations, docstrings, messages, imports."""
    found: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef):
            parts = [node.returns, *(arg.annotation for arg in ast.walk(node.args) if isinstance(arg, ast.arg))]
        elif isinstance(node, ast.AnnAssign):
            parts = [node.annotation]
        elif isinstance(node, ast.Raise | ast.Import | ast.ImportFrom):
            parts = [node]
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            parts = [*node.decorator_list]
        for part in (one for one in parts if one is not None):
            found.update(id(one) for one in ast.walk(part))
        for decorator in getattr(node, "decorator_list", ()):
            found.update(id(one) for one in ast.walk(decorator))
    return found


def changes_of(path: Path) -> list[Change]:
    """Return every change of a module."""
    tree = parsed(path)
    skipped = _skipped(tree)
    found = enumerate(_nodes(tree))
    every = [change for number, node in found if id(node) not in skipped for change in _of(node, number)]
    lines = path.read_text(encoding="utf-8").splitlines()
    # A number alone is no place.
    return [
        replace(one, says=f"{one.says} in {lines[one.line - 1].strip()}") if one.kind == "bound" else one
        for one in every
    ]


def _of(node: ast.AST, number: int) -> Iterator[Change]:
    line = getattr(node, "lineno", 0)
    if isinstance(node, ast.Compare):
        for part, operator in enumerate(node.ops):
            if type(operator) in COMPARISONS:
                yield Change("comparison", number, part, line, ast.unparse(node))
    elif isinstance(node, ast.BinOp) and type(node.op) in SIGNS and not _is_text(node):
        yield Change("sign", number, 0, line, ast.unparse(node))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr) and _is_sql(node):
        yield Change("join", number, 0, line, ast.unparse(node))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert | ast.Not):
        yield Change("sign", number, 0, line, ast.unparse(node))
    elif isinstance(node, ast.Constant) and type(node.value) is int and node.value < LARGE:
        yield Change("bound", number, 0, line, str(node.value))
    elif isinstance(node, ast.Call):
        yield from _of_call(node, number, line)


def _of_call(node: ast.Call, number: int, line: int) -> Iterator[Change]:
    name = _name(node)
    if name in CAPS:
        yield Change("cap", number, -1, line, ast.unparse(node))
    if name in JOINS and not _of_text(node):
        yield Change("join", number, -1, line, ast.unparse(node))
    if name == "desc":
        yield Change("sign", number, -1, line, ast.unparse(node))
    if name in CONJUNCTIONS:
        for part, condition in enumerate(node.args):
            if len(node.args) > 1 or name == "where":
                yield Change("join", number, part, line, f"{name}: without {ast.unparse(condition)}")


def _name(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _of_text(node: ast.Call) -> bool:
    """Return whether it joins pieces of text."""
    return isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Constant)


def _is_text(node: ast.BinOp) -> bool:
    return any(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in ast.walk(node))


def _is_sql(node: ast.BinOp) -> bool:
    """Return whether conditions are joined, and not types or sets of Python's."""
    return any(isinstance(one, ast.Compare) for one in (node.left, node.right))


def parsed(path: Path) -> ast.Module:
    """Return the module's tree as it is."""
    return ast.parse(path.read_text(encoding="utf-8"))


def changed(path: Path, change: Change) -> ast.Module:
    """Return the module's tree with one change."""
    tree = parsed(path)
    node = _nodes(tree)[change.node]
    if isinstance(node, ast.Compare):
        node.ops[change.part] = COMPARISONS[type(node.ops[change.part])]()
    elif isinstance(node, ast.BinOp):
        joined = ast.BitOr if isinstance(node.op, ast.BitAnd) else ast.BitAnd
        node.op = SIGNS.get(type(node.op), joined)()
    elif isinstance(node, ast.UnaryOp):
        _replace(tree, node, node.operand)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        node.value += 1
    elif isinstance(node, ast.Call):
        _change_call(tree, node, change)
    return ast.fix_missing_locations(tree)


def _change_call(tree: ast.Module, node: ast.Call, change: Change) -> None:
    if change.part >= 0:
        del node.args[change.part]
    elif _name(node) == "desc" and isinstance(node.func, ast.Attribute):
        _replace(tree, node, node.func.value)
    elif isinstance(node.func, ast.Attribute):
        node.func.attr = (CAPS | JOINS)[node.func.attr]
    elif isinstance(node.func, ast.Name):
        node.func.id = (CAPS | JOINS)[node.func.id]


def _replace(tree: ast.Module, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
            elif isinstance(value, list) and any(one is old for one in value):
                value[:] = [new if one is old else one for one in value]
