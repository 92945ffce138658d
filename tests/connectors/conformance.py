"""What every feed must hold to, whatever it reads: a test of a connector calls these with its feed.

``Made`` is a fresh feed over the same source, as the next run of a flow would build it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from penstock.ports import Feed
from penstock.records import Page, Record, Unreadable

Made = Callable[[], Feed]


def pages_of(feed: Feed, stream: str, now: datetime, cursor: str | None = None) -> list[Page]:
    return list(feed.pull(stream, cursor, now=now))


def ids(pages: Sequence[Page]) -> list[str]:
    """Return the external ids in order, those of quarantine among them."""
    return [key for page in pages for key in (*map(_id, page.records), *map(_id, page.unreadable))]


def _id(one: Record | Unreadable) -> str:
    return one.external_id


def passes(made: Made, now: datetime) -> None:
    """Assert the whole suite over each stream of a feed that has at least one record in all."""
    streams = list(made().streams())
    assert len(set(streams)) == len(streams) > 0
    assert sum(len(pages_of(made(), stream, now)) for stream in streams) > 0
    assert made().check()
    for stream in streams:
        pages_reconcile(made, stream, now)
        reading_twice_gives_the_same(made, stream, now)
        each_cursor_gives_exactly_the_rest(made, stream, now)
        the_last_cursor_gives_nothing(made, stream, now)
        records_are_complete(made, stream, now)


def pages_reconcile(made: Made, stream: str, now: datetime) -> None:
    for page in pages_of(made(), stream, now):
        assert page.read == page.mapped_rows + page.folded + sum(page.skipped.values()) + len(page.unreadable), (
            page.name
        )
        assert page.mapped_rows <= len(page.records)
        assert page.stream == stream
        assert page.name


def reading_twice_gives_the_same(made: Made, stream: str, now: datetime) -> None:
    feed = made()
    first, second, third = pages_of(feed, stream, now), pages_of(feed, stream, now), pages_of(made(), stream, now)
    assert first == second == third


def each_cursor_gives_exactly_the_rest(made: Made, stream: str, now: datetime) -> None:
    """Killed behind any page, the next run goes on with the next one: nothing lost, nothing twice."""
    whole = pages_of(made(), stream, now)
    assert len(set(ids(whole))) == len(ids(whole))
    for number, page in enumerate(whole, 1):
        rest = pages_of(made(), stream, now, page.cursor)
        assert ids(rest) == ids(whole[number:]), page.name
        assert [one.cursor for one in rest] == [one.cursor for one in whole[number:]]


def the_last_cursor_gives_nothing(made: Made, stream: str, now: datetime) -> None:
    for page in pages_of(made(), stream, now)[-1:]:
        assert pages_of(made(), stream, now, page.cursor) == []


def records_are_complete(made: Made, stream: str, now: datetime) -> None:
    for page in pages_of(made(), stream, now):
        assert all(one.external_id and one.raw and one.place for one in page.records)
        assert all(one.external_id and one.code and one.detail and one.raw for one in page.unreadable)
        assert all(one.at is None or one.at.utcoffset() is not None for one in page.records)
