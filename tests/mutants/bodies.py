"""A mutated module put in place of the one that runs: in a child process only, which ends with it."""

from __future__ import annotations

import ast
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import and_, or_, union

from penstock.store.dialect import Largest, Smallest

# What a change may put in place of something else, where the module does not import it.
LENT = {"and_": and_, "or_": or_, "union": union, "Smallest": Smallest, "Largest": Largest}


def put_in_place(module: types.ModuleType, tree: ast.Module) -> None:
    """Give the functions of a module the bodies of a mutated tree, and everybody its constants.

    Whoever imported a function has it still, so its code is exchanged; a constant is replaced where it is known.
    """
    namespace: dict[str, Any] = {"__name__": module.__name__, "__file__": module.__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(tree, str(module.__file__), "exec"), namespace)  # noqa: S102 - our own code, changed
    module.__dict__.update({name: new for name, new in LENT.items() if name not in module.__dict__})
    for name, new in namespace.items():
        old = module.__dict__.get(name)
        if getattr(new, "__module__", None) == module.__name__ and callable(new):
            _exchange(old, new)
        elif not isinstance(new, types.ModuleType) and not name.startswith("__") and _is_assigned(tree, name):
            _tell_everybody(name, old, new)
    _forget()


def _exchange(old: Any, new: Any) -> None:
    functions = dict(_functions(old))
    for name, function in _functions(new):
        if name in functions:
            functions[name].__code__ = function.__code__
            functions[name].__defaults__ = function.__defaults__
            functions[name].__kwdefaults__ = function.__kwdefaults__


def _functions(of: Any, name: str = "") -> Iterator[tuple[str, types.FunctionType]]:
    while hasattr(of, "__wrapped__"):
        of = of.__wrapped__
    of = of.fget if isinstance(of, property) else getattr(of, "__func__", of)
    if isinstance(of, types.FunctionType):
        yield name, of
    elif isinstance(of, type):
        for part, value in vars(of).items():
            yield from _functions(value, part) if not isinstance(value, type) else ()


def _is_assigned(tree: ast.Module, name: str) -> bool:
    targets = [t for node in tree.body if isinstance(node, ast.Assign) for t in node.targets]
    targets += [node.target for node in tree.body if isinstance(node, ast.AnnAssign)]
    return any(isinstance(one, ast.Name) and one.id == name for target in targets for one in ast.walk(target))


def _tell_everybody(name: str, old: object, new: object) -> None:
    """Exchange a constant wherever it has its name: two may hold one value, and only one of them is changed."""
    for module in [one for of, one in sys.modules.items() if of.split(".")[0] in ("penstock", "tests")]:
        if vars(module).get(name) is old:
            setattr(module, name, new)


def _forget() -> None:
    """Empty every cache of ours: what was built before is not mutated."""
    for module in [one for name, one in sys.modules.items() if name.split(".")[0] == "penstock"]:
        for value in list(vars(module).values()):
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def path_of(module: types.ModuleType) -> Path:
    """Return the file of a module."""
    return Path(str(module.__file__))
