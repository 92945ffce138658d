"""The plan of a demo: which days, at which moments the pipeline runs, and what is worth a look afterwards; for the CLI.

The fake vendor's days end within the last seven, and shift by whole weeks: a Monday stays a Monday, and the same
options give the same demo all week.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from penstock.sequence.leading import is_open
from penstock.store.engine import Sessions, table
from penstock.store.tables import Handoff

HANDOFF = table(Handoff)
# A Monday; all weeks are counted from it.
A_MONDAY = date(2024, 1, 1)
# UTC hours at which the pipeline runs: often enough on working days that some warnings are in time (they come an hour
# or two before a promise is due), and few enough that a demo of sixty days takes less than a minute.
WORKDAY = (8, 14)
WEEKEND = (9,)
SATURDAY = 5
# Runs that are real flow runs, from the end; the first run is one too.
FLOW_RUNS = 5


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """A demo of so many leads over so many days from ``start``, a Monday."""

    seed: int
    leads: int
    days: int
    start: date

    @property
    def day_one(self) -> datetime:
        """The midnight from which on the vendor is live; what lies before is history."""
        return datetime.combine(self.start, time(), UTC)

    @property
    def moments(self) -> list[datetime]:
        """When the pipeline runs: at day one for the history, then through the days, and once at their end."""
        days = [self.start + timedelta(days=day) for day in range(self.days)]
        hours = [(day, hour) for day in days for hour in (WEEKEND if day.weekday() >= SATURDAY else WORKDAY)]
        through = [datetime.combine(day, time(hour), UTC) for day, hour in hours]
        return [self.day_one, *through, self.day_one + timedelta(days=self.days)]


def plan_demo(*, today: date, seed: int = 7, leads: int = 2000, days: int = 60) -> DemoPlan:
    """Return the plan whose last day ends at most seven days before ``today`` does."""
    latest = today - timedelta(days=days)
    weeks = (latest - A_MONDAY).days // 7
    return DemoPlan(seed, leads, days, A_MONDAY + timedelta(weeks=weeks))


def penstock_toml(plan: DemoPlan) -> str:
    """Return the settings of a demo's workspace."""
    return f"""\
# A demo: a made-up vendor, whose clock is moved by runs. Mail goes into data/mail and nothing else leaves.
clock = "simulated"
web_address = "http://127.0.0.1:8080"

[feeds.vendor]
kind = "demo"
seed = {plan.seed}
leads = {plan.leads}
days = {plan.days}
start = {plan.start.isoformat()}
live_from = {plan.start.isoformat()}
"""


def worth_a_look(sessions: Sessions) -> int | None:
    """Return a lead to explain: the one that was handed over last and is still open; None where there is none."""
    latest = select(HANDOFF.c.subject_id).where(HANDOFF.c.subject == "lead", is_open())
    with sessions.read() as tx:
        found: int | None = tx.scalar(latest.order_by(HANDOFF.c.created_at.desc(), HANDOFF.c.id.desc()).limit(1))
    return found
