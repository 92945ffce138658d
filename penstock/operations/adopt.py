"""Adopting a changed playbook: both versions stored whole, the live pair moved, in one transaction.

Called by every run that finds the directory changed, and by ``init``. Only a new definition version rescores.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, delete, func, literal, select, update

from penstock.playbook.model import Playbook, body, version
from penstock.playbook.part import Part
from penstock.playbook.terms import Terms
from penstock.store.engine import Sessions, table
from penstock.store.held import Held
from penstock.store.persons import is_present
from penstock.store.playbooks import LIVE, LIVE_ID, START, VERSION
from penstock.store.statements import CHUNK, insert_or_ignore
from penstock.store.tables import Rescore, Spelling, Term
from penstock.store.types import EPOCH, MICROSECOND

RESCORE, SPELLING, TERM = table(Rescore), table(Spelling), table(Term)


@dataclass(frozen=True, slots=True)
class AdoptResult:
    """What an adoption did: hashes of the pair that is live now, what of it is new, and how much follows from it."""

    definition: str
    operations: str
    definition_is_new: bool = False
    operations_is_new: bool = False
    started_at: datetime | None = None
    """Start of the definition version, where it changed."""
    spellings: int = 0
    """Known words that were read by the new vocabulary."""
    queued: int = 0
    """Subjects that will be judged again."""
    held: Held | None = None
    """The change that a guard rail holds; then nothing was adopted."""


def run_adopt(
    sessions: Sessions, *, now: datetime, playbook: Playbook, live_from: datetime | None = None
) -> AdoptResult:
    """Make a playbook the live one; where it is already, nothing is written.

    ``live_from`` counts at the first adoption only (default: ``now``). An older version may come back, started anew.
    """
    wanted = AdoptResult(version(playbook.deciding), version(playbook.operations))
    with sessions.read() as tx:
        if live_hashes(tx) == (wanted.definition, wanted.operations):
            return wanted
    with sessions.write() as tx:
        insert_or_ignore(tx, LIVE, [_nothing_live(now, live_from or now)])
        hold_live(tx)
        return _adopt(tx, now, playbook, wanted)


def adopt_in(tx: Connection, *, now: datetime, playbook: Playbook) -> AdoptResult:
    """Make a playbook the live one in place of another, in a transaction of the caller's."""
    hold_live(tx)
    return _adopt(tx, now, playbook, AdoptResult(version(playbook.deciding), version(playbook.operations)))


def hold_live(tx: Connection) -> None:
    """Lock the live pair: nobody adopts, lands, or weighs a change, until the transaction ends."""
    tx.execute(select(LIVE.c.id).where(LIVE.c.id == LIVE_ID).with_for_update())


def _nothing_live(now: datetime, live_from: datetime) -> dict[str, object]:
    return {"id": LIVE_ID, "definition_id": 0, "operations_id": 0, "live_from": live_from, "now": now}


def live_hashes(tx: Connection) -> tuple[str | None, str | None]:
    """Return the hashes of the live pair, None where nothing was adopted yet."""
    live = tx.execute(select(LIVE.c.definition_id, LIVE.c.operations_id)).one_or_none()
    if live is None:
        return None, None
    hashes = {
        row.id: row.hash for row in tx.execute(select(VERSION.c.id, VERSION.c.hash).where(VERSION.c.id.in_(live)))
    }
    return hashes.get(live.definition_id), hashes.get(live.operations_id)


def _adopt(tx: Connection, now: datetime, playbook: Playbook, wanted: AdoptResult) -> AdoptResult:
    definition, operations = live_hashes(tx)
    definition_id = store_version(tx, now, "definition", playbook.deciding)
    operations_id = store_version(tx, now, "operations", playbook.operations)
    tx.execute(update(LIVE).values(definition_id=definition_id, operations_id=operations_id))
    is_new = definition != wanted.definition
    started_at = _start(tx, now, definition_id) if is_new else None
    return AdoptResult(
        wanted.definition,
        wanted.operations,
        definition_is_new=is_new,
        operations_is_new=operations != wanted.operations,
        started_at=started_at,
        spellings=read_words(tx, definition_id, Terms(playbook.deciding.vocabulary)) if is_new else 0,
        queued=_queue_all(tx, started_at) if started_at is not None else 0,
    )


def store_version(tx: Connection, now: datetime, part: str, half: Part) -> int:
    """Store one half of a playbook whole, where it is not there yet; return its id."""
    row = {"part": part, "hash": version(half), "body": body(half), "adopted_at": now}
    insert_or_ignore(tx, VERSION, [row])
    same = (VERSION.c.part == part, VERSION.c.hash == row["hash"])
    return int(tx.execute(select(VERSION.c.id).where(*same)).scalar_one())


def _start(tx: Connection, now: datetime, version_id: int) -> datetime:
    """Write the start of a version: the first judges from the beginning, a later one from now, after the last.

    What was adopted before anything was received (a starter as it came, a draft) has judged nobody and never will: its
    start goes, its text stays on record.
    """
    if tx.execute(select(RESCORE.c.subject_id).limit(1)).first() is None:
        tx.execute(delete(START))
    last = tx.execute(select(func.max(START.c.started_at).label("at"))).scalar_one()
    started_at = EPOCH if last is None else max(now, last + MICROSECOND)
    tx.execute(START.insert(), [{"started_at": started_at, "version_id": version_id}])
    return started_at


def read_words(tx: Connection, version_id: int, terms: Terms) -> int:
    """Write what every word known so far means under a version; one that comes back meets words that came since."""
    count, last = 0, 0
    page = select(SPELLING.c.id, SPELLING.c.field, SPELLING.c.text).order_by(SPELLING.c.id).limit(CHUNK)
    while rows := tx.execute(page.where(SPELLING.c.id > last)).all():
        found = [
            {"version_id": version_id, "spelling_id": row.id, "field": field, "term": term}
            for row in rows
            for field, term in terms.of(row.field, row.text)
        ]
        insert_or_ignore(tx, TERM, found)
        count, last = count + len(rows), rows[-1].id
    return count


def _queue_all(tx: Connection, started_at: datetime) -> int:
    """Make every subject due at the start, or right after what was folded, should a run have been ahead of us."""
    start = literal(started_at, RESCORE.c.due_at.type)
    moment = case((RESCORE.c.folded_to >= start, RESCORE.c.folded_to + 1), else_=start)
    later = RESCORE.c.due_at.is_(None) | (RESCORE.c.due_at > moment)
    # Merged leads are judged no more; who is unmerged meets the version then.
    return tx.execute(update(RESCORE).where(later, is_present(RESCORE)).values(due_at=moment)).rowcount
