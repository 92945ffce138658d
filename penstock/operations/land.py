"""Landing one page in one transaction: everything its records become. Used by ingest and by quarantine's replay.

The order of the steps is the order of the locks, the same for every landing: live playbook, cursor, accounts, leads,
words, the queue rows of accounts, then of leads, handoffs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress

from sqlalchemy import Connection

from penstock.errors import NotFoundError, UsageError
from penstock.mail.keyring import Keyring
from penstock.operations.answer import close_by_outcome, record_answer, record_contact
from penstock.operations.concerned import ending, touched
from penstock.operations.insist import Begin, T, insist
from penstock.records import Page
from penstock.store.bulk import OvertakenError
from penstock.store.landing.activities import land_activities
from penstock.store.landing.books import Counts, close_batch, count, open_batch, quarantine, rows_lost, settle
from penstock.store.landing.facts import Told, land_facts
from penstock.store.landing.listings import land_listings, listed_accounts
from penstock.store.landing.page import Landing, Rejected, Rows
from penstock.store.landing.projection import project_page
from penstock.store.landing.said import land_consents, land_outcomes, land_suppressions
from penstock.store.landing.sift import sift, storable
from penstock.store.landing.subjects import Cast, find_subjects
from penstock.store.landing.texts import Texts, read_texts
from penstock.store.landing.times import employers, enqueue, lock_queues, set_times
from penstock.store.persons import merges_of
from penstock.store.playbooks import Live
from penstock.store.types import from_micros, to_micros
from penstock.store.words import Words


@dataclass(frozen=True, slots=True)
class Landed:
    """What a page became; ``rejected`` are records that were read, but could not be landed.

    ``lost`` has one of them for each row of which nothing landed.
    """

    counts: Counts
    leads: frozenset[int] = frozenset()
    """Those of whom it brought anything that was not known."""
    new_leads: int = 0
    new_accounts: int = 0
    rejected: tuple[Rejected, ...] = ()
    lost: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """What the pages of one run have in common."""

    feed: str
    run: str
    now: datetime
    keyring: Keyring
    live_from: datetime | None = None
    """The feed's own moment of going live; None: the workspace's."""
    words: Words = field(default_factory=Words)
    from_quarantine: bool = False
    """What is landed is in quarantine already: what is still wrong with it is told there by the caller."""


def land_once(begin: Begin, run: Run, work: Callable[[Connection], T]) -> T:
    """Do the work of one page in a transaction of its own; the words it interned are known to the next one."""
    done = insist(begin, work, forget=run.words.forget)
    run.words.keep()
    return done


def land_page(tx: Connection, live: Live, run: Run, page: Page) -> Landed:
    """Land a page; raises OvertakenError where the page must begin again, FeedError where its counts do not add up."""
    now = to_micros(run.now)
    batch_id = open_batch(tx, run.feed, page, run=run.run, now=now)
    landing = Landing(
        tx=tx,
        live=live,
        feed=run.feed,
        stream=page.stream,
        now=now,
        live_from=to_micros(run.live_from or live.live_from),
        keyring=run.keyring,
        words=run.words,
        batch_id=batch_id,
    )
    rows, rejected = sift(page.records)
    cast = Cast()
    if rows.records:
        cast, refused = _land(landing, rows)
        rejected += refused
    if not run.from_quarantine:
        well = {one.external_id for one in page.records} - {one.record.external_id for one in rejected}
        settle(tx, run.feed, page.stream, now=now, ids=sorted(map(storable, well)))
        quarantine(tx, run.feed, page.stream, now=now, batch_id=batch_id, unreadable=page.unreadable, rejected=rejected)
    lost = rows_lost(page, rows, rejected)
    counts = count(page, rows, rejected, len(lost))
    counts.check(f"feed {run.feed}, stream {page.stream}, {page.name or page.cursor}")
    close_batch(tx, batch_id, counts, page)
    return Landed(
        counts,
        leads=frozenset(compress(rows.leads, rows.news)) - {0},
        new_leads=len(cast.leads.new),
        new_accounts=len(cast.accounts.new),
        rejected=tuple(rejected),
        lost=tuple(lost),
    )


def _land(landing: Landing, rows: Rows) -> tuple[Cast, list[Rejected]]:
    """Write what the rows become; return who they are about, and the records that could not be landed after all."""
    merges = merges_of(landing.tx)
    cast = find_subjects(landing, rows)
    texts = read_texts(landing, rows, cast.leads.matched.added)
    accounts = employers(landing, rows)
    told_of = _accounts_told_of(rows, texts) | listed_accounts(rows)
    queues = lock_queues(landing, rows, cast, told_of, set(accounts.values()))
    _check_identity(landing, {*rows.leads, *queues.colleagues}, merges)
    set_times(landing, rows, queues)
    activity = land_activities(landing, rows, texts)
    fact, account_fact = _land_facts(landing, rows, texts, cast, activity)
    project_page(landing, rows, texts, cast, queues)
    consent = land_consents(landing, rows)
    closed, without_address = land_suppressions(landing, rows)
    outcome, outcomes = land_outcomes(landing, rows)
    listed, unlisted = land_listings(landing, rows, texts)
    news = _note_landed(rows, cast, acts=(activity, consent, closed, outcome, listed), facts=(fact, account_fact))
    of_accounts = map(any, zip(account_fact, listed, strict=True))
    told = {(a, h) for a, h, new in zip(rows.accounts, rows.is_history, of_accounts, strict=True) if new}
    by_people = zip(rows.leads, rows.is_history, news, strict=True)
    told |= {(accounts[lead], history) for lead, history, new in by_people if new and lead in accounts}
    enqueue(landing, rows, queues, news, told)
    for one in outcomes:
        if one.ahead:
            whose = queues.leads if one.subject == "lead" else queues.accounts
            whose.enqueue({one.subject_id: to_micros(one.received_at)}, ends_baseline=False)
    for one in ending(landing.tx, outcomes):
        close_by_outcome(landing.tx, now=one.received_at, subject=one.subject, subject_id=one.subject_id, kind=one.kind)
    answered, refused = _land_answers(landing, rows, touched(landing, rows, activity))
    rows.landed = [told or new for told, new in zip(rows.landed, answered, strict=True)]
    rows.news = [told or new for told, new in zip(news, answered, strict=True)]
    refused |= {at: NO_ADDRESS for at, lacks in enumerate(without_address) if lacks} | unlisted
    return cast, _take_out(rows, refused)


def _check_identity(landing: Landing, leads: Collection[int], before: Mapping[int, int]) -> None:
    """Begin again where a merge into any of these leads was made or undone while we waited for their locks."""
    after = merges_of(landing.tx)
    if after != before and any(after.get(one) != before.get(one) for one in leads):
        raise OvertakenError("a merge was made or undone meanwhile: identifiers may find somebody else now")


NO_ADDRESS = ("no_address", "closes an address, but neither it nor the lead that it is about has one")


def _accounts_told_of(rows: Rows, texts: Texts) -> set[int]:
    """Return the accounts that the page states facts of."""
    told = (zip(rows.accounts, said.column, strict=True) for said in texts.account.values())
    return {account for pairs in told for account, text in pairs if text}


def _land_facts(
    landing: Landing, rows: Rows, texts: Texts, cast: Cast, activity: Sequence[bool]
) -> tuple[list[bool], list[bool]]:
    of_leads = Told("lead", rows.leads, cast.leads.new, rows.lead_found_by, rows.received, texts.lead)
    of_accounts = Told(
        "account", rows.accounts, cast.accounts.new, rows.account_found_by, rows.account_received, texts.account
    )
    return land_facts(landing, rows, of_leads, activity), land_facts(landing, rows, of_accounts, activity)


def _land_answers(
    landing: Landing, rows: Rows, contacts: Collection[int]
) -> tuple[list[bool], dict[int, tuple[str, str]]]:
    """Record whom sales reached and what it said, in turn, for each stops clocks and moves a handoff of its own.

    Return which rows had a new answer, and the reasons of those that cannot be taken.
    """
    new, refused = [False] * len(rows), {}
    for at, record in enumerate(rows.records):
        if at in contacts:
            record_contact(landing.tx, at=from_micros(rows.said[at]), lead_id=rows.leads[at])
        if (said := record.answer) is None:
            continue
        try:
            done = record_answer(
                landing.tx,
                landing.live,
                now=from_micros(landing.now),
                handoff_id=said.handoff,
                answer=said.answer,
                actor=said.actor,
                reason=said.reason,
                next_step=said.next_step,
                next_on=said.next_on,
                feed=landing.feed,
                external_id=record.external_id,
                said_at=record.at,
                batch_id=landing.batch_id,
            )
        except NotFoundError as error:
            refused[at] = ("no_handoff", str(error))
        except UsageError as error:
            refused[at] = ("bad_answer", str(error))
        else:
            new[at] = done.recorded
    return new, refused


def _note_landed(
    rows: Rows, cast: Cast, *, acts: Sequence[Sequence[bool]], facts: Sequence[Sequence[bool]]
) -> list[bool]:
    """Note which records are new: by the keys of what they say happened, else by their facts or their subject.

    Return which bring any news: those, and the known ones that state a fact not stated before.
    """
    acted, stated = [list(map(any, zip(*told, strict=True))) for told in (acts, facts)]
    rows.landed = acted
    made = {*cast.leads.new, *(-account for account in cast.accounts.new)}
    news = [a or b for a, b in zip(acted, stated, strict=True)]
    for at, record in enumerate(rows.records):
        if record.happening or record.consent or record.outcome or record.answer or record.listed:
            continue
        whom = rows.leads[at] or -rows.accounts[at]
        rows.landed[at] = news[at] = stated[at] or whom in made
        made.discard(whom)
    return news


def _take_out(rows: Rows, refused: Mapping[int, tuple[str, str]]) -> list[Rejected]:
    """Take records out of the count that turned out to say nothing that can be kept; they go to quarantine."""
    for at in sorted(refused, reverse=True):
        del rows.landed[at]
    return [Rejected(rows.records[at], *why) for at, why in sorted(refused.items())]
