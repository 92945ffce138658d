"""Files as they come are read right: encodings, delimiters, headers, quotes, dates; what is not a row is named."""

from __future__ import annotations

import codecs
import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import fsspec
import pytest

from connectors.csv_files.source import WrongFileError
from connectors.registry import build_feed
from penstock.records import Answer, ConsentSaid, Happening, OutcomeSaid
from tests.connectors.drop import HEADER, NOW, PEOPLE, Drop

MUELLER = HEADER + "m@x.example,Müller,Größe & Söhne,2026-01-31\n"


@pytest.mark.parametrize(
    ("raw", "stated"),
    [
        (MUELLER.encode(), ""),
        (codecs.BOM_UTF8 + MUELLER.encode(), ""),
        (codecs.BOM_UTF8 + MUELLER.encode(), "utf-8"),
        (MUELLER.encode("utf-16"), ""),
        (codecs.BOM_UTF16_BE + MUELLER.encode("utf-16-be"), ""),
        (MUELLER.encode("utf-16-le"), "utf-16-le"),
        (MUELLER.encode("windows-1252"), "windows-1252"),
        (MUELLER.replace("\n", "\r\n").encode(), ""),
        (MUELLER.replace("\n", "\r").encode(), ""),
        (MUELLER.rstrip().encode(), ""),
    ],
)
def test_text_is_read_in_its_encoding(drop: Drop, raw: bytes, stated: str) -> None:
    drop.map(PEOPLE + f'encoding: "{stated}"\n').put(raw)
    record = drop.record()
    assert (record.email, record.fields) == ("m@x.example", {"first_name": "Müller", "company": "Größe & Söhne"})


