"""When a page was received: stamps by the rescore queue, history before going live, and the moments that follow."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select

from penstock.store.engine import table
from penstock.store.landing.page import Landing, Rows
from penstock.store.landing.subjects import Cast
from penstock.store.receipts import Queued
from penstock.store.statements import among
from penstock.store.tables import Lead
from penstock.store.types import to_micros

LEAD = table(Lead)


@dataclass(frozen=True, slots=True)
class Queues:
    """The locked rows of everybody whom the page may make due: accounts first, as everywhere."""

    accounts: Queued
    leads: Queued
    colleagues: dict[int, int]
    """Lead id → account id, for every lead of an account that gets facts."""


def lock_queues(landing: Landing, rows: Rows, cast: Cast, with_facts: Collection[int]) -> Queues:
    """Lock the queue rows of the page's subjects and of all leads of the accounts that get facts.

    Accounts are locked before their leads are listed, so that no lead joins one unseen.
    """
    tx = landing.tx
    new_accounts, new_leads = cast.accounts.new.keys(), cast.leads.new.keys()
    accounts = Queued(tx, "account", {i for i in rows.accounts if i} - new_accounts, new=new_accounts)
    colleagues: dict[int, int] = {}
    old = set(with_facts) - (new_accounts - _joined(cast))
    if old:
        found = tx.execute(select(LEAD.c.id, LEAD.c.account_id).where(among(tx, LEAD.c.account_id, old)))
        colleagues = {lead: account for lead, account in found}  # noqa: C416 - rows are no tuples to the type checker
    mine = {i for i in rows.leads if i} | colleagues.keys()
    return Queues(accounts, Queued(tx, "lead", mine - new_leads, new=new_leads), colleagues)


def _joined(cast: Cast) -> set[int]:
    """Return new accounts that known leads moved to; other new accounts have new leads only, which are due anyway."""
    return {account for lead in cast.moved if (account := cast.account_of[lead])}


def set_times(landing: Landing, rows: Rows, queues: Queues) -> None:
    """Fill in when each record was said and received, and whether it is history.

    History is dated before going live: received at its own time. A record without a time of its own tells what holds
    now.
    """
    of_leads, of_accounts, now = queues.leads.stamps(landing.now), queues.accounts.stamps(landing.now), landing.now
    for record, lead, account in zip(rows.records, rows.leads, rows.accounts, strict=True):
        by_account = of_accounts.get(account, now)
        stamp = of_leads[lead] if lead else by_account
        at = stamp if record.at is None else to_micros(record.at)
        history = at < landing.live_from
        rows.said.append(at)
        rows.received.append(at if history else stamp)
        rows.account_received.append(at if history else by_account)
        rows.is_history.append(history)


def enqueue(landing: Landing, rows: Rows, queues: Queues, with_facts: Iterable[tuple[int, bool]]) -> None:
    """Make due whom the page is about; ``with_facts`` are accounts that got facts, and whether those are history.

    An account's facts make its leads due as well, but end no lead's baseline: nothing happened to the lead.
    """
    places = list(zip(rows.leads, rows.accounts, rows.is_history, strict=True))
    facts = list(with_facts)
    about_account = [(account, history) for lead, account, history in places if not lead and account]
    _enqueue(landing, queues.accounts, [*about_account, *facts], ends_baseline=True)
    _enqueue(landing, queues.leads, [(lead, history) for lead, _, history in places if lead], ends_baseline=True)
    of_account: dict[int, set[bool]] = {}
    for account, history in facts:
        of_account.setdefault(account, set()).add(history)
    theirs = [(lead, h) for lead, account in queues.colleagues.items() for h in of_account.get(account, ())]
    _enqueue(landing, queues.leads, theirs, ends_baseline=False)


def _enqueue(landing: Landing, queued: Queued, told: Iterable[tuple[int, bool]], *, ends_baseline: bool) -> None:
    """Write the moments of subjects: (id, whether it is history), live ones first."""
    kinds = set(told)
    stamps = queued.stamps(landing.now)
    start = landing.live_from
    live = {i: max(stamps[i], start) for i, history in kinds if not history}
    queued.enqueue({i: (at, at if ends_baseline else None) for i, at in sorted(live.items())})
    past = {i: start if queued.folded(i) is None else stamps[i] for i, history in kinds if history}
    queued.enqueue({i: (at, None) for i, at in sorted(past.items())})
