"""An account's place on a target list is read with who made it, and with its first and its last day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from penstock.records import Listed
from tests.connectors.drop import Drop

LISTS = """
stream: lists
zone: Europe/Berlin
columns: {company: Firm}
target_list: {list: "{List}", origin: "{By}", from: "{From}", until: "{To}"}
"""
HEADER = "Firm,List,By,From,To\n"


@pytest.mark.parametrize(
    ("row", "listed"),
    [
        ("Brunner,Key,sales,,", Listed("Key", "sales")),
        ("Brunner,Key,,2026-03-02,", Listed("Key", "", datetime(2026, 3, 1, 23, tzinfo=UTC))),
        # The last day belongs to it, also the one on which the clocks change.
        ("Brunner,Key,,,2026-03-02", Listed("Key", "", None, datetime(2026, 3, 2, 23, tzinfo=UTC))),
        ("Brunner,Key,,,2026-03-29", Listed("Key", "", None, datetime(2026, 3, 29, 22, tzinfo=UTC))),
        ("Brunner,Key,,,2026-03-02 12:00", Listed("Key", "", None, datetime(2026, 3, 2, 11, tzinfo=UTC))),
    ],
)
def test_place_on_a_list_is_read(drop: Drop, row: str, listed: Listed) -> None:
    record = drop.map(LISTS).put(f"{HEADER}{row}\n").record()
    assert (record.fields["company"], record.listed, record.at) == ("Brunner", listed, None)


def test_row_that_names_no_list_is_left_out_and_counted(drop: Drop) -> None:
    (page,) = drop.map(LISTS).put(f"{HEADER}Brunner,,,,\nKeller,Key,,,\n").pages()
    assert [record.listed for record in page.records] == [Listed("Key")]
    assert page.skipped == {"no_record": 1}


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ("soon,", '"soon" in "{From}" is not written as ISO 8601'),
        ("2026-11-31,", 'there is no such date as "2026-11-31" in "{From}"'),
        (",2026-11-31", 'there is no such date as "2026-11-31" in "{To}"'),
    ],
)
def test_day_that_is_none_goes_to_quarantine(drop: Drop, days: str, says: str) -> None:
    (bad,) = drop.map(LISTS).put(f"{HEADER}Brunner,Key,,{days}\n").bad()
    assert bad.code == "bad_date"
    assert bad.detail.startswith(says)


def test_days_are_read_by_formats_of_their_own(drop: Drop) -> None:
    own = LISTS.replace("{list:", '{formats: "%d.%m.%Y", list:')
    record = drop.map(own).put(f"{HEADER}Brunner,Key,,2.3.2026,\n").record()
    assert record.listed == Listed("Key", "", datetime(2026, 3, 1, 23, tzinfo=UTC))
