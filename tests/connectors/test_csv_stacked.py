"""Stacked tables: one report, several tables, rejoins folded into one; every row has one fate."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from penstock.errors import FeedError, FileError
from penstock.records import Record
from tests.connectors.drop import Drop

ZOOM = "preset: zoom-attendee\nstream: webinars\nzone: Europe/Berlin\nactivity: {source: webinar, campaign: Spring}\n"
COLUMNS = "Attended,First Name,Last Name,Email,Registration Time,Approval Status,Join Time,Leave Time"
TOP = f"""\
Attendee Report,
Report Generated:,"Apr 09, 2020 8:50 PM"
Topic,Webinar ID,Actual Start Time,# Registered
Seals for presses,123-456,"Mar 28, 2020 8:07 AM",461
Host Details,
Attended,User Name,Email,Join Time
Yes,Host,host@x.example,"Mar 28, 2020 08:07:27"
Attendee Details,
{COLUMNS},Time in Session (minutes),Country/Region Name
"""
JANA = """\
Yes,Jana,Muster,jana@x.example,NA,NA,"Mar 28, 2020 10:00:00","Mar 28, 2020 10:30:00",30,Germany
Yes,Jana,Muster,Jana@x.example,"Mar 27, 2020 09:00:00",approved,"Mar 28, 2020 09:00:00","Mar 28, 2020 09:30:00",31,--
"""
NO_SHOW = 'No,Ben,Noshow,ben@x.example,"Mar 26, 2020 09:00:00",approved,--,--,--,--\n'
BELOW = 'Other Attended,\nUser Name,Join Time\nphone,"Mar 28, 2020 2:20 PM"\n'


def said(record: Record) -> tuple[str, str, str]:
    assert record.happening is not None
    return record.email.lower(), record.happening.kind, record.happening.text


def test_rejoins_are_one_attendance_and_no_shows_stay_registered(drop: Drop) -> None:
    (page,) = drop.map(ZOOM).put(TOP + JANA + NO_SHOW + BELOW).pages()
    assert [said(record) for record in page.records] == [
        ("jana@x.example", "webinar_registered", ""),
        ("jana@x.example", "webinar_attended", "61 minutes"),
        ("ben@x.example", "webinar_registered", ""),
    ]
    assert [record.at for record in page.records[:2]] == [
        datetime(2020, 3, 27, 8, tzinfo=UTC), datetime(2020, 3, 28, 8, tzinfo=UTC)
    ]  # fmt: skip
    assert (page.read, page.mapped_rows, page.folded) == (6, 2, 1)
    assert dict(page.skipped) == {"webinar": 1, "hosts": 1, "without_address": 1}


def test_folded_row_takes_each_cell_from_the_earliest_that_has_it(drop: Drop) -> None:
    record = drop.map(ZOOM).put(TOP + JANA).records()[0]
    assert record.fields == {"first_name": "Jana", "last_name": "Muster", "country": "Germany"}
    assert record.happening is not None
    assert (record.happening.asset, record.happening.source) == ("Seals for presses", "webinar")
    assert record.external_id == "123-456:Mar 28, 2020 8:07 AM:Jana@x.example:registered"
    assert record.place == "a.csv:10"


def test_order_of_rejoins_does_not_matter(drop: Drop) -> None:
    first = drop.map(ZOOM).put(TOP + JANA).records()
    again = drop.put(TOP + "".join(reversed(JANA.splitlines(keepends=True)))).records()
    assert [(one.external_id, one.at, one.fields) for one in first] == [
        (one.external_id, one.at, one.fields) for one in again
    ]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ('Yes,Jana,Muster,jana@x.example,NA,NA,soon,"Mar 28, 2020 10:30:00",30,Germany\n', "bad_date"),
        ('Yes,Jana,Muster,jana@x.example,NA,NA,"Mar 28, 2020 10:00:00",x,many,Germany\n', "bad_number"),
        ("Yes,Jana\n", "columns"),
        ('Yes,"Jana\n', "quotes"),
        ('Yes,Jana,Muster,--,NA,NA,"Mar 28, 2020 10:00:00",x,1,Germany\n', "no_id"),
    ],
)
def test_bad_row_of_a_table_goes_to_quarantine_alone(drop: Drop, row: str, code: str) -> None:
    (page,) = drop.map(ZOOM).put(TOP + row + JANA + NO_SHOW).pages()
    assert [(one.code, one.place) for one in page.unreadable] == [(code, "a.csv:10")]
    assert page.read == page.mapped_rows + page.folded + sum(page.skipped.values()) + 1
    assert len(page.records) == 3


def test_report_of_2026_with_more_columns_and_padded_lines_is_read(drop: Drop) -> None:
    text = (
        "Attendee Report,,,,,,,,,,,,,\nReport generated time,08/09/2026 02:31:08 PM,,,,,,,,,,,,\n"
        "Topic,Webinar ID,Actual Start Time,,,,,,,,,,,\nT,1,08/09/2026 10:00:00 AM,,,,,,,,,,,\n"
        "Attendee Details,,,,,,,,,,,,,\n"
        "Attended,User Name (Original Name),First Name,Last Name,Email,Phone,Registration Time,Approval Status,"
        'Join Time,Leave Time,Time in Session (minutes),Is Guest,"Your ""press"", or none",Country/Region Name\n'
        "Yes,J,Jana,Muster,jana@x.example,+49,08/08/2026 01:00:00 PM,approved,08/09/2026 10:45:00 AM,x,"
        "9,No,one,Germany\n"
    )
    registered, attended = drop.map(ZOOM).put(text).records()
    assert registered.fields["phone"] == "+49"
    assert attended.at == datetime(2026, 8, 9, 8, 45, tzinfo=UTC)


def test_changed_report_is_read_anew_and_an_unchanged_one_is_not(drop: Drop) -> None:
    (before,) = drop.map(ZOOM).put(TOP + JANA).pages()
    assert drop.pages(before.cursor) == []
    (after,) = drop.put(TOP + JANA + NO_SHOW).pages(before.cursor)
    assert {record.external_id for record in before.records} < {record.external_id for record in after.records}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Attendee Report,\n", 'a.csv: no row is "Attendee Details"; correct `marker:`'),
        (TOP.replace(",Email,Reg", ",E-Mail,Reg"), '9: the column "Email" is missing; the nearest one is "E-Mail"'),
        (TOP.replace("Topic,", "Title,") + JANA, 'a.csv:3: the column "Topic" is missing; correct `context:`'),
    ],
)  # fmt: skip
def test_missing_table_or_column_is_told(drop: Drop, text: str, what: str) -> None:
    with pytest.raises(FeedError) as caught:
        drop.map(ZOOM).put(text).feed().check()
    assert what in str(caught.value)


def test_preset_needs_a_zone(drop: Drop) -> None:
    with pytest.raises(FileError, match=r'mapping\.yaml:1: table "attendees" folds and needs a time zone') as caught:
        drop.map(ZOOM.replace("zone: Europe/Berlin\n", "")).feed()
    assert "add `zone: Europe/Berlin`" in str(caught.value)


def test_folded_payload_can_be_mapped_again(drop: Drop) -> None:
    registered, attended = drop.map(ZOOM).put(TOP + JANA).records()
    page = drop.feed().reread("webinars", attended.raw, attended.place)
    assert list(page.records) == [registered, attended]
