"""Which connectors there are: every folder of this package that exposes ``build`` and ``Options``. Used by tasks/world.

A folder says ``MAKES = "mailer"`` when it is a mail transport (a feed otherwise) and ``KIND`` when it is not called as
settings call it. A new folder is found without a change to any file.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType
from typing import Any

import connectors
from connectors._kit.checked_yaml import At, validated_at
from penstock.errors import FileError, Problem
from penstock.nearest import did_you_mean
from penstock.ports import Feed, Mailer

SETTINGS = "penstock.toml"


def somewhere(_steps: tuple[str | int, ...]) -> tuple[str, int]:
    """Return the place of an option where nobody knows its line."""
    return SETTINGS, 0


def feed_kinds() -> dict[str, ModuleType]:
    """Return the kinds of feed, by the name that settings use."""
    return _made("feed")


def mailer_kinds() -> dict[str, ModuleType]:
    """Return the kinds of mail transport, by the name that settings use."""
    return _made("mailer")


def build_feed(kind: str, name: str, options: Mapping[str, Any], *, at: At = somewhere, **ports: Any) -> Feed:  # noqa: ANN401 - each takes its own
    """Return the feed called ``name``; raises FileError for an unknown kind or a wrong option.

    ``at`` says where an option stands (``()``: the feed itself); ``ports`` is what the workspace offers
    (``workspace``, a board of handoffs …); a connector takes what it needs.
    """
    feed: Feed = _built(_Asked("feed", kind, name, at), options, ports)
    return feed


def build_mailer(kind: str, options: Mapping[str, Any], **ports: Any) -> Mailer:  # noqa: ANN401 - each takes its own
    """Return the mail transport; raises FileError for an unknown kind or a wrong option."""
    mailer: Mailer = _built(_Asked("mailer", kind, "mail", somewhere), options, ports)
    return mailer


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the settings ask for, and where they do."""

    makes: str
    kind: str
    name: str
    at: At

    def problem(self, steps: tuple[str | int, ...], what: str, remedy: str) -> Problem:
        return Problem(*self.at(steps), f'{self.makes} "{self.name}": {what}', remedy)


def _built(asked: _Asked, options: Mapping[str, Any], ports: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a feed or a mailer
    kinds = _made(asked.makes)
    if asked.kind not in kinds:
        raise FileError(asked.problem(("kind",), f'there is no kind "{asked.kind}"', did_you_mean(asked.kind, kinds)))
    module = kinds[asked.kind]
    try:
        checked = validated_at(module.Options, dict(options), asked.at)
    except FileError as error:
        named = (replace(p, what=f'{asked.makes} "{asked.name}": {p.what}') for p in error.problems)
        raise FileError(*named) from error
    try:
        return module.build(asked.name, checked, **ports)
    except FileError as error:
        raise FileError(*(_at_its_option(problem, options, asked) for problem in error.problems)) from error


def _at_its_option(problem: Problem, options: Mapping[str, Any], asked: _Asked) -> Problem:
    """Return a problem of a file that is not there at the option that names it; others stay where they are."""
    for option, value in options.items():
        if not problem.line and problem.file in (value if isinstance(value, list) else [value]):
            return asked.problem((option,), f"{problem.file}: {problem.what}", problem.remedy)
    return problem


def _made(makes: str) -> dict[str, ModuleType]:
    folders = (found.name for found in pkgutil.iter_modules(connectors.__path__) if found.ispkg)
    modules = [import_module(f"connectors.{folder}") for folder in sorted(folders) if not folder.startswith("_")]
    return {
        getattr(module, "KIND", module.__name__.rpartition(".")[2]): module
        for module in modules
        if hasattr(module, "build") and getattr(module, "MAKES", "feed") == makes
    }
