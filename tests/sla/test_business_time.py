"""Due moments: the named cases that other systems got wrong, and what holds for any calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from penstock.playbook.operations import Calendar
from penstock.playbook.values import Span, read_span
from penstock.sla.business_time import before, business_time, due
from penstock.sla.working_time import CalendarError, WorkingTime, read_calendar, round_the_clock
from tests.sla.calendars import calendar, local

NIGHTS = {"hours": {"mon-fri": "22:00-06:00"}}
ALWAYS = {"hours": {"mon-sun": "00:00-24:00"}}
WITH_LUNCH = {"hours": {"mon-fri": ["13:00-17:00", "08:00-12:00"]}}
SHORT_FRIDAY = {"hours": {"mon-thu": "09:00-18:00", "fri": "09:00-14:00"}}
BAVARIA, BERLIN_CITY = {"holidays": "DE-BY"}, {"holidays": "DE-BE"}
# Week days of 2026: 6 March is a Friday, 2 April the eve of Good Friday.
NAMED: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "within a day": ("2026-03-06 10:00", "4 business hours", "2026-03-06 14:00", {}),
    "Saturday 15:00": ("2026-03-07 15:00", "2 business hours", "2026-03-09 11:00", {}),
    "Sunday 17:45": ("2026-03-08 17:45", "30 business minutes", "2026-03-09 09:30", {}),
    "over the weekend": ("2026-03-06 17:00", "2 business hours", "2026-03-09 10:00", {}),
    "until closing, not until opening": ("2026-03-06 16:00", "2 business hours", "2026-03-06 18:00", {}),
    "eve of a holiday": ("2026-04-02 17:00", "2 business hours", "2026-04-07 10:00", {"holidays": "DE"}),
    "holiday of a part of a country": ("2026-01-05 17:30", "1 business hour", "2026-01-07 09:30", BAVARIA),
    "no holiday in another part": ("2026-01-05 17:30", "1 business hour", "2026-01-06 09:30", BERLIN_CITY),
    "closed day": ("2026-03-05 17:00", "2 business hours", "2026-03-09 10:00", {"closed": ["2026-03-06"]}),
    "lunch": ("2026-03-06 11:30", "1 business hour", "2026-03-06 13:30", WITH_LUNCH),
    "spring forward by night": ("2026-03-28 22:00", "9 business hours", "2026-03-29 08:00", ALWAYS),
    "fall back by night": ("2026-10-24 22:00", "9 business hours", "2026-10-25 06:00", ALWAYS),
    "over the spring weekend": ("2026-03-27 17:00", "2 business hours", "2026-03-30 10:00", {}),
    "night shift": ("2026-03-06 23:00", "9 business hours", "2026-03-10 00:00", NIGHTS),
    "night shift in the small hours": ("2026-03-07 05:00", "2 business hours", "2026-03-09 23:00", NIGHTS),
    "plain hours run by night": ("2026-03-06 17:00", "2h", "2026-03-06 19:00", {}),
    "business day": ("2026-03-05 15:40", "1 business day", "2026-03-06 15:40", {}),
    "business day over the weekend": ("2026-03-06 15:40", "1 business day", "2026-03-09 15:40", {}),
    "business day from a Saturday": ("2026-03-07 15:00", "1 business day", "2026-03-10 09:00", {}),
    "business day after closing": ("2026-03-05 20:00", "1 business day", "2026-03-09 09:00", {}),
    "business day into a short Friday": ("2026-03-05 16:00", "1 business day", "2026-03-06 14:00", SHORT_FRIDAY),
    "business week": ("2026-03-05 15:40", "1 business week", "2026-03-12 15:40", {}),
    "business days over a holiday": ("2026-04-02 10:00", "2 business days", "2026-04-08 10:00", {"holidays": "DE"}),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMED.values(), ids=NAMED)
def test_due_moment_is_the_one_people_expect(case: tuple[str, str, str, dict[str, Any]]) -> None:
    start, span, expected, more = case
    assert due(local(start), read_span(span), calendar(**more)) == local(expected)


def test_team_in_another_zone_answers_in_its_own_hours() -> None:
    asked = local("2026-03-06 16:00", "Europe/Berlin")
    expected = local("2026-03-06 11:00", "America/Chicago")
    assert due(asked, Span(2, "hours", business=True), calendar("America/Chicago")) == expected


def test_round_the_clock_business_time_is_plain_time() -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    working = round_the_clock()
    assert due(start, Span(48, "hours", business=True), working) == start + timedelta(hours=48)
    assert due(start, Span(3, "days", business=True), working) == start + timedelta(days=3)


@pytest.mark.parametrize(
    ("moment", "span", "expected"),
    [
        ("2026-03-09 09:30", "1 business hour before", "2026-03-06 17:30"),
        ("2026-03-09 10:00", "1 business hour before", "2026-03-09 09:00"),
        ("2026-03-08 12:00", "1 business hour before", "2026-03-06 17:00"),
        ("2026-03-09 15:40", "1 business day before", "2026-03-06 15:40"),
        ("2026-03-09 08:00", "1 business day before", "2026-03-05 18:00"),
        ("2026-03-09 09:30", "1h before", "2026-03-09 08:30"),
    ],
)
def test_warning_comes_that_much_before(moment: str, span: str, expected: str) -> None:
    assert before(local(moment), read_span(span), calendar()) == local(expected)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"hours": {}}, "no day of the calendar has working hours"),
        ({"hours": {"mon": []}}, "no day of the calendar has working hours"),
        ({"hours": {"mon-fri": "9 to 5"}}, '"9 to 5" are no working hours'),
        ({"hours": {"mon-fri": "09:00-09:00"}}, "the whole day is 00:00-24:00"),
        ({"hours": {"mon-fri": "09:00-24:30"}}, "are no working hours"),
        ({"hours": {"mon-fri": ["08:00-12:00", "11:00-17:00"]}}, "overlap"),
        ({"hours": {"weekdays": "09:00-17:00"}}, '"weekdays" is no day'),
        ({"zone": "Europe/Entenhausen"}, 'zone "Europe/Entenhausen" is unknown'),
        ({"holidays": "DE-XX"}, 'holidays "DE-XX" are unknown'),
        ({"holidays": "QQ"}, 'holidays "QQ" are unknown'),
    ],
)
def test_calendar_that_cannot_be_read_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(CalendarError, match=message):
        calendar(**more)


@pytest.mark.parametrize("span", [Span(1, "hours", business=True), Span(1, "days", business=True)])
def test_calendar_that_is_always_closed_ends_with_an_error(span: Span) -> None:
    never = WorkingTime(calendar().zone, (((540, 1080),),) * 7, is_free=lambda _: True)
    for count in (due, before):
        with pytest.raises(CalendarError, match="no working time in the 400 days"):
            count(local("2026-03-06 10:00"), span, never)


def test_five_years_of_hours_are_counted_by_days() -> None:
    working = calendar(holidays="DE")
    start = local("2026-03-06 10:00")
    assert business_time(start, due(start, Span(10_000, "hours", business=True), working), working) == timedelta(
        hours=10_000
    )


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@st.composite
def calendars(draw: st.DrawFn) -> WorkingTime:
    """Any calendar: some days, one to three spans each (the last may run into the night), some closed days."""
    hours = {}
    for day in draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True)):
        ends = sorted(draw(st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True)))
        spans = [
            f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in zip(ends[::2], ends[1::2], strict=False)
        ]
        if len(ends) % 2 and ends[-1] < 1440 and ends[0] > 0:
            spans.append(f"{ends[-1] // 60:02}:{ends[-1] % 60:02}-{ends[0] // 60:02}:{ends[0] % 60:02}")
        hours[day] = spans
    closed = draw(st.lists(st.dates(datetime(2026, 3, 20, tzinfo=UTC).date(), datetime(2026, 4, 5, tzinfo=UTC).date())))
    zone = draw(st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]))
    public = draw(st.sampled_from([None, "DE-BY", "US"]))
    return read_calendar(Calendar.model_validate({"zone": zone, "hours": hours, "closed": closed, "holidays": public}))


# Around both changes of the clock, in Berlin, New York and on Lord Howe (where it is half an hour).
MOMENTS = st.one_of(
    *(
        st.datetimes(datetime(*first), datetime(*last), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
        for first, last in [((2026, 3, 5), (2026, 4, 10)), ((2026, 10, 20), (2026, 11, 5))]
    )
)
TIMES = st.integers(0, 6000).map(lambda amount: Span(amount, "minutes", business=True))
DAYS = st.integers(0, 12).map(lambda amount: Span(amount, "days", business=True))


@given(calendars(), MOMENTS, TIMES)
def test_business_time_from_start_to_due_is_the_target(working: WorkingTime, start: datetime, span: Span) -> None:
    end = due(start, span, working)
    assert business_time(start, end, working) == span.length
    assert end >= start


@given(calendars(), MOMENTS, TIMES)
def test_business_time_from_warning_to_due_is_the_target(working: WorkingTime, end: datetime, span: Span) -> None:
    assert business_time(before(end, span, working), end, working) == span.length


@given(calendars(), MOMENTS, MOMENTS, TIMES | DAYS)
def test_what_starts_later_is_never_due_or_warned_of_earlier(
    working: WorkingTime, one: datetime, other: datetime, span: Span
) -> None:
    first, second = sorted((one, other))
    assert due(first, span, working) <= due(second, span, working)
    assert before(first, span, working) <= before(second, span, working)


@given(calendars(), MOMENTS, st.tuples(TIMES, TIMES) | st.tuples(DAYS, DAYS))
def test_more_time_is_never_due_earlier(working: WorkingTime, start: datetime, spans: tuple[Span, Span]) -> None:
    less, more = sorted(spans, key=lambda span: span.amount)
    assert due(start, less, working) <= due(start, more, working)


@given(calendars(), MOMENTS, st.integers(1, 12))
def test_business_days_count_days_that_work(working: WorkingTime, start: datetime, count: int) -> None:
    opening = due(start, Span(0, "days", business=True), working)
    end = due(start, Span(count, "days", business=True), working)
    assert any(opens <= end <= closes for day in _days(opening, end, working) for opens, closes in working.on(day))
    held = [day for day in _days(opening, end, working) if any(a < end and b > opening for a, b in working.on(day))]
    assert count <= len(held) <= count + 1


def _days(first: datetime, last: datetime, working: WorkingTime) -> list[Any]:
    start = working.local_day(first) - timedelta(days=1)
    return [start + timedelta(days=n) for n in range((working.local_day(last) - start).days + 1)]


@given(calendars(), MOMENTS)
def test_calendar_day_is_as_long_as_the_clock_says(working: WorkingTime, moment: datetime) -> None:
    spans = working.on(working.local_day(moment))
    assume(spans)
    assert all(opens < closes for opens, closes in spans)
    assert all(spans[n][1] <= spans[n + 1][0] for n in range(len(spans) - 1))
