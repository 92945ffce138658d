"""The live playbook, read from the store: what every run decides by. Used by operations; written by adoption only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, bindparam, select

from penstock.errors import UsageError
from penstock.playbook.model import Deciding, read_body
from penstock.playbook.operations import Operations
from penstock.playbook.terms import Terms
from penstock.store.engine import table
from penstock.store.tables import PlaybookLive, PlaybookStart, PlaybookVersion

LIVE, VERSION, START = table(PlaybookLive), table(PlaybookVersion), table(PlaybookStart)
# The one row of playbook_live.
LIVE_ID = 1


@dataclass(frozen=True, slots=True)
class Live:
    """The live pair of versions, parsed; ``terms`` reads words by its vocabulary."""

    definition_id: int
    operations_id: int
    deciding: Deciding
    operations: Operations
    terms: Terms
    live_from: datetime


@dataclass(frozen=True, slots=True)
class Start:
    """From when a definition version judges, until the next start."""

    started_at: datetime
    version_id: int


def read_live(tx: Connection, *, share: bool = False) -> Live:
    """Return the live pair; raises UsageError when no playbook was adopted yet.

    ``share`` holds the row until the transaction ends, so that no adoption comes between. Landings ask for it, before
    they lock anything else: adoption locks it first, then every row of the rescore queue.
    """
    # A statement of its own: after waiting for an adoption, the versions must be read anew.
    row = tx.execute(_SHARED if share else _PLAIN).one_or_none()
    if row is None:
        raise UsageError(
            "this workspace has adopted no playbook yet; `penstock run pipeline` adopts the one below playbook/"
        )
    deciding, terms = read_deciding(tx, row.definition_id)
    operations = cast("Operations", _parsed(tx, row.operations_id))
    return Live(row.definition_id, row.operations_id, deciding, operations, terms, row.live_from)


def read_deciding(tx: Connection, version_id: int) -> tuple[Deciding, Terms]:
    """Return a definition version, live or not, with the terms of its vocabulary."""
    return cast("tuple[Deciding, Terms]", _parsed(tx, version_id))


def read_starts(tx: Connection) -> tuple[Start, ...]:
    """Return the starts of definition versions, earliest first; the first is the beginning of time."""
    return tuple(Start(row.started_at, row.version_id) for row in tx.execute(_STARTS))


# Written once: each round of each run asks for them.
_PLAIN = select(LIVE).where(LIVE.c.id == LIVE_ID)
_SHARED = _PLAIN.with_for_update(read=True)
_STARTS = select(START.c.started_at, START.c.version_id).order_by(START.c.started_at)
_KNOWN_BY = select(VERSION.c.part, VERSION.c.hash).where(VERSION.c.id == bindparam("version"))


def _parsed(tx: Connection, version_id: int) -> Any:  # noqa: ANN401 - one half of the playbook or the other
    """Return a version, parsed once per process: ids differ between stores, so it is known by its hash."""
    found = tx.execute(_KNOWN_BY, {"version": version_id}).one()
    if (found.part, found.hash) not in _known:
        body = tx.execute(select(VERSION.c.body).where(VERSION.c.id == version_id)).scalar_one()
        _known[found.part, found.hash] = _parse(found.part, body)
    return _known[found.part, found.hash]


# Versions are immutable, and a process meets a handful of them.
_known: dict[tuple[str, str], Any] = {}


def _parse(part: str, body: str) -> Any:  # noqa: ANN401 - as above
    if part == "operations":
        return read_body(Operations, body)
    deciding = read_body(Deciding, body)
    return deciding, Terms(deciding.vocabulary)
