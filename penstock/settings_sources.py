"""Where settings come from: ``penstock.toml`` with the line of each, and the environment; used by settings.py only.

This is the one place that reads the environment.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from penstock.errors import FileError, NotFoundError, PenstockError, Problem, UsageError
from penstock.playbook.load_places import Places

FILE = "penstock.toml"
PREFIX = "PENSTOCK_"
ReadBlock = Callable[[str, str], str | None]
"""From the server's address and the name of a Secret block to its value; None: the server is not there yet."""
# Without these not even the server's own beginning is possible: which store, and whether there is a key.
NEEDED_FIRST = (("database", "url"), ("secret_key",))
# What must not stand in a file that people copy, send and commit.
_SECRET = re.compile(r"(^|[_-])(password|passwd|passphrase|secret|token|key|credentials)$", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"^[a-z0-9+.-]+://[^/@\s]*:[^/@\s]+@", re.IGNORECASE)
_HEADER = re.compile(r"^\s*\[+([^\]]+)\]")
_KEY = re.compile(r"^\s*((?:[\w-]+|\"[^\"]*\")(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"))*)\s*=")


@dataclass(slots=True)
class Given:
    """Settings as they were given, nested, with the place of each."""

    values: dict[str, Any]
    places: Places
    problems: list[Problem] = field(default_factory=list)

    def put(self, path: tuple[str, ...], value: str, place: str) -> None:
        """Put a value of the environment over that of the file."""
        inner = self.values
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        inner[path[-1]] = value
        for end in range(1, len(path)):
            self.places.lines.setdefault(path[:end], (place, 0))
        self.places.lines[path] = (place, 0)


def find_workspace(named: Path | None) -> Path:
    """Return the workspace: the one named, that of PENSTOCK_WORKSPACE, else the current directory or a parent.

    Raises NotFoundError where the one named is none, UsageError where none is named and none is around.
    """
    wanted = named or (Path(os.environ["PENSTOCK_WORKSPACE"]) if os.environ.get("PENSTOCK_WORKSPACE") else None)
    if wanted is not None:
        if not (wanted / FILE).is_file():
            raise NotFoundError(f"{wanted} is no workspace: it has no {FILE}; make one with `penstock init {wanted}`")
        return wanted.resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FILE).is_file():
            return folder
    raise UsageError(f"no {FILE} here or above; name a workspace with -w DIR, or make one with `penstock init DIR`")


def read_file(path: Path) -> Given:
    """Read ``penstock.toml``; raises FileError when it is no TOML. Secrets in it are problems, noted for later."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        what = _sentence(str(error).partition(" (at ")[0])
        line = int(found[1]) if found else text.count("\n") + 1
        raise FileError(Problem(FILE, line, f"this is no TOML: {what}", _remedy(what))) from error
    given = Given(values, _places(text))
    given.problems += (_refused(path, given) for path in _secrets(values, ()))
    return given


def _remedy(what: str) -> str:
    if what == "invalid date or datetime":
        return "write a day that exists, for example 2026-03-01"
    return "put text in quotes" if "value" in what else 'write name = "value", and [section] above its names'


def _sentence(text: str) -> str:
    return text[:1].lower() + text[1:]


def _places(text: str) -> Places:
    places = Places(FILE)
    for path, line in _lines(text):
        for end in range(1, len(path) + 1):
            places.lines.setdefault(path[:end], (FILE, line))
    return places


def _lines(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the line of each section and key; what stands inside an inline table belongs to the line of its key."""
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            section = _parts(header[1])
            yield section, number
        elif key := _KEY.match(line):
            yield (*section, *_parts(key[1])), number


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip('"') for part in dotted.split("."))


