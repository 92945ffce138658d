"""Opening a workspace's store only where its tables are those of this version, and bringing them there.

Called by flows, commands and the web app. What cannot be reached or is not fit says so in a line.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from penstock.errors import FileError, PenstockError, Problem
from penstock.store.engine import Sessions, open_store
from penstock.store.migrate import head, revision, upgrade

T = TypeVar("T")
REMEDY = "run `penstock store upgrade`"


class StoreError(PenstockError):
    """The database cannot be reached, or refuses us."""


def check_tables(url: str) -> str:
    """Return the revision of the store; raises FileError where it is not that of this version, StoreError."""
    found = find_revision(url)
    if found is None:
        raise FileError(Problem("store", 0, "it has no tables yet", REMEDY))
    if found != head():
        raise FileError(Problem("store", 0, f"its tables are of revision {found}, not {head()}", REMEDY))
    return found


def find_revision(url: str) -> str | None:
    """Return the revision of the store, None where it has none or is not there; raises StoreError."""
    place = _file(url)
    if place is not None and not place.exists():
        return None
    try:
        return revision(url)
    except DBAPIError as error:
        raise StoreError(
            f"the store cannot be read: {_said(error)}; look at [database] url in penstock.toml"
        ) from error


def read_if_fit(url: str, work: Callable[[Connection], T]) -> T | None:
    """Return what ``work`` reads, None where there is no store of this version to ask.

    Files are checked and shown on any machine: that the database is out of reach is the doctor's to say.
    """
    try:
        if find_revision(url) != head():
            return None
    except StoreError:
        return None
    sessions = open_store(url)
    try:
        with sessions.read() as tx:
            return work(tx)
    finally:
        sessions.close()


def open_checked(url: str, *, dry_run: bool = False) -> Sessions:
    """Open the store; raises as ``check_tables`` does."""
    check_tables(url)
    return open_store(url, dry_run=dry_run)


def upgrade_store(url: str) -> str | None:
    """Make the tables those of this version, return the revision from before; may be repeated. Raises StoreError."""
    place = _file(url)
    if place is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
    before = find_revision(url)
    try:
        upgrade(url)
    except DBAPIError as error:
        raise StoreError(f"the store cannot be upgraded: {_said(error)}") from error
    return before


def _file(url: str) -> Path | None:
    read = make_url(url)
    return Path(read.database) if read.get_backend_name() == "sqlite" and read.database else None


def _said(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0]
