"""Ids for records whose source gives none: the hash of what was mapped, and the count among equals.

Used by connectors for files. Equal records of two files that overlap get equal ids, whatever file or row they stand in;
two equal rows in one file are two records.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import blake2b
from itertools import chain
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.records import Record

# A dict of as many takes 25 MB and serves most files; beyond it, memory stays and SQLite takes over.
KEPT = 200_000


def digest(text: str) -> str:
    """Return 32 hex digits for a text (128 bits: no two records of one feed will ever meet)."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def fingerprint(record: Record) -> str:
    """Return the hash of what a record says: everything but its id, its payload and its place."""
    fields = sorted(record.fields.items())
    said = [
        record.at.isoformat() if record.at else "",
        record.email,
        record.person_id,
        record.company_id,
        str(len(fields)),
        *chain.from_iterable(fields),
        "typed" if record.typed else "",
        *_parts(record),
    ]
    # As JSON texts, so that no value can pass for two; in ASCII, because what Python leaves unescaped may change.
    return digest(",".join(map(encode_basestring_ascii, said)))


def _parts(record: Record) -> Iterator[str]:
    """Yield what happened, was agreed, answered and came of it; nothing for a part that is not there but its mark."""
    if happening := record.happening:
        yield from ("happening", happening.kind, happening.channel, happening.source, happening.campaign)
        yield from (happening.asset, happening.line, happening.text)
    if consent := record.consent:
        yield from ("consent", consent.purpose, str(consent.granted), consent.wording, str(consent.said_at))
    if answer := record.answer:
        yield from ("answer", answer.handoff, answer.answer, answer.actor, answer.reason, answer.next_step)
        yield str(answer.next_on)
    if outcome := record.outcome:
        yield from ("outcome", outcome.kind, str(outcome.value), outcome.currency)


class Equals:
    """Counts equal hashes of one file; beyond ``kept`` of them in a private SQLite file, so that memory stays flat."""

    def __init__(self, connection: sqlite3.Connection, *, kept: int = KEPT) -> None:
        self._connection = connection
        self._kept = kept
        self._times: dict[int, int] = {}
        self._spilt = False

    def number(self, digests: Iterable[str]) -> list[int]:
        """Return for each hash how many equal ones there are up to it, from 1, those of earlier calls among them."""
        # Half of each hash: should two of them meet in one file of 20 million rows (once in 50,000 such files), one
        # record is counted as the second of its kind, and nothing is lost.
        keys = [int(one[:15], 16) for one in digests]
        times = self._times
        if self._spilt:
            times |= self._stored(keys)
        numbers = []
        for key in keys:
            times[key] = number = times.get(key, 0) + 1
            numbers.append(number)
        if self._spilt or len(times) > self._kept:
            self._spill()
        return numbers

    def _stored(self, keys: Sequence[int]) -> dict[int, int]:
        wanted = "[" + ",".join(map(str, keys)) + "]"
        query = "SELECT hash, times FROM seen WHERE hash IN (SELECT value FROM json_each(?))"
        return dict(self._connection.execute(query, (wanted,)))

    def _spill(self) -> None:
        if not self._spilt:
            # Nothing here outlives the run, so nothing is synced; 16 MB of cache whatever the file's size.
            self._connection.executescript(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000;"
                "CREATE TABLE seen (hash INTEGER PRIMARY KEY, times INTEGER NOT NULL)"
            )
            self._spilt = True
        # In order of the key: neighbours stand on one page.
        self._connection.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", sorted(self._times.items()))
        self._times.clear()


@contextmanager
def counting_equals(*, kept: int = KEPT) -> Iterator[Equals]:
    """Open a count for one file and drop it afterwards."""
    # An empty name is a private file that SQLite writes only when its cache is full, and deletes by itself.
    with closing(sqlite3.connect("", check_same_thread=False)) as connection:
        yield Equals(connection, kept=kept)
