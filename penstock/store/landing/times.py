"""When a page was received: stamps by the rescore queue, history before going live, and the moments that follow."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import compress

from sqlalchemy import select

from penstock.store.landing.page import Landing, Rows
from penstock.store.landing.profile import LEAD_SHAPE
from penstock.store.landing.subjects import Cast
from penstock.store.receipts import Queued
from penstock.store.statements import among, plain_rows
from penstock.store.types import to_micros


@dataclass(frozen=True, slots=True)
class Queues:
    """The locked rows of everybody whom the page may make due: accounts first, as everywhere."""

    accounts: Queued
    leads: Queued
    colleagues: dict[int, int]
    """Lead id → account id, for every known lead of an account that gets facts, but for merged ones."""


def employers(landing: Landing, rows: Rows) -> dict[int, int]:
    """Return lead id → its present account, for the leads of the page, where a definition asks what people of an
    account did; else nothing.
    """
    deciding = landing.live.deciding
    if not (deciding.asks_people("lead") or deciding.asks_people("account")):
        return {}
    lead = LEAD_SHAPE.rows.c
    theirs = select(lead.id, lead.account_id).where(among(landing.tx, lead.id, set(rows.leads) - {0}))
    return dict(plain_rows(landing.tx, theirs.where(lead.account_id.is_not(None))))


def lock_queues(
    landing: Landing, rows: Rows, cast: Cast, with_facts: Collection[int], employing: Collection[int]
) -> Queues:
    """Lock the queue rows of the page's subjects and of all leads of the accounts that get facts, or that employ
    whoever the page is about.

    Accounts are locked before their leads are listed, so that no lead joins one unseen.
    """
    tx = landing.tx
    known = ({*rows.accounts, *employing} - {0}) - cast.accounts.new.keys()
    accounts = Queued(tx, "account", known, new=cast.accounts.new)
    if landing.live.deciding.asks_people("lead"):
        with_facts = {*with_facts, *employing}
    colleagues: dict[int, int] = {}
    if with_facts:
        # Known leads may have moved to an account that is new, so new ones are asked for too.
        lead = LEAD_SHAPE.rows.c
        columns = [lead[name] for name in LEAD_SHAPE.columns]
        query = select(lead.id, lead.account_id, *columns).where(among(tx, lead.account_id, with_facts))
        query = query.where(lead.merged_into.is_(None))
        for i, account, *values in plain_rows(tx, query):
            if i not in cast.leads.new:
                colleagues[i] = account
                cast.leads.shown.setdefault(i, values)
    mine = (set(rows.leads) | colleagues.keys()) - {0} - cast.leads.new.keys()
    return Queues(accounts, Queued(tx, "lead", mine, new=cast.leads.new), colleagues)


def set_times(landing: Landing, rows: Rows, queues: Queues) -> None:
    """Fill in when each record was said and received, and whether it is history.

    History is dated before going live: received at its own time. A record without a time of its own tells what holds
    now.
    """
    of_leads, of_accounts, now = queues.leads.stamps(landing.now), queues.accounts.stamps(landing.now), landing.now
    by_account = [of_accounts.get(account, now) for account in rows.accounts]
    stamps = [
        of_leads[lead] if lead else account for lead, account in zip(rows.leads, by_account, strict=True)
    ]  # fmt: skip
    rows.said = [
        stamp if record.at is None else to_micros(record.at) for record, stamp in zip(rows.records, stamps, strict=True)
    ]
    start = landing.live_from
    rows.is_history = [at < start for at in rows.said]
    rows.received, rows.account_received = stamps, by_account
    if any(rows.is_history):
        told = list(zip(rows.is_history, rows.said, stamps, by_account, strict=True))
        rows.received = [at if history else stamp for history, at, stamp, _ in told]
        rows.account_received = [at if history else stamp for history, at, _, stamp in told]


def enqueue(
    landing: Landing, rows: Rows, queues: Queues, news: Sequence[bool], told: Collection[tuple[int, bool]]
) -> None:
    """Make due whom there are ``news`` of; ``told`` are accounts that got facts, or whose people did anything, and
    whether those are history.

    What an account is told makes its leads due as well, but ends no lead's baseline: nothing happened to the lead.
    """
    places = set(compress(zip(rows.leads, rows.accounts, rows.is_history, strict=True), news))
    alone = {(account, history) for lead, account, history in places if not lead and account}
    _enqueue(landing, queues.accounts, alone | set(told), ends_baseline=True)
    about = {(lead, history) for lead, _, history in places if lead}
    _enqueue(landing, queues.leads, about, ends_baseline=True)
    if queues.colleagues:
        of_account: dict[int, list[bool]] = {}
        for account, history in told:
            of_account.setdefault(account, []).append(history)
        theirs = {(lead, h) for lead, account in queues.colleagues.items() for h in of_account.get(account, ())}
        _enqueue(landing, queues.leads, theirs - about, ends_baseline=False)


def _enqueue(landing: Landing, queued: Queued, told: Iterable[tuple[int, bool]], *, ends_baseline: bool) -> None:
    """Write the moments of subjects: (id, whether it is history), live ones first."""
    stamps = queued.stamps(landing.now)
    start = landing.live_from
    live = {i: max(stamps[i], start) for i, history in sorted(told) if not history}
    queued.enqueue(live, ends_baseline=ends_baseline)
    past = {i: start if queued.folded(i) is None else stamps[i] for i, history in sorted(told) if history}
    queued.enqueue(past, ends_baseline=False)
