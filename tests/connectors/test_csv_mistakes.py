"""Every mistake in a mapping, a setting or a file is told with its place and what to do; the other files are read."""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.errors import FeedError, FileError, Problem
from tests.connectors.drop import HEADER, PEOPLE, Drop

BASE = PEOPLE.splitlines()


def told(drop: Drop, mapping: str) -> list[Problem]:
    with pytest.raises(FileError) as caught:
        drop.map(mapping).feed()
    assert caught.value.exit_code == 3
    return list(caught.value.problems)


def replaced(line: int, text: str) -> str:
    return "\n".join([*BASE[: line - 1], text, *BASE[line:]]) + "\n"


MAPPINGS = [
    (replaced(3, "colums: {email: E-Mail}"), 3, '"colums" is not known here', 'did you mean "columns"?'),
    (replaced(4, "at: {colum: Date}"), 4, '"colum" is not known here', 'did you mean "column"?'),
    (replaced(1, "steam: people"), 1, '"stream" is missing', "add it"),
    (replaced(1, "stream: My People"), 1, '"stream": string should match pattern', ""),
    (replaced(2, "zone: Europe/Berln"), 2, '"Europe/Berln" is no time zone', "Europe/Berlin or UTC"),
    (replaced(2, "typed: false"), 4, 'the time in "Date" has no zone', "add `zone: Europe/Berlin`"),
    (replaced(4, 'at: {column: Date, formats: "%d/%m"}'), 4, '"%d/%m" lacks day, month or year', "%d.%m.%Y"),
    (replaced(4, 'at: {column: Date, formats: "%d/%m/%Q"}'), 4, '"%Q" in "%d/%m/%Q" is unknown', ""),
    (replaced(4, 'at: {column: Date, formats: ["%d/%m/%y", "%m/%d/%y"]}'), 4, "as different days", "keep one of them"),
    (
        replaced(5, "activity: {kind: form_submited}"),
        5,
        'no activity kind "form_submited"',
        'did you mean "form_submitted"?',
    ),
    (replaced(5, "activity: {channel: web}"), 5, "the activity has no kind", "add `kind:`"),
    (replaced(5, "outcome: {kind: wonn}"), 5, 'there is no outcome "wonn"', 'did you mean "won"?'),
    (replaced(5, 'answer: {handoff: "{H}", answer: acepted}'), 5, 'no answer "acepted"', 'did you mean "accepted"?'),
    (replaced(5, "outcome: {kind: won, decimal: ;}"), 5, '"outcome.decimal"', ""),
    (replaced(5, "target_list: {origin: sales}"), 5, '"target_list.list" is missing', "add it"),
    (replaced(2, 'target_list: {list: A, until: "{E}"}'), 2, "the days have no zone", "add `zone: Europe/Berlin`"),
    (
        replaced(2, "target_list: {list: A, until: 2026-11-31}"),
        2,
        'there is no such date as "2026-11-31"',
        "write for example 2026-01-31",
    ),
    (replaced(2, "target_list: {list: A, from: soon}"), 2, '"soon" is no date', "write for example 2026-01-31"),
    (
        replaced(5, "consent: {purpose: nurture, granted: true, wording: W, date: 2026-02-30}"),
        5,
        'there is no such date as "2026-02-30"',
        "write for example 2026-01-31",
    ),
    (replaced(5, 'external_id: "{Id:{Stage}"'), 5, "a brace without its partner", "write {Column}"),
    (replaced(5, "encoding: latin-99"), 5, '"latin-99" is no encoding', "utf-8"),
    (replaced(5, 'delimiter: "::"'), 5, '"delimiter"', ""),
    (replaced(5, "header: {rows: 2, names: 3}"), 5, "row 3 has the names, but only 2 rows are header", ""),
    (replaced(5, "skip: {total: {column: A, is: x, matches: y}}"), 5, "needs exactly one of is, matches, absent", ""),
    (replaced(5, "skip: {total: {column: A, matches: '(x'}}"), 5, '"(x" is no regular expression', ""),
    (replaced(5, "skip: {total: {column: A, is: true}}"), 5, "true is read as yes or no here", 'put it in "quotes"'),
    (replaced(5, 'records: [{external_id: "{Id}"}, {external_id: "{Id}"}]'), 1, 'have the id "{Id}"', '"{Id}:2"'),
    (
        replaced(5, "records: [{}, {}]\ntables: [{name: a, marker: A}]"),
        5,
        "has tables and records",
        "inside each table",
    ),
    (
        replaced(5, "tables: [{name: a, marker: A}, {name: b, marker: A}]"),
        5,
        'two tables begin with "A"',
        "its own marker",
    ),
    (replaced(5, "preset: zoom-atendee"), 5, 'there is no preset "zoom-atendee"', 'did you mean "zoom-attendee"?'),
    (replaced(3, "typed: true"), 1, "no column says who or what a record is about", "add `columns:`"),
    (replaced(3, "columns: {email: E-Mail"), 3, "a bracket { is not closed", "write {name: value, name: value}"),
    (replaced(3, "stream: again"), 3, "stream stands twice", "keep one of them"),
    (
        replaced(3, "columns: {email: E-Mail: work}"),
        3,
        'the ":" in E-Mail: work asks for quotes',
        'email: "E-Mail: work"',
    ),
    (replaced(5, "\tencoding: utf-8"), 5, "a tab stands where spaces belong", "indent with spaces"),
    (replaced(5, "encoding: @utf"), 5, "@ at the beginning of a value", 'put the value in quotes: "@utf"'),
    (replaced(5, 'encoding: "utf-8'), 5, "a quote is opened and never closed", "close it in the same line"),
    ("- a list\n", 1, "is no mapping", "begin with `stream:`"),
]


