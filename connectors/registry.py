"""Which connectors there are: every folder of this package that exposes ``build`` and ``Options``. Used by tasks/world.

A folder says ``MAKES = "mailer"`` when it is a mail transport (a feed otherwise) and ``KIND`` when it is not called as
settings call it. A new folder is found without a change to any file.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import connectors
from connectors._kit.checked_yaml import validated
from connectors._kit.nearest import did_you_mean
from penstock.errors import FileError, Problem
from penstock.ports import Feed, Mailer

SETTINGS = "penstock.toml"


def feed_kinds() -> dict[str, ModuleType]:
    """Return the kinds of feed, by the name that settings use."""
    return _made("feed")


def mailer_kinds() -> dict[str, ModuleType]:
    """Return the kinds of mail transport, by the name that settings use."""
    return _made("mailer")


def build_feed(kind: str, name: str, options: Mapping[str, Any], **ports: Any) -> Feed:  # noqa: ANN401 - each takes its own
    """Return the feed called ``name``; raises FileError for an unknown kind or a wrong option.

    ``ports`` is what the workspace offers (``workspace``, a board of handoffs …); a connector takes what it needs.
    """
    feed: Feed = _built("feed", kind, name, options, ports)
    return feed


def build_mailer(kind: str, options: Mapping[str, Any], **ports: Any) -> Mailer:  # noqa: ANN401 - each takes its own
    """Return the mail transport; raises FileError for an unknown kind or a wrong option."""
    mailer: Mailer = _built("mailer", kind, "mail", options, ports)
    return mailer


def _built(makes: str, kind: str, name: str, options: Mapping[str, Any], ports: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a feed or a mailer
    kinds = _made(makes)
    if kind not in kinds:
        what = f'{makes} "{name}": there is no kind "{kind}"'
        raise FileError(Problem(SETTINGS, 0, what, did_you_mean(kind, kinds)))
    module = kinds[kind]
    try:
        checked = validated(module.Options, dict(options), shown=SETTINGS)
    except FileError as error:
        raise FileError(
            *(Problem(p.file, 0, f'{makes} "{name}": {p.what}', p.remedy) for p in error.problems)
        ) from error
    return module.build(name, checked, **ports)


def _made(makes: str) -> dict[str, ModuleType]:
    folders = (found.name for found in pkgutil.iter_modules(connectors.__path__) if found.ispkg)
    modules = [import_module(f"connectors.{folder}") for folder in sorted(folders) if not folder.startswith("_")]
    return {
        getattr(module, "KIND", module.__name__.rpartition(".")[2]): module
        for module in modules
        if hasattr(module, "build") and getattr(module, "MAKES", "feed") == makes
    }
