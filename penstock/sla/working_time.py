"""A calendar of the playbook as working spans in UTC, day by day; asked by business_time.py and the playbook's check.

A span belongs to the day on which it begins: the night shift of Friday 22:00-06:00 ends on Saturday, and a holiday on
Friday drops all of it. Spans are given in the calendar's own time and become instants day by day, so both changes of
the clock come out as hours really worked: ``00:00-24:00`` lasts 23 hours in spring and 25 in autumn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from penstock.errors import PenstockError
from penstock.playbook.operations import Calendar

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)
MINUTES_A_DAY = 24 * 60
SECOND = timedelta(seconds=1)
_HOURS = re.compile(r"^\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*$")
_DAYS = re.compile(r"^\s*([a-z]{3})(?:\s*[-–]\s*([a-z]{3}))?\s*$")

Spans = tuple[tuple[int, int], ...]
"""Minutes after local midnight, start and end; an end beyond 1,440 lies on the next day."""
Instants = tuple[tuple[datetime, datetime], ...]


class CalendarError(PenstockError):
    """A calendar that cannot be read, or that has no working time; the message says what to write instead."""

    exit_code = 3


class WorkingTime:
    """Who works when: spans per weekday in a zone, less the days that are free."""

    def __init__(
        self, zone: ZoneInfo, week: Sequence[Spans], *, is_free: Callable[[date], bool] = lambda _: False
    ) -> None:
        """Take the spans of Monday to Sunday; raises CalendarError when no day has any."""
        if not any(week):
            raise CalendarError("no day of the calendar has working hours; write for example mon-fri: 08:00-17:00")
        self.zone = zone
        self.days_a_week = sum(1 for spans in week if spans)
        self._week = tuple(week)
        self._is_free = is_free
        self._known: dict[date, Instants] = {}

    def local_day(self, moment: datetime) -> date:
        """Return the calendar's own date at a moment."""
        return moment.astimezone(self.zone).date()

    def works_on(self, day: date) -> bool:
        """Whether any working span begins on the day."""
        return bool(self.on(day))

    def on(self, day: date) -> Instants:
        """Return the working spans that begin on a local day, as UTC instants, rising and without overlap."""
        if day not in self._known:
            self._known[day] = self._without(self._instants(day), self._last_end(day - DAY))
        return self._known[day]

    def _last_end(self, day: date) -> datetime | None:
        return max((end for _, end in self._instants(day)), default=None)

    def _instants(self, day: date) -> Instants:
        spans = () if self._is_free(day) else self._week[day.weekday()]
        return tuple((at(self.zone, day, start), at(self.zone, day, end)) for start, end in spans)

    @staticmethod
    def _without(spans: Instants, before: datetime | None) -> Instants:
        """Cut what the night shift of the day before covers already, and what the clock's change left empty."""
        cut = ((start if before is None else max(start, before), end) for start, end in spans)
        return tuple((start, end) for start, end in cut if start < end)


def at(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    """Return the instant of a local time, rising with it through both changes of the clock.

    A time that comes twice in autumn is its first; one that spring leaves out is the moment of the change.
    """
    naive = datetime.combine(day, time()) + timedelta(minutes=minutes)
    return instant_of(zone, naive)


def instant_of(zone: ZoneInfo, naive: datetime) -> datetime:
    """Return the instant of a naive local time, as ``at`` does."""
    first, second = (naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return _change(zone, second, first) if second < first else first


def wall(zone: ZoneInfo, moment: datetime) -> datetime:
    """Return the naive local time of an instant, never falling: the hour that autumn repeats stands still."""
    local = moment.astimezone(zone)
    if not local.fold:
        return local.replace(tzinfo=None)
    before = local.replace(fold=0).utcoffset() or timedelta()
    gained = before - (local.utcoffset() or timedelta())
    return (_change(zone, moment - gained, moment) + before).replace(tzinfo=None)


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """Return the first second in (low, high] at which the zone's offset is no longer that of ``low``."""
    old = low.astimezone(zone).utcoffset()
    while high - low > SECOND:
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0) if middle.replace(microsecond=0) > low else middle
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == old else (low, middle)
    return high.replace(microsecond=0)


def read_calendar(calendar: Calendar) -> WorkingTime:
    """Read a calendar of the playbook; raises CalendarError with what is wrong and what to write."""
    public = _public_holidays(calendar.holidays) if calendar.holidays else None
    closed = frozenset(calendar.closed)
    return WorkingTime(
        _zone(calendar.zone),
        _week(calendar.hours),
        is_free=lambda day: day in closed or (public is not None and day in public),
    )


def round_the_clock() -> WorkingTime:
    """Return the calendar of nobody in particular: every minute, in UTC."""
    return WorkingTime(ZoneInfo("UTC"), (((0, MINUTES_A_DAY),),) * len(WEEKDAYS))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CalendarError(f'zone "{name}" is unknown; write it as Europe/Berlin or UTC') from error


@lru_cache(maxsize=64)
def _public_holidays(code: str) -> holidays.HolidayBase:
    country, _, part = code.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError as error:
        raise CalendarError(
            f'holidays "{code}" are unknown; write a country as DE, or a part of it as DE-BY'
        ) from error


def _week(hours: Mapping[str, str | list[str]]) -> tuple[Spans, ...]:
    week: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
    for days, spans in hours.items():
        for number in _days(days):
            week[number] += [_span(text) for text in ([spans] if isinstance(spans, str) else spans)]
    return tuple(_rising(spans) for spans in week)


def _days(text: str) -> Iterable[int]:
    found = _DAYS.match(str(text).lower())
    first, last = (found[1], found[2] or found[1]) if found else ("", "")
    if first not in WEEKDAYS or last not in WEEKDAYS:
        raise CalendarError(f'"{text}" is no day; write for example mon, or mon-fri')
    start = WEEKDAYS.index(first)
    return [(start + n) % 7 for n in range((WEEKDAYS.index(last) - start) % 7 + 1)]


def _span(text: str) -> tuple[int, int]:
    found = _HOURS.match(str(text))
    start, end = (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, 0)
    if found is None or int(found[2]) > 59 or int(found[4]) > 59 or start >= MINUTES_A_DAY or end > MINUTES_A_DAY:  # noqa: PLR2004 - minutes
        raise CalendarError(f'"{text}" are no working hours; write for example 08:00-17:00')
    if start == end:
        raise CalendarError(f'"{text}" ends as it begins; the whole day is 00:00-24:00')
    return (start, end) if start < end else (start, end + MINUTES_A_DAY)


def _rising(spans: Iterable[tuple[int, int]]) -> Spans:
    """Return the spans of a day in order; raises CalendarError where two overlap."""
    ordered = tuple(sorted(spans))
    if any(end > start for (_, end), (start, _) in pairwise(ordered)):
        raise CalendarError("two spans of working hours on one day overlap; write each hour once")
    return ordered
