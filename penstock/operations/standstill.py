"""A moment at which nothing of some leads waits to be judged; used by merge and unmerge.

Identity counts as it is known now, for moments that are judged late too. So whatever is due is judged first, and only
then may identity change: decisions are the same however often qualify runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, exists, select
from sqlalchemy.exc import OperationalError

from penstock.errors import UsageError
from penstock.operations.qualify import run_qualify
from penstock.playbook.model import Deciding
from penstock.routing.assign import hold_routing
from penstock.store import receipts
from penstock.store.bulk import was_overtaken
from penstock.store.engine import Sessions, table
from penstock.store.playbooks import Live, read_live
from penstock.store.statements import among
from penstock.store.tables import Lead, Rescore

LEAD, RESCORE = table(Lead), table(Rescore)
T = TypeVar("T")
# Each time something has landed in between, which takes longer than to look: a few will do.
MOST_ATTEMPTS = 5


def at_a_standstill(sessions: Sessions, *, now: datetime, work: Callable[[Connection, Live], T | None]) -> T:
    """Judge everything due, then do the work in a transaction; again while it returns None, for something came between.

    ``work`` asks with ``stands_still``. Raises UsageError when it never does.
    """
    for _ in range(MOST_ATTEMPTS):
        run_qualify(sessions, now=now)
        try:
            with sessions.write() as tx:
                done = work(tx, read_live(tx, share=True))
        except OperationalError as error:
            # A landing that moves a lead to another account holds its row before it asks for the lead's place in the
            # queue, which we hold: of the two, PostgreSQL ends either.
            if not was_overtaken(error):
                raise
            continue
        if done is not None:
            return done
    raise UsageError("these leads are being written to all the time; try again in a minute")


def stands_still(tx: Connection, deciding: Deciding, leads: Collection[int], *, now: datetime) -> bool:
    """Lock some leads, and whom they count for, until the transaction ends; return whether nothing of them is due.

    The order of the locks is that of route, then that of landings: routing, accounts, leads.
    """
    hold_routing(tx)
    accounts: set[int] = set()
    if deciding.asks_people("lead") or deciding.asks_people("account"):
        theirs = select(LEAD.c.account_id).where(among(tx, LEAD.c.id, leads), LEAD.c.account_id.is_not(None))
        accounts = set(tx.scalars(theirs))
    receipts.lock(tx, "account", accounts)
    present = (among(tx, LEAD.c.account_id, accounts), LEAD.c.merged_into.is_(None))
    people = {*leads, *(tx.scalars(select(LEAD.c.id).where(*present)) if accounts else ())}
    receipts.lock(tx, "lead", people, merged=True)
    return not any(_is_due(tx, subject, ids, now) for subject, ids in (("account", accounts), ("lead", people)))


def _is_due(tx: Connection, subject: str, ids: Collection[int], now: datetime) -> bool:
    mine = (RESCORE.c.subject == subject, among(tx, RESCORE.c.subject_id, ids), RESCORE.c.due_at <= now)
    return bool(tx.scalar(select(exists(select(1).where(*mine)))))
