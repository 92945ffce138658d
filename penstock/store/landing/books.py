"""The books of a landing: cursor, batch and quarantine. Used by the ingest and quarantine operations."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, select, update

from penstock.errors import FeedError
from penstock.records import Page, Unreadable
from penstock.store.bulk import bulk_insert, bulk_update
from penstock.store.engine import table
from penstock.store.landing.page import Rejected, Rows
from penstock.store.landing.sift import storable
from penstock.store.statements import among, insert_or_ignore
from penstock.store.tables import Batch, Cursor, Quarantine
from penstock.store.types import from_micros

BATCH, CURSOR, QUARANTINE = table(Batch), table(Cursor), table(Quarantine)


def read_cursor(tx: Connection, feed: str, stream: str) -> str | None:
    """Return where to resume a stream, None for its beginning."""
    mine = (CURSOR.c.feed == feed, CURSOR.c.stream == stream)
    return tx.execute(select(CURSOR.c.position).where(*mine)).scalar_one_or_none() or None


def hold_cursor(tx: Connection, feed: str, stream: str, *, now: int) -> str | None:
    """Return the cursor, locked until the transaction ends: of two runs of a feed one waits here for the other."""
    insert_or_ignore(tx, CURSOR, [{"feed": feed, "stream": stream, "position": "", "moved_at": now}])
    mine = (CURSOR.c.feed == feed, CURSOR.c.stream == stream)
    return tx.execute(select(CURSOR.c.position).where(*mine).with_for_update()).scalar_one() or None


def move_cursor(tx: Connection, feed: str, page: Page, *, now: int) -> None:
    """Move the cursor past a page, in the transaction that stores it."""
    mine = (CURSOR.c.feed == feed, CURSOR.c.stream == page.stream)
    tx.execute(update(CURSOR).where(*mine).values(position=page.cursor, moved_at=now))


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the rows of a page (or of several), and of their records; both add up, or ``check`` refuses."""

    rows: int = 0
    mapped: int = 0
    """Rows that became at least one record that landed or was known."""
    folded: int = 0
    skipped: int = 0
    quarantined: int = 0
    """Rows that could not be read, or of which no record could be landed."""
    records: int = 0
    """Records of the mapped rows."""
    landed: int = 0
    known: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Return the sums."""
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def check(self, where: str) -> None:
        """Raise FeedError where something was lost or counted twice."""
        parts = self.mapped + self.folded + self.skipped + self.quarantined
        if self.rows != parts or self.records != self.landed + self.known:
            raise FeedError(
                f"{where}: the counts do not add up ({self}), so its connector lost or invented something;"
                " nothing of this page was kept"
            )


def rows_lost(page: Page, rows: Rows, rejected: Sequence[Rejected]) -> list[Rejected]:
    """Return one rejected record for each row of which none could be landed."""
    if page.mapped is None:
        return list(rejected)
    refused = set(map(id, (one.record for one in rejected)))
    kept = {record.place for record in rows.records if id(record) not in refused}
    lost = {one.record.place or one.record.external_id: one for one in rejected if one.record.place not in kept}
    return list(lost.values())


def count(page: Page, rows: Rows, rejected: Sequence[Rejected], lost: int) -> Counts:
    """Return what became of a page; ``lost`` rows have all their records among the rejected."""
    landed = sum(rows.landed)
    return Counts(
        rows=page.read,
        mapped=page.mapped_rows - lost,
        folded=page.folded,
        skipped=sum(page.skipped.values()),
        quarantined=len(page.unreadable) + lost,
        records=len(page.records) - len(rejected),
        landed=landed,
        known=len(rows.landed) - landed,
    )


def open_batch(tx: Connection, feed: str, page: Page, *, run: str, now: int) -> int:
    """Write the batch that the rows of a page carry; its counts come with ``close_batch``."""
    row = {"feed": feed, "stream": page.stream, "run": run, "page": storable(page.name), "at": now}
    return int(tx.execute(insert(BATCH).returning(BATCH.c.id), row).scalar_one())


def close_batch(tx: Connection, batch_id: int, counts: Counts, page: Page) -> None:
    """Write what became of the rows of a page."""
    skipped_by = json.dumps(dict(page.skipped), sort_keys=True, ensure_ascii=False)
    values: dict[str, Any] = {
        "rows": counts.rows, "mapped": counts.mapped, "folded": counts.folded, "skipped": counts.skipped,
        "skipped_by": skipped_by, "quarantined": counts.quarantined, "landed": counts.landed, "known": counts.known,
    }  # fmt: skip
    tx.execute(update(BATCH).where(BATCH.c.id == batch_id).values(values))


def quarantine(
    tx: Connection,
    feed: str,
    stream: str,
    *,
    now: int,
    batch_id: int,
    unreadable: Sequence[Unreadable],
    rejected: Sequence[Rejected],
) -> None:
    """Keep what could not be landed, once for each key; one that is there already gets the reason of today."""
    found = [*unreadable, *(_unreadable(one) for one in rejected)]
    if not found:
        return
    keyed = {_key(one): one for one in found}
    columns = {
        "external_id": list(keyed),
        "error": [one.code for one in keyed.values()],
        "detail": [storable(one.detail) for one in keyed.values()],
        "place": [storable(one.place) for one in keyed.values()],
        "record": [storable(one.raw) for one in keyed.values()],
    }
    same = {"feed": feed, "stream": stream, "seen_at": now, "batch_id": batch_id}
    if bulk_insert(tx, QUARANTINE, columns, same=same) < len(keyed):
        key = {"feed": feed, "stream": stream, "external_id": columns.pop("external_id")}
        _reopen(tx, feed, stream, dict(zip(keyed, columns["record"], strict=True)))
        bulk_update(tx, QUARANTINE, key, {**columns, "replayed_at": [None] * len(keyed)})


def waits() -> ColumnElement[bool]:
    """Return whether a record in quarantine waits: it has not landed, and nobody said that it is dealt with."""
    return and_(QUARANTINE.c.replayed_at.is_(None), QUARANTINE.c.resolved_at.is_(None))


def _reopen(tx: Connection, feed: str, stream: str, record_by_key: dict[str, str]) -> None:
    """Let records wait again that were dealt with, where they say something else now and are still wrong.

    What is read as it was (a file that came once more) stays dealt with: nobody wants to say so every day.
    """
    q = QUARANTINE.c
    mine = (q.feed == feed, q.stream == stream, q.resolved_at.is_not(None))
    done = tx.execute(select(q.id, q.external_id, q.record).where(*mine, among(tx, q.external_id, list(record_by_key))))
    if changed := [row.id for row in done if row.record != record_by_key[row.external_id]]:
        tx.execute(update(QUARANTINE).where(among(tx, q.id, changed)).values(resolved_at=None))


def settle(tx: Connection, feed: str, stream: str, *, now: int, ids: Collection[str]) -> None:
    """Take out of quarantine what was read well since, by the ids of the records: a row mended where it came from.

    Most streams have nothing there, and are asked no more than that.
    """
    q = QUARANTINE.c
    waiting = (q.feed == feed, q.stream == stream, q.replayed_at.is_(None))
    if ids and tx.scalar(select(exists(select(1).where(*waiting)))):
        mended = update(QUARANTINE).where(*waiting, among(tx, q.external_id, ids))
        tx.execute(mended.values(replayed_at=from_micros(now)))


def _unreadable(one: Rejected) -> Unreadable:
    record = one.record
    return Unreadable(record.external_id, one.code, one.detail, record.raw, record.place)


def _key(one: Unreadable) -> str:
    """Return what a record is known by in quarantine; one without an id by its content and place."""
    text = one.external_id or blake2b(f"{one.place}\n{one.raw}".encode("utf-8", "replace"), digest_size=16).hexdigest()
    return storable(text)
