"""The cursor: grown files are read on, changed ones anew, and nothing is read into memory whole."""

from __future__ import annotations

import tracemalloc
from datetime import datetime

import pytest

from penstock.errors import FeedError
from tests.connectors.conformance import ids
from tests.connectors.drop import HEADER, PEOPLE, Drop

WITH_IDS = PEOPLE + 'external_id: "{E-Mail}"\n'
BOTH = pytest.mark.parametrize("mapping", [PEOPLE, WITH_IDS], ids=["hashed", "with ids"])


def rows(first: int, last: int) -> str:
    return "".join(f"p{n}@x.example,P,X,2026-01-01\n" for n in range(first, last))


@BOTH
def test_grown_file_is_read_on_from_the_row_reached(drop: Drop, mapping: str) -> None:
    (before,) = drop.map(mapping).put(HEADER + rows(0, 5)).pages()
    (page,) = drop.add(rows(5, 8)).pages(before.cursor)
    assert (page.name, page.read) == ("a.csv rows 6-8", 3)
    assert [record.place for record in page.records] == ["a.csv:7", "a.csv:8", "a.csv:9"]


@BOTH
def test_changed_beginning_is_read_anew_with_the_same_ids(drop: Drop, mapping: str) -> None:
    (before,) = drop.map(mapping).put(HEADER + rows(0, 5)).pages()
    (page,) = drop.put(HEADER + rows(1, 6)).pages(before.cursor)
    assert page.read == 5
    assert set(ids([page])) - set(ids([before])) == {ids([page])[-1]}


@BOTH
def test_line_that_was_half_written_is_read_again_whole(drop: Drop, mapping: str) -> None:
    (before,) = drop.map(mapping).put(HEADER + rows(0, 2) + "p2@x.example,P,Fir").pages()
    assert [one.code for one in before.unreadable] == ["columns"]
    (page,) = drop.add("ma,2026-01-01\n" + rows(3, 4)).pages(before.cursor)
    assert (page.read, len(page.unreadable), page.records[2].fields["company"]) == (4, 0, "Firma")


def test_equal_rows_that_are_added_count_on(drop: Drop) -> None:
    (before,) = drop.put(HEADER + rows(0, 2) + rows(0, 1) + "bad\n").pages()
    (page,) = drop.add(rows(0, 1) + "bad\n").pages(before.cursor)
    assert [key.rpartition(":")[2] for key in ids([before]) + ids([page])] == ["1", "1", "2", "1", "3", "2"]


def test_new_files_are_read_and_forgotten_ones_leave_the_cursor(drop: Drop) -> None:
    (before,) = drop.put(HEADER + rows(0, 2)).pages()
    (page,) = drop.put(HEADER + rows(2, 4), "b.csv").pages(before.cursor)
    assert page.name == "b.csv rows 1-2"
    assert '"a.csv"' in page.cursor
    (drop.workspace / "inbox" / "a.csv").unlink()
    (page,) = drop.put(HEADER + rows(4, 5), "c.csv").pages(page.cursor)
    assert '"a.csv"' not in page.cursor


def test_unchanged_folder_gives_no_page(drop: Drop) -> None:
    pages = drop.put(HEADER + rows(0, 5)).put(HEADER + rows(3, 9), "b.csv").pages(page=2)
    assert drop.pages(pages[-1].cursor, page=2) == []
    assert drop.pages(pages[-1].cursor, page=3) == []


def test_cursor_of_another_connector_is_refused_and_of_another_shape_starts_anew(drop: Drop, now: datetime) -> None:
    drop.put(HEADER + rows(0, 2))
    for cursor in ("17", "after:9"):
        with pytest.raises(FeedError, match="cursor of feed drop cannot be read"):
            drop.pages(cursor)
    assert [page.read for page in drop.pages('{"a.csv": {"offset": 3}}')] == [2]


def test_memory_stays_flat_as_the_file_grows(drop: Drop, now: datetime) -> None:
    peaks = []
    for count in (4_000, 40_000):
        drop.put(HEADER + rows(0, count))
        tracemalloc.start()
        assert sum(page.read for page in drop.feed(page=500).pull("people", None, now=now)) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # The hashes of 36,000 rows, 100 bytes each, until SQLite takes over; of the rows themselves nothing stays.
    assert peaks[1] - peaks[0] < 36_000 * 150
