"""Finding a lead by what a person types: its id, an e-mail address, or ``feed:external-id``. Used by commands."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from penstock.errors import NotFoundError
from penstock.identity.emails import normalise
from penstock.store.engine import table
from penstock.store.tables import Identifier, Lead

LEAD, IDENTIFIER = table(Lead), table(Identifier)
# Ids are BIGINT; anything longer is no id.
MOST_DIGITS = 18


def find_lead(tx: Connection, text: str) -> int:
    """Return the id of the lead that ``text`` names, past any merge; raises NotFoundError with what can be written."""
    asked = text.strip()
    if asked.isascii() and asked.isdigit() and len(asked) <= MOST_DIGITS:
        found = _present(tx, int(asked))
    elif "@" in asked and (address := normalise(asked)):
        found = _by_identifier(tx, "email", address)
    else:
        feed, _, external_id = asked.partition(":")
        found = _by_identifier(tx, f"feed:{feed}", external_id)
    if found is None:
        raise NotFoundError(f'there is no lead "{asked}"; give a lead id, an e-mail address, or feed:external-id')
    return found


def _by_identifier(tx: Connection, kind: str, value: str) -> int | None:
    known = select(IDENTIFIER.c.lead_id).where(IDENTIFIER.c.kind == kind, IDENTIFIER.c.value == value)
    lead = tx.execute(known.order_by(IDENTIFIER.c.share).limit(1)).scalar_one_or_none()
    return None if lead is None else _present(tx, lead)


def _present(tx: Connection, lead: int) -> int | None:
    """Return the lead itself, or the one that it was merged into."""
    return tx.execute(
        select(func.coalesce(LEAD.c.merged_into, LEAD.c.id)).where(LEAD.c.id == lead)
    ).scalar_one_or_none()
