"""A quarantined payload is mapped again after its mapping was mended, with the id it would have had in its file."""

from __future__ import annotations

import pytest

from penstock.errors import FeedError
from tests.connectors.drop import HEADER, PEOPLE, Drop

GERMAN = PEOPLE.replace("{column: Date}", '{column: Date, formats: ["%Y-%m-%d", "%d.%m.%Y"]}')


@pytest.mark.parametrize("extra", ["", 'external_id: "{E-Mail}"\n'])
def test_mended_mapping_maps_what_it_could_not(drop: Drop, extra: str) -> None:
    drop.map(PEOPLE + extra).put(HEADER + "a@x.example,A,X,2026-01-01\nm@x.example,M,X,31.01.2026\n")
    (bad,) = drop.bad()
    page = drop.map(GERMAN + extra).feed().reread("people", bad.raw, bad.place)
    assert (page.read, page.mapped_rows, page.cursor) == (1, 1, "")
    assert page.records[0] == drop.records()[1]


def test_equal_rows_keep_their_counts(drop: Drop) -> None:
    drop.put(
        HEADER
        + "m@x.example,M,X,31.01.2026 \n" * 1
        + "a@x.example,A,X,2026-01-01\n"
        + "m@x.example,M,X,31.01.2026\n" * 2
    )
    drop.map(PEOPLE.replace("{column: Date}", '{column: Date, formats: "%Y-%m-%d"}'))
    bad = drop.bad()
    feed = drop.map(GERMAN).feed()
    again = [record for one in bad for record in feed.reread("people", one.raw, one.place).records]
    assert [record.external_id.rpartition(":")[2] for record in again] == ["1", "1", "2"]


@pytest.mark.parametrize(
    ("row", "mapping", "mended"),
    [
        (b"Total;;\n", PEOPLE, PEOPLE + "skip: {totals: {column: E-Mail, is: Total}}\n"),
        (
            b"m@x.example;M\xfcller;X;2026-01-01\n",
            PEOPLE + "encoding: utf-8\n",
            PEOPLE + "encoding: windows-1252\ndelimiter: ;\n",
        ),
    ],
)
def test_row_that_was_none_is_read_once_the_mapping_says_how(drop: Drop, row: bytes, mapping: str, mended: str) -> None:
    (bad,) = drop.map(mapping).put(HEADER.replace(",", ";").encode() + row).bad()
    page = drop.map(mended).feed().reread("people", bad.raw, bad.place)
    assert not page.unreadable
    assert page.read == page.mapped_rows + sum(page.skipped.values()) == 1


@pytest.mark.parametrize(
    ("mapping", "code"),
    [(PEOPLE, "bad_date"), (PEOPLE.replace("First", "Vorname"), "columns"), (PEOPLE + "require: First\n", "bad_date")],
)
def test_what_still_cannot_be_read_says_why(drop: Drop, mapping: str, code: str) -> None:
    (bad,) = drop.put(HEADER + "a@x.example,A,X,2026-01-01\nm@x.example,M,X,31.01.2026\n").bad()[:1]
    page = drop.map(mapping).feed().reread("people", bad.raw, bad.place)
    assert [(one.code, one.place, one.raw) for one in page.unreadable] == [(code, "a.csv:3", bad.raw)]


def test_payload_of_another_feed_or_stream_is_refused(drop: Drop) -> None:
    page = drop.feed().reread("people", "no JSON", "x:1")
    assert [one.code for one in page.unreadable] == ["payload"]
    with pytest.raises(FeedError, match='no stream "others" any more'):
        drop.feed().reread("others", "{}", "x:1")
