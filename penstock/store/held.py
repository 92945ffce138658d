"""The change that a guard rail holds, and who agreed to which version; for adoption, approve, status and the page."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from penstock.store.engine import table
from penstock.store.statements import insert, insert_or_ignore
from penstock.store.tables import Agreement, PlaybookHeld

HELD, AGREEMENT = table(PlaybookHeld), table(Agreement)
# The one row of playbook_held.
HELD_ID = 1


@dataclass(frozen=True, slots=True)
class Held:
    """A changed playbook that waits for somebody to let it go on."""

    definition: str
    operations: str
    held_at: datetime
    handoffs: int
    enrolments: int
    most_handoffs: int
    most_enrolments: int
    whom: tuple[str, ...] = ()
    """The first of those whom it would hand over or enrol."""
    approved_by: str | None = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """Who agreed to a version, and when."""

    part: str
    hash: str
    who: str
    agreed_at: datetime


def read_held(tx: Connection) -> Held | None:
    """Return the change that is held, approved or not yet adopted; None where there is none."""
    row = tx.execute(select(HELD).where(HELD.c.id == HELD_ID)).one_or_none()
    if row is None:
        return None
    told = {name: value for name, value in row._asdict().items() if name not in ("id", "whom")}
    return Held(**told, whom=tuple(json.loads(row.whom)))


def write_held(tx: Connection, held: Held) -> None:
    """Hold a change, in place of the one before."""
    let_go(tx)
    row = {name: getattr(held, name) for name in Held.__slots__ if name != "whom"}
    tx.execute(insert(tx, HELD), [row | {"id": HELD_ID, "whom": json.dumps(held.whom, ensure_ascii=False)}])


def let_go(tx: Connection) -> None:
    """Hold nothing any more."""
    tx.execute(delete(HELD))


def release(tx: Connection, definition: str, who: str) -> bool:
    """Let a held change go on with the next run; return whether this version was held."""
    mine = (HELD.c.id == HELD_ID, HELD.c.definition == definition)
    done = update(HELD).where(*mine).values(approved_by=who).returning(HELD.c.id)
    return bool(tx.execute(done).all())


def write_agreements(tx: Connection, hashes: Collection[tuple[str, str]], *, who: str, now: datetime) -> None:
    """Note that somebody agrees to these versions (part, hash); the first time counts."""
    rows = [{"part": part, "hash": found, "who": who, "agreed_at": now} for part, found in hashes]
    insert_or_ignore(tx, AGREEMENT, rows)


def read_agreements(tx: Connection) -> list[Agreed]:
    """Return every agreement, the latest first."""
    rows = tx.execute(select(AGREEMENT).order_by(AGREEMENT.c.agreed_at.desc(), AGREEMENT.c.id.desc()))
    return [Agreed(row.part, row.hash, row.who, row.agreed_at) for row in rows]
