"""Quarantine: what could not be read and why, and trying again once that was mended. Used by `penstock quarantine`.

Nothing is ever deleted here: a record that landed in the end keeps its row, with the moment it succeeded; one that a
person dealt with otherwise (``penstock.operations.resolve``) keeps it with who said so and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, update

from penstock.errors import FeedError, NotFoundError
from penstock.mail.keyring import Keyring
from penstock.operations.land import Run, land_once, land_page
from penstock.ports import Feed
from penstock.records import Page, Record
from penstock.store.bulk import bulk_update
from penstock.store.engine import Sessions, table
from penstock.store.landing import books
from penstock.store.landing.sift import storable
from penstock.store.playbooks import read_live
from penstock.store.statements import among, chunks
from penstock.store.tables import Quarantine

QUARANTINE = table(Quarantine)
MOST_AT_ONCE = 1_000
NOTHING = "nothing waits in quarantine"


@dataclass(frozen=True, slots=True)
class QuarantineLine:
    """One record in quarantine; ``record`` is the payload as it came."""

    quarantine_id: int
    feed: str
    stream: str
    external_id: str
    seen_at: datetime
    error: str
    detail: str
    place: str
    record: str
    replayed_at: datetime | None
    resolved_at: datetime | None = None
    resolved_by: str = ""
    resolution: str = ""

    @property
    def waits(self) -> bool:
        """Whether it has neither landed nor been dealt with by a person."""
        return self.replayed_at is None and self.resolved_at is None


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What a replay did: how many were tried, how many landed, and why the others still cannot be read."""

    tried: int = 0
    replayed: int = 0
    still: dict[str, int] = field(default_factory=dict)
    """Reason → records."""
    failed: dict[str, str] = field(default_factory=dict)
    """Feed → why it could not even be asked."""
    before: list[QuarantineLine] = field(default_factory=list)
    """Those named that had landed before: nothing of them waits."""


def list_quarantine(
    sessions: Sessions,
    *,
    feed: str | None = None,
    error: str | None = None,
    replayed: bool = False,
    resolved: bool = False,
    most: int | None = None,
) -> list[QuarantineLine]:
    """Return what waits in quarantine, the oldest first; instead with ``replayed`` what landed in the end, with
    ``resolved`` what a person dealt with.
    """
    q = QUARANTINE.c
    state = q.replayed_at.is_not(None) if replayed else dealt_with() if resolved else books.waits()
    wanted = [state]
    wanted += [column == value for column, value in ((q.feed, feed), (q.error, error)) if value is not None]
    with sessions.read() as tx:
        return [_line(row) for row in tx.execute(select(QUARANTINE).where(*wanted).order_by(q.id).limit(most))]


def dealt_with() -> ColumnElement[bool]:
    """Return whether a person dealt with a record otherwise; what landed after all did so by itself."""
    return and_(QUARANTINE.c.replayed_at.is_(None), QUARANTINE.c.resolved_at.is_not(None))


def show_quarantine(sessions: Sessions, quarantine_id: int) -> QuarantineLine:
    """Return one record in quarantine; raises NotFoundError."""
    with sessions.read() as tx:
        return read_lines(tx, [quarantine_id])[0]


def _line(row: Any) -> QuarantineLine:  # noqa: ANN401 - a row
    names = [one.name for one in fields(QuarantineLine)]
    return QuarantineLine(row.id, *(getattr(row, name) for name in names if name != "quarantine_id"))


def replay_quarantine(
    sessions: Sessions,
    *,
    now: datetime,
    feed_by_name: Mapping[str, Feed],
    run: str,
    keyring: Keyring,
    ids: Collection[int] | None = None,
    live_from: Mapping[str, datetime] | None = None,
) -> ReplayResult:
    """Read records in quarantine again and land those that can be read now (``ids`` None: all that wait).

    Those named are tried also where a person had dealt with them otherwise. ``live_from`` holds the feeds' own moments
    of going live. Raises NotFoundError for an id that does not exist.
    """
    with sessions.read() as tx:
        found = _waiting(tx) if ids is None else read_lines(tx, ids)
    waiting = [line for line in found if line.replayed_at is None]
    before = [line for line in found if line.replayed_at is not None]
    tally = _Tally()
    for name, stream in sorted({(line.feed, line.stream) for line in waiting}):
        mine = [line for line in waiting if (line.feed, line.stream) == (name, stream)]
        begun = Run(name, run, now, keyring, (live_from or {}).get(name), from_quarantine=True)
        try:
            _replay(sessions, begun, feed_by_name, mine, tally)
        except FeedError as error:
            tally.failed[name] = str(error)
    return ReplayResult(len(waiting), tally.replayed, dict(tally.still.most_common()), tally.failed, before)