def _secrets(values: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, value in values.items():
        here = (*path, name)
        if isinstance(value, dict):
            yield from _secrets(value, here)
        elif _SECRET.search(name) or (isinstance(value, str) and _IN_ADDRESS.match(value)):
            yield here


def _refused(path: tuple[str, ...], given: Given) -> Problem:
    variable = variable_of(path)
    remedy = f"take it out, and set {variable} (or {variable}_FILE to a file that holds it)"
    what = f"{path[-1]} holds a password" if not _SECRET.search(path[-1]) else f"{path[-1]} is a secret"
    return given.places.problem(path, f"{what}, and none belongs into {FILE}", remedy)


def variable_of(path: tuple[str, ...]) -> str:
    """Return the environment variable of a setting: mail.port is PENSTOCK_MAIL_PORT."""
    return PREFIX + "_".join(re.sub(r"[^A-Z0-9]", "_", part.upper()) for part in path)


def add_environment(given: Given, model: type[BaseModel], read_block: ReadBlock) -> None:
    """Put what the environment says over what the file says.

    ``…_FILE`` names a file that holds the value, ``…_BLOCK`` a Secret block of the Prefect server.
    """
    for path in _paths(model, given.values):
        variable = variable_of(path)
        if os.environ.get(variable):
            given.put(path, os.environ[variable], variable)
        elif os.environ.get(f"{variable}_FILE"):
            _from_file(path, f"{variable}_FILE", given)
        elif os.environ.get(f"{variable}_BLOCK"):
            _from_block(path, f"{variable}_BLOCK", given, read_block)
    _add_options_of_feeds(given, read_block)


def _from_file(path: tuple[str, ...], variable: str, given: Given) -> None:
    place = Path(os.environ[variable])
    try:
        given.put(path, place.read_text(encoding="utf-8").strip(), variable)
    except OSError as error:
        what = f"{place} cannot be read ({error.strerror})"
        given.problems.append(Problem(variable, 0, what, "name a file that holds the value"))


def _from_block(path: tuple[str, ...], variable: str, given: Given, read_block: ReadBlock) -> None:
    name = os.environ[variable]
    instead = variable.removesuffix("_BLOCK")
    try:
        value = read_block(_server(given), name)
    except PenstockError as error:
        what = f'the Secret block "{name}" cannot be read: {error}'
        given.problems.append(Problem(variable, 0, what, f"or set {instead} or {instead}_FILE in its place"))
        return
    if value is not None:
        given.put(path, value, variable)
    elif path in NEEDED_FIRST:
        what = "this is needed before the Prefect server that holds the block is there"
        remedy = f"name a server under [prefect] api_url, or set {instead}_FILE"
        given.problems.append(Problem(variable, 0, what, remedy))


def _server(given: Given) -> str:
    """Return the address of the Prefect server that the settings name, '' where they name none."""
    group = given.values.get("prefect")
    in_file = group.get("api_url", "") if isinstance(group, dict) else ""
    return os.environ.get(variable_of(("prefect", "api_url"))) or str(in_file)


def _paths(model: type[BaseModel], values: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the path of every setting that has a variable of its own."""
    for name, info in model.model_fields.items():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from ((name, *rest) for rest in _paths(inner, {}))
        elif name not in ("workspace", "feeds"):
            yield (name,)
    feeds = values.get("feeds")
    for feed in feeds if isinstance(feeds, dict) else ():
        yield from (("feeds", feed, name) for name in ("kind", "live_from"))


def _add_options_of_feeds(given: Given, read_block: ReadBlock) -> None:
    """Options of a feed are its connector's: any variable that begins with the feed's is one."""
    feeds = given.values.get("feeds")
    for feed in feeds if isinstance(feeds, dict) else ():
        start = f"{variable_of(('feeds', feed))}_"
        for variable in sorted(os.environ):
            option = variable.removeprefix(start).removesuffix("_FILE").removesuffix("_BLOCK").lower()
            if variable.startswith(start) and os.environ[variable] and option not in ("kind", "live_from"):
                path = ("feeds", feed, option)
                if variable.endswith("_FILE"):
                    _from_file(path, variable, given)
                elif variable.endswith("_BLOCK"):
                    _from_block(path, variable, given, read_block)
                else:
                    given.put(path, os.environ[variable], variable)
