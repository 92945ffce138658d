"""A person says of records in quarantine that they are dealt with otherwise, and why. Used by `quarantine resolve`.

A row without an id of its own is a new record once it was mended in its file, and a row of sums never was one: what
waits here for them would wait for ever. Nothing is deleted, and it may be taken back.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from penstock.errors import NotFoundError, UsageError
from penstock.operations.quarantine import NOTHING, QuarantineLine, dealt_with, read_lines
from penstock.store.engine import Sessions, table
from penstock.store.landing import books
from penstock.store.statements import among
from penstock.store.tables import Quarantine

QUARANTINE = table(Quarantine)
# Sorts of records named where none is as was asked.
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class ResolveResult:
    """How many records are dealt with now (or wait again), and those named of which that cannot be said."""

    resolved: int
    passed: list[QuarantineLine] = field(default_factory=list)
    """What landed, or was as asked before."""


def resolve_quarantine(
    sessions: Sessions,
    *,
    now: datetime,
    reason: str,
    actor: str,
    ids: Collection[int] = (),
    feed: str | None = None,
    error: str | None = None,
    again: bool = False,
) -> ResolveResult:
    """Say of the records named, or of all with a feed and error, that they are dealt with; ``again``: that they wait.

    Raises UsageError without a reason or without a choice, NotFoundError for an id that does not exist and where none
    is as chosen.
    """
    if not reason.strip():
        raise UsageError("this needs its reason: --reason TEXT, for whoever asks later")
    if bool(ids) == bool(feed or error):
        raise UsageError("say which: their ids, or all of a sort by --feed NAME or --error CODE")
    said = {"resolved_at": None if again else now, "resolved_by": actor, "resolution": reason.strip()}
    fit = dealt_with() if again else books.waits()
    with sessions.write() as tx:
        lines = read_lines(tx, ids) if ids else []
        chosen = among(tx, QUARANTINE.c.id, ids) if ids else _sort(feed, error)
        changed = tx.execute(update(QUARANTINE).where(fit, chosen).values(said)).rowcount
        if not ids and not changed:
            raise NotFoundError(_none(tx, fit, again=again))
    return ResolveResult(changed, [line for line in lines if line.waits == again])


def _sort(feed: str | None, error: str | None) -> ColumnElement[bool]:
    given = ((QUARANTINE.c.feed, feed), (QUARANTINE.c.error, error))
    return and_(*(column == value for column, value in given if value is not None))


def _none(tx: Connection, fit: ColumnElement[bool], *, again: bool) -> str:
    """Return what there is instead, the most first, so that a slip is seen."""
    q = QUARANTINE.c
    many = func.count().label("many")
    sorts = select(q.feed, q.error, many).where(fit).group_by(q.feed, q.error).order_by(many.desc(), q.feed, q.error)
    found = [f"{row.many:,} × {row.error} of feed {row.feed}" for row in tx.execute(sorts.limit(MOST_NAMED))]
    if not found:
        return "nothing is dealt with by hand" if again else NOTHING
    return f"none is of that feed and error; {'dealt with' if again else 'waiting'}: {', '.join(found)}"
