"""A board of handoffs for the demo feed's reps, and the feed over it; small enough that tests read it at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from connectors.demo import Options, build
from connectors.demo.feed import DemoFeed
from penstock.records import HandoffSeen, Page, Record

START = date(2026, 1, 5)
SMALL = Options(seed=7, leads=300, days=20, start=START)


@dataclass
class PinnedBoard:
    """Handoffs pinned by a test, seen as the port says: those made strictly before now."""

    pinned: list[HandoffSeen] = field(default_factory=list)

    def pin(self, number: int, created_at: datetime, *, handoff: str = "") -> None:
        key = f"email:p{number}@keller.example" if number % 2 else f"feed:demo:B{number:06d}"
        self.pinned.append(HandoffSeen(handoff or str(number), key, "inside-sales", "felix", "B", created_at))

    def seen(self, *, now: datetime) -> Sequence[HandoffSeen]:
        return [one for one in self.pinned if one.created_at < now]


def feed(options: Options = SMALL, board: PinnedBoard | None = None) -> DemoFeed:
    return build("demo", options, board=board)


def pages(made: DemoFeed, now: datetime, *streams: str) -> list[Page]:
    return [page for stream in streams or made.streams() for page in made.pull(stream, None, now=now)]


def records(made: DemoFeed, now: datetime, *streams: str) -> list[Record]:
    return [record for page in pages(made, now, *streams) for record in page.records]


def end(made: DemoFeed) -> datetime:
    """Return the midnight after the last day."""
    return made.world.day_one + timedelta(days=made.world.days)
