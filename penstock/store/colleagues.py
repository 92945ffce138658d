"""Who else is to be judged when one person of an account does something; for single receipts, as of a touch by hand.

Pages do the same in one go (store/landing/times.py). Nobody is told unless a definition asks what people of an account
did: so cost follows those affected.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from penstock.playbook.model import Deciding
from penstock.store import receipts
from penstock.store.engine import table
from penstock.store.receipts import Moment
from penstock.store.tables import Lead

LEAD = table(Lead)


def tell_account(tx: Connection, deciding: Deciding, lead_id: int, *, now: datetime, live: bool = True) -> None:
    """Make the account of a lead and its other leads due, in the order of the locks: before the lead's own receipt.

    Not ``live``: nothing happened, so that it ends no baseline of the account either.
    """
    asked = [subject for subject in ("account", "lead") if deciding.asks_people(subject)]
    account = tx.scalar(select(LEAD.c.account_id).where(LEAD.c.id == lead_id)) if asked else None
    if account is None:
        return
    if "account" in asked:
        receipts.stamp(tx, "account", account, now=now, live=live)
    if "lead" in asked:
        people = list(tx.scalars(select(LEAD.c.id).where(LEAD.c.account_id == account, LEAD.c.merged_into.is_(None))))
        folded = receipts.lock(tx, "lead", people)
        others = [Moment(i, receipts.received_at(now, folded[i]), live=False) for i in people if i != lead_id]
        receipts.enqueue(tx, "lead", others)
