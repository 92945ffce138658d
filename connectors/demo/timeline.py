"""When each record of the fake vendor's systems can be had, stream by stream; used by feed.py to page through them.

Only places are kept (when, whose, which), a few dozen bytes a record: the records are written again when they are asked
for, so that a hundred thousand leads need no more memory than two thousand.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from connectors.demo import ledgers
from connectors.demo.journeys import journey
from connectors.demo.pen import Said
from connectors.demo.world import World
from penstock.records import Record, Unreadable

# Few, since each is a transaction of its own in every run: the CRM gives accounts, people and deals, the site what
# people do there and the yes or no to mail below its forms.
STREAMS = ("crm", "partner-lists", "events", "web")
MICROS_A_DAY = 86_400_000_000


class Place(NamedTuple):
    """Where a record stands: its moment in microseconds from day one, whose book it is in, the line there."""

    micros: int
    book: str
    line: int


class Shelfmark(NamedTuple):
    """One stream's records in order, and for each the day it falls on."""

    places: tuple[Place, ...]
    first_of_day: dict[int, int]


@lru_cache(maxsize=8)
def timeline(world: World) -> dict[str, Shelfmark]:
    """Return the places of all records, stream by stream, in the order in which they can be had."""
    found: dict[str, list[Place]] = defaultdict(list)
    for book in _books(world):
        for line, said in enumerate(_read(world, book)):
            found[said.stream].append(Place(_micros(world, said.seen), book, line))
    return {stream: _shelfmark(sorted(found[stream])) for stream in STREAMS}


def _books(world: World) -> list[str]:
    counts = (("A", ledgers.account_count(world)), ("X", ledgers.broken_count(world)), ("P", world.leads))
    return [f"{kind}{number}" for kind, count in counts for number in range(count)]


def _read(world: World, book: str) -> list[Said]:
    write = {"A": ledgers.account, "X": ledgers.broken, "P": journey}[book[0]]
    return write(world, int(book[1:]))


_read_again = lru_cache(maxsize=4096)(_read)


def record_at(world: World, place: Place) -> Record | Unreadable:
    """Return the record that stands at a place."""
    return _read_again(world, place.book)[place.line].record


def _shelfmark(places: list[Place]) -> Shelfmark:
    first: dict[int, int] = {}
    for position, place in enumerate(places):
        first.setdefault(place.micros // MICROS_A_DAY, position)
    return Shelfmark(tuple(places), first)


def _micros(world: World, at: datetime) -> int:
    since = at - world.day_one
    return since.days * MICROS_A_DAY + since.seconds * 1_000_000 + since.microseconds


def position_after(world: World, stream: str, cursor: str | None) -> int:
    """Return where a stream goes on after a cursor ``day:index``; raises ValueError for what is none."""
    if cursor is None:
        return 0
    day, index = map(int, cursor.split(":"))
    return timeline(world)[stream].first_of_day[day] + index + 1


def position_at(world: World, stream: str, now: datetime) -> int:
    """Return how many records of a stream can be had at ``now``."""
    return bisect_right(timeline(world)[stream].places, _micros(world, now), key=lambda place: place.micros)


def cursor_at(world: World, stream: str, position: int) -> str:
    """Return the cursor of the record at a position: its day, and its index within that day."""
    mark = timeline(world)[stream]
    day = mark.places[position].micros // MICROS_A_DAY
    return f"{day}:{position - mark.first_of_day[day]}"
