"""What one fake vendor is made from: the options of the feed, read and checked; every other module here takes it.

A world is a value: the same seed, leads, days and start give the same people, records and answers, whenever and however
often they are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from pydantic import BaseModel, ConfigDict, Field

HISTORY_DAYS = 120  # long enough that the first activities have aged out of a 90-day window at day one


class Options(BaseModel):
    """What `penstock.toml` says of a feed of kind ``demo``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(default=7, ge=0)
    leads: int = Field(default=2000, ge=1)
    days: int = Field(default=60, ge=1)
    start: date = date(2026, 1, 5)
    """Day one: what lies before it is history."""


@dataclass(frozen=True, slots=True)
class World:
    """A fake vendor: its seed, how many leads, over how many days, from which day on."""

    seed: int
    leads: int
    days: int
    start: date

    @property
    def day_one(self) -> datetime:
        """Return the midnight (UTC) that day one begins with; what lies before it is history."""
        return datetime.combine(self.start, time(), UTC)

    @property
    def pace(self) -> float:
        """Return how fast deals go: a short demo must see some of them through too."""
        return min(1.0, max(0.3, self.days / 60))

    def at(self, day: float) -> datetime:
        """Return the instant ``day`` days after day one, in whole seconds."""
        return self.day_one + timedelta(seconds=int(day * 86_400))

    def dice(self, *about: object) -> Random:
        """Return randomness that depends on the seed and on what it is about, and on nothing else."""
        return Random(":".join(map(str, (self.seed, *about))))
