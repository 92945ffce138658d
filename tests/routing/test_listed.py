"""Places on target lists are shown in the days in which they were meant."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from penstock.routing.listed import Membership

BERLIN, CHICAGO, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Chicago"), ZoneInfo("Asia/Tokyo")


def on(since: datetime | None, until: datetime | None, *zones: ZoneInfo) -> Membership:
    return Membership("Key", "sales", since, until, frozenset(), frozenset(), zones)


@pytest.mark.parametrize(
    "zone", [BERLIN, CHICAGO, TOKYO, ZoneInfo("Asia/Kolkata"), ZoneInfo("Pacific/Auckland"), ZoneInfo("UTC")]
)
@pytest.mark.parametrize("month", [1, 3, 7, 10])
def test_first_and_last_day_are_those_of_the_zone(zone: ZoneInfo, month: int) -> None:
    since, until = datetime(2026, month, 1, tzinfo=zone), datetime(2026, month + 2, 1, tzinfo=zone)
    # UTC needs no calendar of its own.
    one = on(since.astimezone(UTC), until.astimezone(UTC), *([] if zone.key == "UTC" else [zone]))
    last = {1: date(2026, 2, 28), 3: date(2026, 4, 30), 7: date(2026, 8, 31), 10: date(2026, 11, 30)}
    assert (one.first, one.last) == (date(2026, month, 1), last[month])


@pytest.mark.parametrize("zones", [(BERLIN, CHICAGO), (CHICAGO, BERLIN), (TOKYO, CHICAGO)])
def test_days_are_found_among_several_zones(zones: tuple[ZoneInfo, ...]) -> None:
    one = on(datetime(2026, 3, 1, 6, tzinfo=UTC), datetime(2026, 7, 1, 5, tzinfo=UTC), *zones)
    assert (one.first, one.last) == (date(2026, 3, 1), date(2026, 6, 30))


def test_ends_may_be_open() -> None:
    assert (on(None, None, BERLIN).first, on(None, None, BERLIN).last) == (None, None)
    assert on(datetime(2026, 2, 28, 23, tzinfo=UTC), None, BERLIN).first == date(2026, 3, 1)
    assert on(None, datetime(2026, 2, 28, 23, tzinfo=UTC), BERLIN).last == date(2026, 2, 28)


@pytest.mark.parametrize(
    "moment", [datetime(2026, 3, 2, 11, tzinfo=UTC), datetime(2026, 3, 1, 15, tzinfo=UTC)], ids=["noon", "elsewhere"]
)
def test_moment_at_which_no_day_begins_is_no_day(moment: datetime) -> None:
    one = on(moment, moment, BERLIN, CHICAGO)
    assert (one.first, one.last) == (moment, moment)
