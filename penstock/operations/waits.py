"""What waits for a person: leads in triage, quarantined records, messages of unknown fate, promises past due.

Called by the flows for their artifacts, and by ``read_status``. Statements read indices, or pass over the scores once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, and_, func, select

from penstock.operations.triage import MOST_LISTED, VOCABULARY, InTriage, count_triage, read_triage
from penstock.sequence.leading import is_open
from penstock.store.engine import Sessions, table
from penstock.store.held_imports import HeldImport, read_held_imports
from penstock.store.landing import books
from penstock.store.tables import Clock, Effect, Handoff, Quarantine, Score

HANDOFF, CLOCK, EFFECT = table(Handoff), table(Clock), table(Effect)
QUARANTINE, SCORE = table(Quarantine), table(Score)


@dataclass(frozen=True, slots=True)
class Waits:
    """What waits at ``now``; lists hold the oldest twenty."""

    triage: tuple[InTriage, ...] = ()
    triage_total: int = 0
    quarantined: int = 0
    unknown: tuple[int, ...] = ()
    """Ids of messages; ``penstock message resolve`` settles them."""
    unknown_total: int = 0
    refused: tuple[int, ...] = ()
    refused_total: int = 0
    deferred: int = 0
    """Messages that the mail server put off, or that did not reach it; later runs try again."""
    overdue: int = 0
    """Open handoffs whose promise of first contact has passed."""
    held_imports: tuple[HeldImport, ...] = ()
    """What feeds brought at once that a guard rail holds."""


def read_waits(sessions: Sessions, *, now: datetime, vocabulary: str = VOCABULARY) -> Waits:
    """Return what waits for a person; ``vocabulary`` is the file that remedies name."""
    with sessions.read() as tx:
        return waits(tx, now, vocabulary)


def waits(tx: Connection, now: datetime, vocabulary: str = VOCABULARY) -> Waits:
    """Do the same inside a transaction of the caller's."""
    return Waits(
        triage=read_triage(tx, now=now, vocabulary=vocabulary),
        triage_total=count_triage(tx),
        quarantined=_count(tx, QUARANTINE, books.waits()),
        unknown=_effects(tx, "unknown"),
        unknown_total=_count(tx, EFFECT, EFFECT.c.status == "unknown"),
        refused=_effects(tx, "refused"),
        refused_total=_count(tx, EFFECT, EFFECT.c.status == "refused"),
        deferred=_count(tx, EFFECT, EFFECT.c.status == "deferred"),
        overdue=_count(tx, HANDOFF, is_open(), is_overdue(now)),
        held_imports=tuple(read_held_imports(tx)),
    )


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """Return whether a handoff's contact clock runs and is due: from the very moment at which it is told as late."""
    contact = and_(CLOCK.c.of == "handoff", CLOCK.c.of_id == HANDOFF.c.id, CLOCK.c.kind == "contact")
    late = select(CLOCK.c.id).where(contact, CLOCK.c.stopped_at.is_(None), CLOCK.c.due_at <= now)
    return late.correlate(HANDOFF).exists()


def _count(tx: Connection, of: Table, *where: ColumnElement[bool]) -> int:
    return int(tx.execute(select(func.count()).select_from(of).where(*where)).scalar_one())


def _effects(tx: Connection, status: str) -> tuple[int, ...]:
    rows = tx.execute(select(EFFECT.c.id).where(EFFECT.c.status == status).order_by(EFFECT.c.id).limit(MOST_LISTED))
    return tuple(row.id for row in rows)
