"""The feed of kind ``demo``: a vendor with people, companies, fairs, a website and reps, made from a seed.

Made by the registry (``build``) and pulled by ingest like any other. It has months of history before day one, new leads
on every day after it, and reps who answer the handoffs that they saw strictly before ``now``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.demo import reps, timeline
from connectors.demo.world import Options, World
from penstock.errors import FeedError
from penstock.ports import HandoffBoard
from penstock.records import Page, Record, Unreadable

PAGE = 1000


@dataclass(slots=True)
class DemoFeed:
    """A deterministic fake vendor; ``board`` is where its reps see handoffs, None when nobody answers."""

    name: str
    world: World
    board: HandoffBoard | None = None

    def streams(self) -> Sequence[str]:
        """Return the streams: companies before people, people before what they do, answers last."""
        return (*timeline.STREAMS, reps.STREAM)

    def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:
        """Yield the pages of a stream after ``cursor`` that can be had at ``now``."""
        if stream == reps.STREAM:
            yield from self._answers(cursor, now)
        elif stream in timeline.STREAMS:
            yield from self._records(stream, cursor, now)
        else:
            raise FeedError(f'feed {self.name} has no stream "{stream}"; it has {", ".join(self.streams())}')

    def untaken(self) -> Sequence[str]:
        """Return nothing: it takes all that it makes up."""
        return []

    def check(self) -> str:
        """Return what the vendor has; there is nothing to reach."""
        world = self.world
        return f"fake vendor {world.seed}: {world.leads} leads over {world.days} days from {world.start}, no network"

    def reread(self, stream: str, raw: str, place: str) -> Page:
        """Return the record of a place again: nothing can be mended in a made-up vendor, so it is what it was."""
        found = self._places(stream).get(place)
        if found is None:
            return _page(stream, "", [Unreadable(place, "gone", "the fake vendor has no such record", raw, place)])
        return _page(stream, "", [timeline.record_at(self.world, found)])

    def _records(self, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
        world = self.world
        start, end = self._after(stream, cursor), timeline.position_at(world, stream, now)
        for first in range(start, end, PAGE):
            last = min(first + PAGE, end)
            places = timeline.timeline(world)[stream].places[first:last]
            found = [timeline.record_at(world, place) for place in places]
            yield _page(stream, timeline.cursor_at(world, stream, last - 1), found)

    def _after(self, stream: str, cursor: str | None) -> int:
        try:
            return timeline.position_after(self.world, stream, cursor)
        except (ValueError, KeyError) as wrong:
            what = f'feed {self.name}: "{cursor}" is no cursor of stream {stream}'
            raise FeedError(f"{what}; give the feed the options back that it had, or start a new demo") from wrong

    def _answers(self, cursor: str | None, now: datetime) -> Iterator[Page]:
        """Walk all that reps have said by now, by its moment and id; the cursor is both of the last one."""
        if self.board is None:
            return
        told = (move for seen in self.board.seen(now=now) for move in reps.moves(self.world, seen, feed=self.name))
        due = {_mark(record): record for record in told if record.at is not None and record.at <= now}
        fresh = [(mark, due[mark]) for mark in sorted(due) if cursor is None or mark > cursor]
        for first in range(0, len(fresh), PAGE):
            page = fresh[first : first + PAGE]
            yield _page(reps.STREAM, page[-1][0], [record for _, record in page])

    def _places(self, stream: str) -> dict[str, timeline.Place]:
        mark = timeline.timeline(self.world).get(stream)
        places = () if mark is None else mark.places
        return {timeline.record_at(self.world, place).place: place for place in places}


def _mark(said: Record) -> str:
    """Return what orders answers, as text: microseconds since 1970 in twenty figures, then the id."""
    micros = ((said.at or reps.EPOCH) - reps.EPOCH) // timedelta(microseconds=1)
    return f"{micros:020d}|{said.external_id}"


def _page(stream: str, cursor: str, found: Sequence[Record | Unreadable]) -> Page:
    records = [record for record in found if isinstance(record, Record)]
    unreadable = [record for record in found if isinstance(record, Unreadable)]
    return Page(stream, cursor, records, unreadable, read=len(found), name=f"{stream} up to {cursor}")


def build(name: str, options: Options, *, board: HandoffBoard | None = None, **_ports: object) -> DemoFeed:
    """Make the feed; of what the workspace offers it takes the board on which its reps see handoffs."""
    return DemoFeed(name, World(options.seed, options.leads, options.days, options.start), board)