class _Tally:
    def __init__(self) -> None:
        self.replayed = 0
        self.still: Counter[str] = Counter()
        self.failed: dict[str, str] = {}


def _waiting(tx: Connection) -> list[QuarantineLine]:
    return [_line(row) for row in tx.execute(select(QUARANTINE).where(books.waits()).order_by(QUARANTINE.c.id))]


def read_lines(tx: Connection, ids: Collection[int]) -> list[QuarantineLine]:
    """Return the records named, by id; raises NotFoundError for one that does not exist."""
    named = select(QUARANTINE).where(among(tx, QUARANTINE.c.id, ids)).order_by(QUARANTINE.c.id)
    lines = [_line(row) for row in tx.execute(named)]
    if unknown := sorted(set(ids) - {line.quarantine_id for line in lines}):
        raise NotFoundError(f"there is nothing in quarantine under {unknown[0]}; `penstock quarantine list` shows it")
    return lines


def _replay(
    sessions: Sessions, run: Run, feeds: Mapping[str, Feed], lines: Sequence[QuarantineLine], tally: _Tally
) -> None:
    if (feed := feeds.get(run.feed)) is None:
        raise FeedError(f'penstock.toml has no feed "{run.feed}" any more; add it again to replay its records')
    for some in chunks(lines, MOST_AT_ONCE):
        pages = [feed.reread(line.stream, line.record, line.place) for line in some]
        wrong = land_once(sessions.write, run, lambda tx, some=some, pages=pages: _land(tx, run, some, pages))  # type: ignore[misc] # bound now
        tally.still.update(code for code, _ in wrong.values())
        tally.replayed += len(some) - len(wrong)


Wrong = dict[int, tuple[str, str]]
"""Place in the chunk → reason and detail of what still cannot be landed."""


def _land(tx: Connection, run: Run, lines: Sequence[QuarantineLine], pages: Sequence[Page]) -> Wrong:
    """Land what could be read as one page, and tell of each line how it went."""
    wrong: Wrong = {at: why for at, page in enumerate(pages) if (why := _why_not(page))}
    good = [page for at, page in enumerate(pages) if at not in wrong]
    if good:
        landed = land_page(tx, read_live(tx, share=True), run, _together(lines[0].stream, good))
        refused = {id(one.record): (one.code, one.detail) for one in landed.rejected}
        for at, page in enumerate(pages):
            if why := next((refused[id(record)] for record in page.records if id(record) in refused), None):
                wrong[at] = why
    _tell(tx, run.now, [line.quarantine_id for at, line in enumerate(lines) if at not in wrong])
    still = {lines[at].quarantine_id: why for at, why in sorted(wrong.items())}
    columns = {"error": [code for code, _ in still.values()], "detail": [storable(what) for _, what in still.values()]}
    bulk_update(tx, QUARANTINE, {"id": list(still)}, columns)
    return wrong


def _why_not(page: Page) -> tuple[str, str] | None:
    """Return why nothing came of a record that was read again, None where something did."""
    if page.unreadable:
        return page.unreadable[0].code, page.unreadable[0].detail
    if not page.records and not page.folded and not sum(page.skipped.values()):
        return "no_record", "its feed finds no record in it any more"
    return None


def _tell(tx: Connection, now: datetime, ids: Sequence[int]) -> None:
    tx.execute(update(QUARANTINE).where(among(tx, QUARANTINE.c.id, ids)).values(replayed_at=now))


def _together(stream: str, pages: Iterable[Page]) -> Page:
    """Return pages of single records as one, so that a thousand of them land in one go."""
    pages = list(pages)
    records: list[Record] = [record for page in pages for record in page.records]
    skipped = sum((Counter(page.skipped) for page in pages), Counter[str]())
    return Page(
        stream,
        "",
        records,
        read=sum(page.read for page in pages),
        folded=sum(page.folded for page in pages),
        skipped=skipped,
        name="replayed from quarantine",
        mapped=sum(page.mapped_rows for page in pages),
    )
