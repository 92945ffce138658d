"""The fake vendor: the same for the same options, complete at the end of its days, spelt as the starter can read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from connectors.demo import Options, companies, people, texts, words
from connectors.registry import build_feed
from penstock.errors import FeedError, FileError
from penstock.playbook.terms import Terms
from tests.connectors.conformance import ids, pages_of, passes
from tests.connectors.demo_board import SMALL, PinnedBoard, end, feed, pages, records
from tests.starters.catalogue import loaded, operations

OTHER = SMALL.model_copy(update={"seed": 8})


def test_feed_passes_the_suite() -> None:
    board, start = PinnedBoard(), feed().world.day_one
    for number in range(60):
        board.pin(number, start + timedelta(hours=number))
    passes(lambda: feed(board=board), end(feed()))


def test_same_options_give_the_same_records_and_others_others() -> None:
    assert pages(feed(), end(feed())) == pages(feed(), end(feed()))
    assert pages(feed(OTHER), end(feed())) != pages(feed(), end(feed()))


def test_pulling_day_by_day_gives_what_pulling_at_once_gives() -> None:
    made = feed()
    for stream in made.streams():
        cursor, found = None, []
        for hour in range(0, 24 * SMALL.days + 1, 6):
            fresh = pages_of(made, stream, made.world.at(hour / 24), cursor)
            found += ids(fresh)
            cursor = fresh[-1].cursor if fresh else cursor
        assert sorted(found) == sorted(ids(pages_of(made, stream, end(made))))


def test_nothing_is_given_before_its_time() -> None:
    now = feed().world.at(5.5)
    assert all(record.at is not None and record.at <= now for record in records(feed(), now))


@pytest.mark.parametrize("options", [SMALL, Options()], ids=["20 days", "60 days"])
def test_nearly_all_leads_have_come_at_the_end_and_each_does_a_dozen_things(options: Options) -> None:
    found = records(feed(options), end(feed(options)))
    who = {record.external_id[:6] for record in found if record.external_id[0] == "0"}
    assert 0.95 * options.leads <= len(who) <= options.leads
    assert 9 * options.leads < len(found) < 15 * options.leads


def test_months_lie_before_day_one() -> None:
    made = feed()
    days = [(record.at - made.world.day_one).days for record in records(made, made.world.day_one) if record.at]
    assert min(days) < -90
    assert len({record.email for record in records(made, made.world.day_one)}) > SMALL.leads / 5


def test_four_in_five_consent_with_wording_and_date() -> None:
    asked = [people.person(feed(Options()).world, number) for number in range(2000)]
    assert 0.77 < sum(one.consents for one in asked) / 2000 < 0.83
    said = [record.consent for record in records(feed(), end(feed()), "web") if record.consent]
    assert all(one.wording and one.said_at and one.purpose == "marketing" for one in said)
    assert {one.granted for one in said} == {True, False}


def test_some_have_no_address_some_leave_and_some_rows_are_no_use() -> None:
    found = pages(feed(), end(feed()))
    everybody = [record for page in found for record in page.records]
    assert [r for r in everybody if r.person_id and not r.email and r.happening and r.happening.kind == "badge_scanned"]
    assert {"unsubscribed", "bounced"} <= {r.happening.kind for r in everybody if r.happening}
    assert [r for r in everybody if not (r.email or r.person_id or r.company_id or r.fields)]
    assert {one.code for page in found for one in page.unreadable} == {"bad_date"}


def test_every_address_is_an_example_and_every_company_its_own() -> None:
    world = feed(Options()).world
    firms = [companies.company(world, number) for number in range(companies.company_count(world))]
    assert len({firm.name for firm in firms}) == len({firm.domain for firm in firms}) == len(firms)
    assert all(record.email.endswith((".example", "")) for record in records(feed(), end(feed())))
    assert all(firm.domain.endswith(".example") for firm in firms)


def test_starter_knows_every_spelling_but_the_odd_ones() -> None:
    terms = Terms(loaded("components").playbook.deciding.vocabulary)
    found = records(feed(Options()), end(feed(Options())))
    told = {
        (field, record.fields.get(field, "")) for record in found for field in ("industry", "country", "company_type")
    }
    told |= {
        (field, getattr(record.happening, field))
        for record in found
        for field in ("source", "campaign", "channel", "line")
        if record.happening
    }
    unknown = {word for field, word in told if word and not terms.of(field, word)}
    assert unknown == {*words.ODD_SOURCES, *words.ODD_COUNTRIES}


def test_starter_finds_function_line_and_kind_of_what_people_are_and_read() -> None:
    terms = Terms(loaded("components").playbook.deciding.vocabulary)
    for function, titles in words.TITLES.items():
        for title in (one for listed in titles.values() for one in listed):
            assert ("function", function) in terms.of("title", title), title
    for line, shelf in zip(("hydraulics", "sealing"), texts.SHELVES, strict=True):
        assert all(("line", line) in terms.of("asset", product) for product in shelf.products)
        for asset in (*shelf.datasheets, *shelf.reading, *shelf.tools, *shelf.webinars):
            found = dict(terms.of("asset", asset))
            assert (found["line"], len(terms.of("asset", asset))) == (line, 2), asset


def test_reps_give_reasons_and_accounts_have_owners_that_the_starter_knows() -> None:
    own = operations("components")
    assert set(texts.REASONS) == set(own.reasons)
    names = {name for person in own.people.values() for name in (person.name, *person.spelt)}
    assert set(companies.OWNERS) <= names


@pytest.mark.parametrize(
    ("option", "value"), [("lead", 10), ("leads", 0), ("days", "two"), ("start", "soon"), ("seed", -1)]
)
def test_wrong_option_is_told_with_the_feed_and_the_option(option: str, value: object) -> None:
    with pytest.raises(FileError, match=f'feed "vendor".*{option}'):
        build_feed("demo", "vendor", {option: value})


def test_registry_builds_it_from_settings() -> None:
    made = build_feed("demo", "vendor", {"leads": 10, "start": date(2026, 3, 2)}, workspace=None, board=None)
    assert made.name == "vendor"
    assert made.check() == "fake vendor 7: 10 leads over 60 days from 2026-03-02, no network"


def test_foreign_cursor_and_unknown_stream_are_refused() -> None:
    for stream, cursor in (("web", "soon"), ("web", "99999:0"), ("mails", None)):
        with pytest.raises(FeedError, match=stream):
            list(feed().pull(stream, cursor, now=end(feed())))


def test_quarantined_row_is_found_again_by_its_place() -> None:
    row = next(page for page in pages(feed(), end(feed()), "partner-lists") if page.unreadable).unreadable[0]
    assert feed().reread("partner-lists", row.raw, row.place).unreadable == [row]
    assert feed().reread("partner-lists", "{}", "nowhere").unreadable[0].code == "gone"