@pytest.mark.parametrize(("mapping", "line", "what", "remedy"), MAPPINGS, ids=[what for _, _, what, _ in MAPPINGS])
def test_mistake_in_a_mapping_is_told_with_line_and_remedy(
    drop: Drop, mapping: str, line: int, what: str, remedy: str
) -> None:
    found = [problem for problem in told(drop, mapping) if what in problem.what]
    assert [(problem.file, problem.line) for problem in found] == [("mapping.yaml", line)]
    assert remedy in found[0].remedy


def test_every_mistake_of_every_mapping_is_told_at_once(drop: Drop) -> None:
    drop.map(PEOPLE + "colour: red\nabsents: x\n").map("streem: b\n", "b.yaml")
    with pytest.raises(FileError) as caught:
        drop.feed(mapping=["mapping.yaml", "b.yaml"])
    assert {(one.file, one.line) for one in caught.value.problems} == {
        ("mapping.yaml", 6),
        ("mapping.yaml", 7),
        ("b.yaml", 1),
    }


@pytest.mark.parametrize(
    ("options", "what", "remedy"),
    [
        ({"mapping": "maping.yaml"}, "maping.yaml: there is no such file", 'did you mean "mapping.yaml"?'),
        ({"mapping": "inbox"}, "inbox: has no mapping in it", "add one"),
        ({"mapping": []}, '"mapping"', ""),
        ({"paht": "inbox"}, 'penstock.toml: feed "drop": "paht" is not known here', 'did you mean "path"?'),
        ({"page": 0}, 'feed "drop": "page"', ""),
        ({"mapping": ["mapping.yaml", "mapping.yaml"]}, 'there is another stream "people"', "rename one"),
    ],
)
def test_mistake_in_the_options_is_told(drop: Drop, options: dict[str, object], what: str, remedy: str) -> None:
    with pytest.raises(FileError) as caught:
        drop.feed(**options)
    assert what in str(caught.value)
    assert remedy in str(caught.value)


