"""Ids for records whose source gives none: the hash of what was mapped, and the count among equals.

Used by connectors for files. Equal records of two files that overlap get equal ids, whatever file or row they stand in;
two equal rows in one file are two records.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing, contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.records import Record

# ASCII escapes: which letters Python leaves as they are changes with its Unicode tables, a hash must not.
_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), sort_keys=True, default=str).encode


def digest(text: str) -> str:
    """Return 32 hex digits for a text (128 bits: no two records of one feed will ever meet)."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def fingerprint(record: Record) -> str:
    """Return the hash of what a record says: everything but its id, its payload and its place."""
    return digest(_encode(_said(record)))


def _said(record: Record) -> list[Any]:
    happening, consent = record.happening, record.consent
    answer, outcome = record.answer, record.outcome
    return [
        None if record.at is None else record.at.isoformat(),
        record.email, record.person_id, record.company_id, dict(record.fields), record.typed,
        happening and [
            happening.kind, happening.channel, happening.source, happening.campaign, happening.asset,
            happening.line, happening.text,
        ],
        consent and [consent.purpose, consent.granted, consent.wording, consent.said_at],
        answer and [
            answer.handoff, answer.answer, answer.actor, answer.reason, answer.next_step, answer.next_on,
        ],
        outcome and [outcome.kind, outcome.value, outcome.currency],
    ]  # fmt: skip


class Equals:
    """Counts equal hashes of one file in a private SQLite file, so that memory stays flat whatever the file's size."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._connection.executescript(
            # Nothing here outlives the run, so nothing is synced; 16 MB of cache are 400,000 hashes.
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000;"
            "CREATE TABLE seen (digest BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID",
        )

    def number(self, digests: Iterable[str]) -> list[int]:
        """Return for each hash how many equal ones there are up to it, from 1, those of earlier calls among them."""
        wanted = list(digests)
        times = {key: self._times(key) for key in set(wanted)}
        numbers = []
        for key in wanted:
            times[key] += 1
            numbers.append(times[key])
        self._connection.executemany(
            "INSERT OR REPLACE INTO seen VALUES (?, ?)", ((bytes.fromhex(key), count) for key, count in times.items())
        )
        return numbers

    def _times(self, key: str) -> int:
        found = self._connection.execute("SELECT times FROM seen WHERE digest = ?", (bytes.fromhex(key),)).fetchone()
        return int(found[0]) if found else 0


@contextmanager
def counting_equals() -> Iterator[Equals]:
    """Open a count for one file and drop it afterwards."""
    # An empty name is a private file that SQLite spills to only when the cache is full, and deletes by itself.
    with closing(sqlite3.connect("", isolation_level=None, check_same_thread=False)) as connection:
        yield Equals(connection)
