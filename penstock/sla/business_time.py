"""Due moments in business time, counted day by day; used where clocks start (clocks.py) and by tests as a measure.

Plain spans are plain time: ``2h`` are two hours at night too. Business hours and minutes count working time only, so a
due moment is the earliest at which that much has passed; at the end of a day it is closing time, not the next morning.

Business days keep the time of day: asked on Tuesday 15:40 for one business day, it is due on Wednesday 15:40. What
starts outside working hours starts with the next opening: Saturday 15:00 counts as Monday 09:00, so one business day is
Tuesday 09:00. Where the day of the due moment does not work at that time, it is moved into that day's working hours: to
the last working moment before it, or to the opening where there is none. Thursday 16:00 becomes Friday 14:00 where
Friday closes at two. A business week is as many business days as the calendar's week has.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from penstock.playbook.values import Span
from penstock.sla.working_time import CalendarError, WorkingTime, instant_of, wall

DAY = timedelta(days=1)
# The longest stretch of free days that is taken for a rest: more than a year without work is a mistake in the calendar.
LONGEST_REST = 400


def due(start: datetime, span: Span, working: WorkingTime) -> datetime:
    """Return the moment at which ``span`` has passed since ``start`` (aware UTC); raises CalendarError."""
    if not span.business:
        return start + span.length
    if span.unit in ("days", "weeks"):
        return _days_later(start, _business_days(span, working), working)
    return _time_later(start, span.length, working)


def before(moment: datetime, span: Span, working: WorkingTime) -> datetime:
    """Return the latest moment from which ``span`` passes until ``moment``: when to warn of a due moment."""
    if not span.business:
        return moment - span.length
    if span.unit in ("days", "weeks"):
        return _days_earlier(moment, _business_days(span, working), working)
    return _time_earlier(moment, span.length, working)


def business_time(start: datetime, end: datetime, working: WorkingTime) -> timedelta:
    """Return the working time between two moments, none where ``end`` comes first."""
    total, day = timedelta(), working.local_day(start) - DAY
    while day <= working.local_day(end):
        spans = ((max(start, opens), min(end, closes)) for opens, closes in working.on(day))
        total += sum((closes - opens for opens, closes in spans if opens < closes), timedelta())
        day += DAY
    return total


def _business_days(span: Span, working: WorkingTime) -> int:
    return span.amount * (working.days_a_week if span.unit == "weeks" else 1)


def _time_later(start: datetime, left: timedelta, working: WorkingTime) -> datetime:
    if not left:
        return start
    for day in _working_days(working, working.local_day(start) - DAY, DAY):
        for opens, closes in working.on(day):
            begins = max(start, opens)
            if closes - begins >= left:
                return begins + left
            left -= max(closes - begins, timedelta())
    raise AssertionError  # pragma: no cover - the days never end


def _time_earlier(moment: datetime, left: timedelta, working: WorkingTime) -> datetime:
    if not left:
        return moment
    for day in _working_days(working, working.local_day(moment), -DAY):
        for opens, closes in reversed(working.on(day)):
            ends = min(moment, closes)
            if ends - opens >= left:
                return ends - left
            left -= max(ends - opens, timedelta())
    raise AssertionError  # pragma: no cover - the days never end


def _days_later(start: datetime, count: int, working: WorkingTime) -> datetime:
    """Go ``count`` working days on from the day whose span holds ``start``, or else opens next."""
    day, counted = _open_from(start, working)
    days = _working_days(working, day, DAY)
    target = next(day for number, day in enumerate(days) if number == count)
    return _same_time(counted, day, target, working) if count else counted


def _days_earlier(moment: datetime, count: int, working: WorkingTime) -> datetime:
    """Go ``count`` working days back from the day whose span holds ``moment``, or else closed last."""
    day, counted = _open_until(moment, working)
    days = _working_days(working, day, -DAY)
    target = next(day for number, day in enumerate(days) if number == count)
    return _same_time(counted, day, target, working) if count else counted


def _open_from(start: datetime, working: WorkingTime) -> tuple[date, datetime]:
    """Return the earliest working moment from ``start`` on, and the day its span belongs to."""
    return next(
        (day, max(start, opens))
        for day in _working_days(working, working.local_day(start) - DAY, DAY)
        for opens, closes in working.on(day)
        if closes > start
    )


def _open_until(moment: datetime, working: WorkingTime) -> tuple[date, datetime]:
    """Return the latest working moment up to ``moment`` (a closing time counts), and the day its span belongs to."""
    return next(
        (day, min(moment, closes))
        for day in _working_days(working, working.local_day(moment), -DAY)
        for opens, closes in reversed(working.on(day))
        if opens < moment
    )


def _same_time(counted: datetime, day: date, target: date, working: WorkingTime) -> datetime:
    """Return the time of day of ``counted`` on another day, moved into that day's working hours."""
    wanted = instant_of(working.zone, wall(working.zone, counted) + (target - day))
    spans = working.on(target)
    reached = [min(wanted, closes) for opens, closes in spans if opens <= wanted]
    return max(reached, default=spans[0][0]).astimezone(UTC)


def _working_days(working: WorkingTime, day: date, step: timedelta) -> Iterator[date]:
    """Yield the days that work, from ``day`` on, without end; raises CalendarError where none comes for over a year."""
    rest = 0
    while rest <= LONGEST_REST:
        if working.works_on(day):
            yield day
            rest = 0
        else:
            rest += 1
        day += step
    raise CalendarError(
        f"the calendar has no working time in the {LONGEST_REST} days before or after {day - step * rest}; "
        "check its hours, holidays and closed days"
    )
