"""Ingest: land what a feed has, page by page, each page with its cursor in one transaction.

Called by the ingest and pipeline flows, by simulate, and by tests. Two runs of one feed give the same rows as one: a
page lands only on the cursor that it was pulled from, and the run that comes second pulls again from where the first
has got to.
"""

from __future__ import annotations

import gc
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from penstock.errors import FeedError
from penstock.mail.keyring import Keyring
from penstock.operations.insist import Begin
from penstock.operations.land import Landed, Run, land_once, land_page
from penstock.ports import Feed
from penstock.records import Page
from penstock.store.engine import Sessions
from penstock.store.landing.books import Counts, hold_cursor, move_cursor, read_cursor
from penstock.store.playbooks import read_live
from penstock.store.types import to_micros

log = logging.getLogger(__name__)
OBJECTS_A_LOOK = 200_000
# Places named for each reason; the rest is in quarantine.
MOST_PLACES = 10


@dataclass(frozen=True, slots=True)
class StreamResult:
    """What became of the rows of one stream; ``skipped`` by the name of the rule that skipped them."""

    stream: str
    counts: Counts
    skipped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What a run landed of one feed.

    ``rows = mapped + folded + skipped + quarantined``, ``records = landed + known``: both were checked page by page.
    """

    feed: str
    streams: tuple[StreamResult, ...] = ()
    rows: int = 0
    mapped: int = 0
    folded: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    """Reason → rows."""
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Reason → the first places where it was met."""
    records: int = 0
    landed: int = 0
    known: int = 0
    leads_touched: int = 0
    """Leads of whom anything was learnt that was not known."""
    leads_new: int = 0
    accounts_new: int = 0
    batches: int = 0
    untaken: tuple[str, ...] = ()
    """What lies there and no stream takes, such as a file without a mapping."""
    failed: str = ""
    """What the feed failed of; the pages before it are kept."""


class _Tally:
    """Counts over the pages of one run."""

    def __init__(self) -> None:
        self.streams: dict[str, Counts] = {}
        self.skipped: dict[str, Counter[str]] = {}
        self.quarantined: Counter[str] = Counter()
        self.places: dict[str, list[str]] = {}
        self.new_leads = self.new_accounts = self.batches = 0
        # One byte a lead: a set of a million ids would take 60 MB.
        self._touched = bytearray()

    def add(self, page: Page, landed: Landed) -> None:
        """Count a page that is committed."""
        self.streams[page.stream] = self.streams.get(page.stream, Counts()) + landed.counts
        self.skipped.setdefault(page.stream, Counter()).update(page.skipped)
        for bad in page.unreadable:
            self._quarantine(bad.code, bad.place)
        for lost in landed.lost:
            self._quarantine(lost.code, lost.record.place)
        self.new_leads += landed.new_leads
        self.new_accounts += landed.new_accounts
        self.batches += 1
        self._touch(landed.leads)

    def _quarantine(self, code: str, place: str) -> None:
        self.quarantined[code] += 1
        places = self.places.setdefault(code, [])
        if len(places) < MOST_PLACES and place:
            places.append(place)

    def _touch(self, leads: frozenset[int]) -> None:
        last = max(leads, default=0)
        self._touched.extend(bytes(max(0, last + 1 - len(self._touched))))
        for lead in leads:
            self._touched[lead] = 1

    def result(self, feed: str, untaken: Sequence[str], failed: str) -> IngestResult:
        """Return the sums."""
        total = sum(self.streams.values(), Counts())
        skipped = sum(self.skipped.values(), Counter[str]())
        return IngestResult(
            feed=feed,
            streams=tuple(StreamResult(name, c, dict(self.skipped[name])) for name, c in self.streams.items()),
            rows=total.rows,
            mapped=total.mapped,
            folded=total.folded,
            skipped=dict(skipped),
            quarantined=dict(self.quarantined.most_common()),
            places={code: tuple(places) for code, places in self.places.items()},
            records=total.records,
            landed=total.landed,
            known=total.known,
            leads_touched=sum(self._touched),
            leads_new=self.new_leads,
            accounts_new=self.new_accounts,
            batches=self.batches,
            untaken=tuple(untaken),
            failed=failed,
        )


def run_ingest(
    sessions: Sessions, *, now: datetime, feed: Feed, run: str, keyring: Keyring, live_from: datetime | None = None
) -> IngestResult:
    """Land everything that a feed has after its cursors; returns counts.

    A stream that fails holds back no other, of this feed or another: ``failed`` says why, and the pages before it are
    kept.
    ``live_from`` is the feed's own moment of going live. Raises UsageError when no playbook was adopted.
    """
    tally = _Tally()
    begun = Run(feed.name, run, now, keyring, live_from)
    # Each reason once: a far side that is away fails every stream alike.
    failed: dict[str, None] = {}
    streams: Sequence[str] = ()
    untaken: Sequence[str] = ()
    with _going_on(failed):
        streams = feed.streams()
    with _collecting_rarely(), _transactions(sessions) as begin:
        for stream in streams:
            with _going_on(failed):
                _land_stream(begin, begun, feed, stream, tally)
    with _going_on(failed):
        untaken = feed.untaken()
    result = tally.result(feed.name, untaken, "\n".join(failed))
    log.info("ingest %s: %d rows, %d landed, %d known", feed.name, result.rows, result.landed, result.known)
    return result


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """Have Python look for cycles rarely: a page is some 200,000 tuples without one, and each look goes through them
    all, which took a tenth of the time.
    """
    usual = gc.get_threshold()
    gc.set_threshold(OBJECTS_A_LOOK, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def _going_on(failed: dict[str, None]) -> Iterator[None]:
    """Keep what a feed fails of, and go on."""
    try:
        yield
    except FeedError as error:
        failed[str(error)] = None


@contextmanager
def _transactions(sessions: Sessions) -> Iterator[Begin]:
    """Give what opens a transaction a page; a dry run goes on in one, which is rolled back with it."""
    if not sessions.dry_run:
        yield sessions.write
        return
    with sessions.write() as tx:
        yield lambda: nullcontext(tx)


def _land_stream(begin: Begin, run: Run, feed: Feed, stream: str, tally: _Tally) -> None:
    """Land the pages of a stream, from the cursor on; again from there whenever another run has moved it."""
    while True:
        with begin() as tx:
            cursor = read_cursor(tx, feed.name, stream)
        for page in feed.pull(stream, cursor, now=run.now):
            if (landed := _land_on(begin, run, page, cursor)) is None:
                break
            tally.add(page, landed)
            cursor = page.cursor
        else:
            return
        log.info("ingest %s: another run has moved the cursor of %s, pulling again from there", feed.name, stream)


def _land_on(begin: Begin, run: Run, page: Page, cursor: str | None) -> Landed | None:
    """Land a page with its cursor, or return None where the cursor is no longer the one it was pulled from."""

    def land(tx: Connection) -> Landed | None:
        live = read_live(tx, share=True)
        if hold_cursor(tx, run.feed, page.stream, now=to_micros(run.now)) != cursor:
            return None
        landed = land_page(tx, live, run, page)
        move_cursor(tx, run.feed, page, now=to_micros(run.now))
        return landed

    return land_once(begin, run, land)
