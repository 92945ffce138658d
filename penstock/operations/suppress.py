"""Suppress a person: nothing goes to any of their addresses. Used by the unsubscribe page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from penstock.errors import NotFoundError
from penstock.mail.keyring import Keyring
from penstock.sequence.exits import OWN_REASONS, cancel_pending
from penstock.store import receipts
from penstock.store.engine import table
from penstock.store.persons import present
from penstock.store.receipts import Moment
from penstock.store.statements import insert
from penstock.store.tables import Enrolment, Identifier, Lead, Suppression
from penstock.store.tables.law import EVERYTHING

LEAD, IDENTIFIER, SUPPRESSION, ENROLMENT = table(Lead), table(Identifier), table(Suppression), table(Enrolment)


@dataclass(frozen=True, slots=True)
class SuppressResult:
    """What suppressing changed: nothing, the second time."""

    lead_id: int
    addresses: int
    """Addresses newly closed."""
    exited: int
    cancelled: int


def suppress(
    tx: Connection, *, now: datetime, lead_id: int, reason: str, keyring: Keyring, feed: str
) -> SuppressResult:
    """Close every address of a lead, end its sequences and cancel what they had planned, in the caller's transaction.

    A merged lead leaves with the one that it leads on to. May be repeated. Raises NotFoundError for an unknown lead.
    """
    lead_id, _ = present(tx, lead_id)
    hashes = _hashes(tx, lead_id, keyring)
    folded = receipts.lock(tx, "lead", [lead_id])
    new = _close(tx, hashes, {"reason": reason, "feed": feed, "received_at": now})
    if new:
        receipts.enqueue(tx, "lead", [Moment(lead_id, receipts.received_at(now, folded[lead_id]))])
    exited = _exit(tx, lead_id, reason if reason in OWN_REASONS else "unsubscribed", now)
    return SuppressResult(lead_id, new, exited, cancel_pending(tx, now=now).total())


def _hashes(tx: Connection, lead_id: int, keyring: Keyring) -> list[str]:
    """Return the keyed hashes of all addresses of a lead: who leaves, leaves with each of them."""
    known = tx.execute(select(LEAD.c.email_hash).where(LEAD.c.id == lead_id)).one_or_none()
    if known is None:
        raise NotFoundError(f"there is no lead {lead_id}")
    addresses = tx.scalars(
        select(IDENTIFIER.c.value).where(IDENTIFIER.c.kind == "email", IDENTIFIER.c.lead_id == lead_id)
    )
    return sorted({*map(keyring.address_hash, addresses), *([known.email_hash] if known.email_hash else [])})


def _close(tx: Connection, hashes: list[str], said: dict[str, object]) -> int:
    if not hashes:
        return 0
    rows = [{"hash": one, "scope": EVERYTHING, **said} for one in hashes]
    statement = insert(tx, SUPPRESSION).values(rows).on_conflict_do_nothing().returning(SUPPRESSION.c.hash)
    return len(tx.execute(statement).all())


def _exit(tx: Connection, lead_id: int, reason: str, now: datetime) -> int:
    return tx.execute(
        update(ENROLMENT)
        .where(ENROLMENT.c.lead_id == lead_id, ENROLMENT.c.status.in_(["active", "held"]))
        .values(status="exited", exit_reason=reason, ended_at=now, next_at=None)
    ).rowcount
