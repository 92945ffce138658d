"""Making a workspace from a starter: files, secret key, tables, first playbook version; for ``init`` and ``demo``.

May be called again, also after being killed: what is there is never overwritten, what is missing is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from penstock.errors import UsageError
from penstock.mail.keyring import make_key
from penstock.nearest import did_you_mean
from penstock.operations.adopt import AdoptResult, run_adopt
from penstock.playbook.load import load_playbook
from penstock.settings import load_settings
from penstock.settings_sources import FILE
from penstock.store.engine import open_store
from penstock.store.migrate import upgrade

DEFAULT_STARTER = "components"


@dataclass(frozen=True, slots=True)
class InitResult:
    """A workspace that runs as it is. ``copied``: files written from the starter, 0 where it was there already."""

    folder: Path
    starter: str
    copied: int
    made_key: bool
    adopted: AdoptResult


def starters() -> tuple[str, ...]:
    """Return the names of the starters that come with the package."""
    return tuple(sorted(found.name for found in _starters().iterdir() if found.joinpath(FILE).is_file()))


def init_workspace(folder: Path, *, starter: str = DEFAULT_STARTER, now: datetime) -> InitResult:
    """Make a workspace in a folder that is empty or a workspace already; it goes live at ``now``.

    Raises UsageError for a folder with other files or an unknown starter, FileError where its files were made wrong.
    """
    files_of = dict(_files(_starter(starter), ()))
    copied = 0 if (folder / FILE).is_file() else _copy(folder, files_of)
    made_key = make_key(folder / "data" / "secret.key")
    # Keys, mails and the store are nobody's to commit.
    (folder / "data" / ".gitignore").write_text("*\n", encoding="utf-8")
    settings = load_settings(folder)
    playbook = load_playbook(settings.playbook)
    upgrade(settings.database_url)
    sessions = open_store(settings.database_url)
    try:
        adopted = run_adopt(sessions, now=now, playbook=playbook, live_from=now)
    finally:
        sessions.close()
    return InitResult(folder, starter, copied, made_key, adopted)


def _copy(folder: Path, wanted: dict[tuple[str, ...], Traversable]) -> int:
    _refuse_foreign(folder, wanted)
    # The settings come last: they make a folder a workspace, and all else is there by then.
    for path in sorted(wanted, key=lambda path: path == (FILE,)):
        place = folder.joinpath(*path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(wanted[path].read_bytes())
    return len(wanted)


def _starters() -> Traversable:
    return files("templates").joinpath("playbooks")


def _starter(name: str) -> Traversable:
    known = starters()
    if name not in known:
        raise UsageError(f'there is no starter "{name}"; {did_you_mean(name, known)}')
    return _starters().joinpath(name)


def _files(of: Traversable, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Traversable]]:
    for found in of.iterdir():
        here = (*path, found.name)
        if found.is_dir() and found.name != "__pycache__":
            yield from _files(found, here)
        elif found.is_file():
            yield here, found


def _refuse_foreign(folder: Path, wanted: dict[tuple[str, ...], Traversable]) -> None:
    """Refuse a folder that holds anything but a copy of the starter that was cut short."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder that is empty or not there yet")
    for path in sorted(folder.rglob("*")):
        source = wanted.get(path.relative_to(folder).parts)
        if path.is_file() and (source is None or not source.read_bytes().startswith(path.read_bytes())):
            raise UsageError(f"{folder} is not empty ({path.relative_to(folder)} is there); name an empty folder")