def test_compressed_file_and_any_fsspec_address_are_read(drop: Drop) -> None:
    drop.map(PEOPLE + 'files: "*.gz"\n').put(gzip.compress(MUELLER.encode()), "a.csv.gz")
    assert drop.record().fields["first_name"] == "Müller"
    with fsspec.open("memory://inbox/b.csv", "wb") as file:
        file.write(MUELLER.encode())
    options = {"path": "memory://inbox", "mapping": "mapping.yaml"}
    feed = build_feed("csv", "drop", options, workspace=drop.map(PEOPLE).workspace)
    assert [page.name for page in feed.pull("people", None, now=NOW)] == ["b.csv rows 1-1"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(drop: Drop, delimiter: str) -> None:
    drop.put(MUELLER.replace(",", delimiter))
    assert drop.record().email == "m@x.example"


@pytest.mark.parametrize("head", ["sep=;\n", ""])
def test_excel_hint_names_the_delimiter(drop: Drop, head: str) -> None:
    drop.put(head + MUELLER.replace(",", ";").replace("Söhne", "Söhne, KG"))
    assert drop.record().fields["company"] == "Größe & Söhne, KG"


def test_stated_delimiter_goes_before_what_looks_like_one(drop: Drop) -> None:
    drop.map(PEOPLE + 'delimiter: "^"\n').put(MUELLER.replace(",", "^").replace("Date", "Date"))
    assert drop.record().email == "m@x.example"


@pytest.mark.parametrize(
    ("header", "above"),
    [
        ("2", "Report of 31 January,,,\n"),
        ("{rows: 3, names: 3}", "Report\n\n"),
        ("{rows: 2, names: 1}", ""),
    ],
)
def test_header_of_several_rows(drop: Drop, header: str, above: str) -> None:
    below = "email,text,text,day\n" if "names: 1" in header else ""
    drop.map(PEOPLE + f"header: {header}\n").put(above + HEADER + below + MUELLER.removeprefix(HEADER))
    record = drop.record()
    assert record.email == "m@x.example"
    assert record.place == f"a.csv:{(above + below).count(chr(10)) + 2}"


def test_quoted_line_breaks_and_delimiters_stay_in_their_cell(drop: Drop) -> None:
    drop.put(HEADER + 'm@x.example,"Jana, ""JJ""\nMüller","A\r\nB",2026-01-31\nn@x.example,N,N,2026-01-31\n')
    first, second = drop.records()
    assert first.fields == {"first_name": 'Jana, "JJ"\nMüller', "company": "A\r\nB"}
    assert (first.place, second.place) == ("a.csv:2", "a.csv:5")


def test_repeated_and_unnamed_columns_can_be_named(drop: Drop) -> None:
    drop.map(PEOPLE.replace("first_name: First", 'first_name: "First (2)", title: column 3'))
    drop.put("E-Mail,First,,First,Company,Date,,\nm@x.example,A,Engineer,B,X,2026-01-31,,\n")
    assert drop.record().fields == {"first_name": "B", "title": "Engineer", "company": "X"}


def test_absent_markers_are_nothing(drop: Drop) -> None:
    drop.map(PEOPLE + 'absent: ["--", Select]\n').put(HEADER + "m@x.example,--, Select ,2026-01-31\n")
    assert drop.record().fields == {}


def test_templates_join_columns_and_are_empty_without_any(drop: Drop) -> None:
    drop.map(PEOPLE.replace("first_name: First", 'name: "{First} ({Company})"'))
    drop.put(HEADER + "m@x.example,Jana,X,2026-01-31\nn@x.example,,Y,2026-01-31\no@x.example,,,2026-01-31\n")
    assert [record.fields.get("name") for record in drop.records()] == ["Jana (X)", "(Y)", None]


@pytest.mark.parametrize(
    ("text", "formats", "moment"),
    [
        ("2026-01-31", "", (2026, 1, 30, 23)),
        ("2026-07-31", "", (2026, 7, 30, 22)),
        ("2026-01-31T10:00:00.5Z", "", (2026, 1, 31, 10, 0, 0, 500_000)),
        ("2026-01-31 10:00:00 UTC", "", (2026, 1, 31, 10)),
        ("2026-01-31 10:00+01:00", "", (2026, 1, 31, 9)),
        ("31/01/2026 09:14", "%d/%m/%Y %H:%M", (2026, 1, 31, 8, 14)),
        ("1/2/26", "%d/%m/%y", (2026, 1, 31, 23)),
        ("3/15/2024 2:30 PM", "%m/%d/%Y %I:%M %p", (2024, 3, 15, 13, 30)),
        ("12/05/2024 12:00 a.m.", "%d/%m/%Y %I:%M %p", (2024, 5, 11, 22)),
        ("Mar 28, 2020 09:07:11", "%b %d, %Y %H:%M:%S", (2020, 3, 28, 8, 7, 11)),
        ("28. Sept 2020", "%d. %b %Y", (2020, 9, 27, 22)),
        ("2026-07-31 10:00:00", "%Y-%m-%d %H:%M:%S", (2026, 7, 31, 8)),
        ("2026-7-31  9:00:00", "%Y-%m-%d %H:%M:%S", (2026, 7, 31, 7)),
        ("2026-07-31T10:00:00", "%Y-%m-%dT%H:%M:%S", (2026, 7, 31, 8)),
        ("20200328T090711-0500", "%Y%m%dT%H%M%S%z", (2020, 3, 28, 14, 7, 11)),
    ],
)
def test_dates_are_read_in_their_format_and_zone(drop: Drop, text: str, formats: str, moment: tuple[int, ...]) -> None:
    told = f', formats: ["{formats}"]' if formats else ""
    drop.map(PEOPLE.replace("{column: Date", "{column: Date" + told)).put(HEADER + f'm@x.example,M,X,"{text}"\n')
    assert drop.record().at == datetime(*moment, tzinfo=UTC)  # type: ignore[misc,arg-type] # up to seven parts of a date


# What a calendar lacks, and near to it what is written in another form: a slip in the cell, a slip in the mapping.
MISSING_DATES = [
    ("31.11.2026", "%d.%m.%Y", 'there is no such date as "31.11.2026" in "Date", read as %d.%m.%Y'),
    ("29.2.2027", "%d.%m.%Y", 'there is no such date as "29.2.2027" in "Date", read as %d.%m.%Y'),
    ("11/30/2026", "%d/%m/%Y", 'there is no such date as "11/30/2026" in "Date", read as %d/%m/%Y'),
    ("30 Feb 2026", "%d %b %Y", 'there is no such date as "30 Feb 2026" in "Date", read as %d %b %Y'),
    ("2026-02-30 09:00:00", "%Y-%m-%d %H:%M:%S", 'there is no such date as "2026-02-30 09:00:00" in "Date", read as'),
    ("31.11.2026 09:00", "%d.%m.%Y %H:%M", 'there is no such date as "31.11.2026 09:00" in "Date", read as'),
    ("30.11.2026 25:00", "%d.%m.%Y %H:%M", 'there is no such date as "30.11.2026 25:00" in "Date", read as'),
    ("2026-11-31", "", 'there is no such date as "2026-11-31" in "Date"'),
    ("2026-11-30T24:30Z", "", 'there is no such date as "2026-11-30T24:30Z" in "Date"'),
    ("30.11.26", "%d.%m.%Y", '"30.11.26" in "Date" is not written as %d.%m.%Y'),
    ("31 Mai 2026", "%d %b %Y", '"31 Mai 2026" in "Date" is not written as %d %b %Y'),
    ("20x6-02-30 09:00:00", "%Y-%m-%d %H:%M:%S", '"20x6-02-30 09:00:00" in "Date" is not written as %Y-%m-%d'),
]


@pytest.mark.parametrize(("text", "formats", "says"), MISSING_DATES, ids=[text for text, *_ in MISSING_DATES])
def test_day_that_no_calendar_has_is_told_from_another_form(drop: Drop, text: str, formats: str, says: str) -> None:
    told = f', formats: ["{formats}"]' if formats else ""
    drop.map(PEOPLE.replace("{column: Date", "{column: Date" + told)).put(HEADER + f'm@x.example,M,X,"{text}"\n')
    (bad,) = drop.bad()
    assert bad.code == "bad_date"
    assert bad.detail.startswith(says)


@pytest.mark.parametrize(
    "text", ["2026-W05-6 09:00:00", "2026-02-30 09:00:00", "2026-01-31 09:00+01", "2026-01-31T09:00:00", "2026-01-31"]
)
def test_nothing_but_the_format_is_read(drop: Drop, text: str) -> None:
    drop.map(PEOPLE.replace("{column: Date", '{column: Date, formats: ["%Y-%m-%d %H:%M:%S"]'))
    assert [one.code for one in drop.put(HEADER + f"m@x.example,M,X,{text}\n").bad()] == ["bad_date"]


def test_undated_rows_are_dated_by_arrival_only_where_told(drop: Drop) -> None:
    drop.put(HEADER + "m@x.example,M,X,\n")
    assert [(one.code, one.place) for one in drop.bad()] == [("no_date", "a.csv:2")]
    assert drop.map(PEOPLE.replace("{column: Date}", "{column: Date, optional: true}")).record().at is None


def test_every_part_of_a_record_can_be_mapped(drop: Drop) -> None:
    drop.map("""\
        stream: answers
        zone: Europe/Berlin
        typed: true
        columns: {email: Mail, person_id: Id, company_id: Account, source: Origin}
        constants: {country: DE}
        at: {column: On, formats: "%d.%m.%Y"}
        activity: {kind: "{What}", kinds: {Demo: demo_requested, "*": form_submitted}, campaign: Fair, asset: "{Page}"}
        consent: {purpose: nurture, granted: "{Opt-in}", wording: You may write to me., date: "{On}"}
        outcome: {kind: "{Stage}", kinds: {Closed: won, Open: null}, value: "{Sum}", decimal: ",", currency: EUR}
        answer: {handoff: "{Handoff}", answer: accepted, actor: "{Rep}", next_step: Call, next_on: "{Next}"}
        """)
    drop.put(
        "Mail,Id,Account,Origin,On,What,Page,Opt-in,Stage,Sum,Handoff,Rep,Next\n"
        'm@x.example,7,A1,fair,31.01.2026,Demo,/p,Ja,Closed,"1.234,50 €",h1,Kim,01.02.2026\n'
    )
    record, berlin_midnight = drop.record(), datetime(2026, 1, 30, 23, tzinfo=UTC)
    assert (record.email, record.person_id, record.company_id, record.typed) == ("m@x.example", "7", "A1", True)
    assert record.fields == {"country": "DE"}
    assert record.happening == Happening("demo_requested", source="fair", campaign="Fair", asset="/p")
    assert record.consent == ConsentSaid(
        "nurture", granted=True, wording="You may write to me.", said_at=berlin_midnight
    )
    assert record.outcome == OutcomeSaid("won", 1_234_500, "EUR")
    assert record.answer == Answer("h1", "accepted", "Kim", next_step="Call", next_on=date(2026, 2, 1))


def test_consent_not_asked_for_is_none_and_constants_hold_for_all(drop: Drop) -> None:
    drop.map(PEOPLE + 'consent: {purpose: nurture, granted: "{Company}", wording: W, date: 2026-01-05}\n')
    drop.put(HEADER + "m@x.example,M,,2026-01-31\nn@x.example,N,no,2026-01-31\n")
    first, second = drop.records()
    assert first.consent is None
    assert second.consent == ConsentSaid("nurture", False, "W", datetime(2026, 1, 4, 23, tzinfo=UTC))


def test_rows_are_left_out_by_name(drop: Drop) -> None:
    drop.map(PEOPLE + "skip:\n  totals: {column: E-Mail, is: Total}\n  ours: {column: E-Mail, matches: '@ours\\.'}\n")
    drop.put(HEADER + "m@x.example,M,X,2026-01-31\n\nk@ours.example,K,X,2026-01-31\n,,,\nTotal,1\n")
    (page,) = drop.pages()
    assert dict(page.skipped) == {"blank": 2, "ours": 1, "totals": 1}
    assert (page.read, page.mapped_rows) == (5, 1)


def test_one_row_can_be_several_records_or_none(drop: Drop) -> None:
    drop.map("""\
        stream: deals
        zone: UTC
        columns: {company: Account}
        records:
          - external_id: "{Id}:opened"
            at: {column: Opened}
            activity: {kind: opportunity_opened}
            when: {column: Opened, absent: false}
          - external_id: "{Id}:won"
            at: {column: Closed}
            outcome: {kind: won}
            when: {column: Stage, is: Won}
        """)
    drop.put(
        "Id,Account,Opened,Closed,Stage\n1,A,2026-01-01,2026-02-01,Won\n2,A,2026-01-02,,Open\n3,A,,,Lost\n4,,2026-01-03,,Open\n"
    )
    (page,) = drop.pages()
    assert [record.external_id for record in page.records] == ["1:opened", "1:won", "2:opened"]
    assert (page.read, page.mapped_rows, dict(page.skipped)) == (4, 2, {"no_record": 1})
    assert [(one.external_id, one.code) for one in page.unreadable] == [("4:opened", "no_subject")]


@pytest.mark.parametrize(
    ("row", "code", "says"),
    [
        ("m@x.example\n", "columns", "has 1 cell where the header has 4"),
        ("m@x.example,M\n", "columns", "has 2 cells where the header has 4"),
        ("m@x.example,M,X,2026-01-31,more\n", "columns", "has 5 cells where the header has 4"),
        ("m@x.example,M,X,soon\n", "bad_date", '"soon" in "Date" is not written as ISO 8601'),
        ("m@x.example,M,X,2026-02-30\n", "bad_date", '"2026-02-30"'),
        ("m@x.example,M\0,X,2026-01-31\n", "nul", "NUL byte"),
        ('m@x.example,"M,X,2026-01-31\n', "quotes", "the quotes do not pair"),
        ('m@x.example,"M"x,X,2026-01-31\n', "quotes", "the quotes do not pair"),
        (",M,X,2026-01-31\n", "required", '"E-Mail" is empty'),
        ("m@x.example,,X,2026-01-31\n", "no_id", '"{E-Mail}:{First}" is empty in part'),
    ],
)
def test_a_bad_row_goes_to_quarantine_and_the_others_are_mapped(drop: Drop, row: str, code: str, says: str) -> None:
    drop.map(PEOPLE + 'external_id: "{E-Mail}:{First}"\nrequire: E-Mail\n')
    drop.put(HEADER + "a@x.example,A,X,2026-01-01\n" + row + "b@x.example,B,X,2026-01-01\n")
    (page,) = drop.pages()
    assert [record.email for record in page.records] == ["a@x.example", "b@x.example"]
    assert [(one.code, one.place) for one in page.unreadable] == [(code, "a.csv:3")]
    assert says in page.unreadable[0].detail
    assert page.unreadable[0].external_id


def test_byte_that_the_stated_encoding_lacks_breaks_its_row_only(drop: Drop) -> None:
    drop.map(PEOPLE + "encoding: utf-8\n")
    drop.put(HEADER.encode() + b"a@x.example,M\xfcller,X,2026-01-01\nb@x.example,B,X,2026-01-01\n")
    (page,) = drop.pages()
    assert [(one.code, one.place) for one in page.unreadable] == [("encoding", "a.csv:2")]
    assert "0xFC" in page.unreadable[0].detail
    assert len(page.records) == 1


def test_payload_is_the_row_with_its_columns(drop: Drop) -> None:
    drop.put('E-Mail,First,Company,"50% ""off"""\nm@x.example,M\\,"X\nY",2026-01-31\n')
    drop.map(PEOPLE.replace("column: Date", "column: '50% \"off\"'"))
    assert (
        drop.record().raw == '{"E-Mail":"m@x.example","First":"M\\\\","Company":"X\\nY","50% \\"off\\"":"2026-01-31"}'
    )


def test_hidden_other_and_empty_files_are_passed_over(drop: Drop, tmp_path: Path) -> None:
    drop.put(MUELLER).put("", "empty.csv").put(HEADER, "header.csv").put("x", "readme.txt").put("x", ".upload.csv").put(
        "x", "old/b.csv"
    )
    assert [page.name for page in drop.pages()] == ["a.csv rows 1-1"]
    assert drop.feed().check() == "inbox can be read; people: 3 files; no mapping takes readme.txt."
    assert [page.name for page in drop.pages(path="inbox/a*.csv")] == ["a.csv rows 1-1"]


def test_check_names_the_rows_that_would_go_to_quarantine(drop: Drop) -> None:
    drop.put(MUELLER + "m@x.example,Müller,Größe & Söhne,soon\n" * 4)
    told = drop.feed().check()
    assert told.startswith("inbox can be read; people: 1 file (4 rows would go to quarantine: a.csv:3 ")
    assert "soon" in told
    assert told.count("a.csv:") == 4


def test_check_reads_on_to_the_first_letter_that_the_encoding_has_not(drop: Drop) -> None:
    drop.put(
        (HEADER + "m@x.example,Moll,Moll KG,2026-01-31\n" * 30_000 + MUELLER[len(HEADER) :]).encode("windows-1252")
    )
    with pytest.raises(WrongFileError, match="encoding: windows-1252"):
        drop.feed().check()
