"""Unsubscribe: what the link in a mail does. Called by the web app; acts at once, and may be repeated."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from penstock.mail.keyring import Keyring
from penstock.operations.insist import tell_of
from penstock.operations.suppress import SuppressResult, suppress
from penstock.store.engine import Sessions, table
from penstock.store.persons import present
from penstock.store.playbooks import read_live
from penstock.store.statements import insert_or_ignore
from penstock.store.tables import Consent, Lead

CONSENT, LEAD = table(Consent), table(Lead)
FEED = "unsubscribe-page"
WORDING = "Unsubscribed by the link in a mail"


def run_unsubscribe(
    sessions: Sessions, *, now: datetime, lead_id: int, purpose: str, keyring: Keyring
) -> SuppressResult:
    """Close the lead's addresses for everything, withdraw the consent, end the sequences and cancel what they had
    planned.

    Raises NotFoundError for an unknown lead.
    """

    def leave(tx: Connection, found: tuple[int, str]) -> SuppressResult:
        done = suppress(tx, now=now, lead_id=found[0], reason="unsubscribed", keyring=keyring, feed=FEED)
        _withdraw(tx, found, purpose, now)
        return done

    return tell_of(sessions, lambda tx: present(tx, lead_id), leave)


def _withdraw(tx: Connection, who: tuple[int, str], purpose: str, now: datetime) -> None:
    """Write the withdrawal, unless the last word on the purpose is a *no* of theirs already.

    Who leaves while merged into another takes it along when the merge is undone: the other's *no* is not theirs.
    """
    lead_id, found_by = who
    last = tx.scalar(
        select(CONSENT.c.granted)
        .where(CONSENT.c.lead_id == lead_id, CONSENT.c.purpose == purpose, CONSENT.c.found_by == found_by)
        .order_by(CONSENT.c.said_at.desc(), CONSENT.c.granted)
        .limit(1)
    )
    if last is not False:
        said = {"lead_id": lead_id, "purpose": purpose, "feed": FEED, "said_at": now, "received_at": now}
        insert_or_ignore(tx, CONSENT, [{**said, "granted": False, "wording": WORDING, "found_by": found_by}])


def read_company(sessions: Sessions) -> str:
    """Return the company that the unsubscribe page speaks for."""
    with sessions.read() as tx:
        return read_live(tx).operations.sender.company