FILES = [
    (
        b"Email,First,Company,Date\nx,x,x,x\n",
        1,
        'the column "E-Mail" is missing',
        'the nearest one is "Email": write that in mapping.yaml:3',
    ),
    (b"\nE-Mail,First,Company,Date\n", 1, "the header row is empty", "say in the mapping which row has the names"),
    (b"E-Mail;First;Company;When\n", 1, 'the column "Date" is missing', "add it under `optional:`"),
    (b'"E-Mail,First,Company,Date\n', 1, "the quotes do not pair", "mend the line"),
    (
        HEADER.encode() + b"m@x.example,M,X,1/2/26\n",
        2,
        '"1/2/26" in the column "Date" can be more than one day',
        '(or "%m/%d/%Y") beside it in mapping.yaml:4',
    ),
    (
        HEADER.encode() + b"m@x.example,M\xfcller,X,2026-01-01\n",
        2,
        "the byte 0xFC is no UTF-8",
        "`encoding: windows-1252` (or what it is) into mapping.yaml",
    ),
    (HEADER.encode("utf-16-le") * 3, 1, "looks like UTF-16 without a mark", "write `encoding: utf-16-le`"),
    ((HEADER * 2).encode("utf-16")[:-1], 0, "is no utf-16", "is the file whole?"),
]


@pytest.mark.parametrize(("content", "line", "what", "remedy"), FILES, ids=[what for _, _, what, _ in FILES])
def test_file_that_does_not_fit_is_refused_with_place_and_remedy_and_others_are_read(
    drop: Drop, now: datetime, content: bytes, line: int, what: str, remedy: str
) -> None:
    drop.put(content, "bad.csv").put(HEADER + "a@x.example,A,X,2026-01-01\n", "good.csv")
    pulled = drop.feed().pull("people", None, now=now)
    assert [record.place for record in next(pulled).records] == ["good.csv:2"]
    with pytest.raises(FeedError) as caught:
        next(pulled)
    assert isinstance(caught.value, FileError)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("bad.csv", line)
    assert what in problem.what
    assert remedy in problem.remedy


def test_check_finds_what_does_not_fit(drop: Drop) -> None:
    drop.put(b"Email,First,Company,Date\n")
    with pytest.raises(FeedError, match=r'a\.csv:1: the column "E-Mail" is missing'):
        drop.feed().check()


@pytest.mark.parametrize("path", ["outbox", "nofs://inbox", "inbox/none.csv"])
def test_path_that_cannot_be_reached_fails_the_feed(drop: Drop, path: str) -> None:
    with pytest.raises(FeedError, match="cannot be reached"):
        drop.feed(path=path).check()


def test_rows_before_an_undecodable_byte_are_kept_and_reading_goes_on_once_it_is_told(
    drop: Drop, now: datetime
) -> None:
    rows = "".join(f"p{n}@x.example,P,X,2026-01-01\n" for n in range(5))
    drop.put((HEADER + rows).encode() + b"m@x.example,M\xfcller,X,2026-01-01\n")
    pulled = drop.feed(page=2).pull("people", None, now=now)
    pages = [next(pulled) for _ in range(3)]
    with pytest.raises(FeedError, match=r"a\.csv:7: the byte 0xFC"):
        next(pulled)
    assert [page.read for page in pages] == [2, 2, 1]
    drop.map(PEOPLE + "encoding: windows-1252\n")
    (page,) = drop.pages(pages[-1].cursor)
    assert [record.fields["first_name"] for record in page.records] == ["Müller"]


def test_later_ambiguous_date_is_one_bad_row(drop: Drop) -> None:
    drop.put(HEADER + "a@x.example,A,X,2026-01-01\nb@x.example,B,X,1/2/26\n")
    assert [(one.code, one.place) for one in drop.bad()] == [("bad_date", "a.csv:3")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"PK\x03\x04\x14\x00\x06",
            "a.csv:0: is an Excel workbook (or a ZIP archive), no CSV; export it as CSV, or move",
        ),
        (b"%PDF-1.7\n", "is a PDF, no CSV; export it as CSV, or move it away"),
        (b"ab\0,c\n1,2\n", "a.csv:1: the header holds a NUL byte; export the file again, or remove it"),
    ],
)
def test_binary_file_is_refused_with_one_remedy(drop: Drop, content: bytes, said: str) -> None:
    drop.put(content)
    with pytest.raises(FeedError) as caught:
        drop.feed().check()
    assert said.replace(":0", "") in str(caught.value)
    assert str(caught.value).count("export") == 1
