"""The playbook's page for a browser: everything that is agreed, readable, printable, and whole in one file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import sync_playwright

from penstock.playbook.load import load_playbook
from penstock.playbook.load_examples import read_examples
from penstock.playbook.model import Playbook
from penstock.playbook.page import page_of
from penstock.playbook.show import show_playbook
from penstock.playbook.show_promises import Promise, promises
from penstock.web.pages import Pages
from tests.history import playbook

GOOD = Path(__file__).parent / "cases" / "good"
TODAY = date(2026, 3, 2)
AGREED = ["definition abc: Ruth Hollis on 01 Mar 2026", "operations def: nobody yet: `approve`", "    goals changed"]


@pytest.fixture(scope="module")
def starter() -> Iterator[tuple[Playbook, Any]]:
    with as_file(files("templates") / "playbooks" / "components" / "playbook") as folder:
        shown = load_playbook(folder)
        yield shown, read_examples(folder, shown).examples


def html(shown: Playbook, examples: Any = None, agreed: list[str] | None = None) -> str:
    page = page_of(shown, agreed=agreed or AGREED, examples=examples or {}, today=TODAY)
    return Pages().show("playbook", page=page)


def text_of(page: str) -> str:
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_page_says_everything_that_has_an_id_or_a_title(starter: tuple[Playbook, Any]) -> None:
    shown, examples = starter
    said = text_of(html(shown, examples))
    for definition in shown.deciding.definitions.values():
        for rule in (*definition.fit.rules, *definition.intent.all_rules, *definition.tiers):
            assert f" {rule} " in said
        assert all(out.title in said for out in definition.disqualify.values())
    for part in (shown.operations.queues, shown.operations.reasons):
        assert [one.title for one in part.values() if one.title not in said] == []
    assert [one.title for one in examples.values() if one.title.replace("'", "&#39;") not in said] == []


@pytest.mark.parametrize(
    "line",
    [
        "A fit 40; intent 60; one of rfq whoever is in it stays with intent 50",
        "specialists , contact within 4 business hours where region is dach",
        "inside , contact within 4 business hours all others",
        "C nothing gets mails on the interest",
        "Who they are: fit, up to 55",
        "What they did: intent, up to 100",
        "60 did rfq submitted or Asked for a sample rfq high",
        "Speaks against -20 region is neither dach nor nordics abroad",
        "100 % for 30 days, 30 % until 90 days, then nothing times 1.2 by event",
        "never function is student",
        "looked at first country is spelt in a way that the vocabulary does not know",
        "After sales closed a handoff, no new one for 60 days.",
        "Every A lead hears from a specialist within four hours.",
        "US: opt-out; elsewhere: nothing",
    ],
)
def test_page_says_the_rules_in_words(line: str) -> None:
    assert line in text_of(html(load_playbook(GOOD)))


def test_page_is_whole_in_one_file(starter: tuple[Playbook, Any]) -> None:
    page = html(*starter)
    assert re.findall(r"<script|@import|url\(", page) == []
    assert set(re.findall(r"(?:src|href)=\"([^\"]*)\"", page)) == {"data:,"}


def test_page_says_who_agreed_and_what_changed_since() -> None:
    said = text_of(html(load_playbook(GOOD)))
    assert "definition abc: Ruth Hollis on 01 Mar 2026 operations def: nobody yet: approve goals changed" in said


@pytest.mark.parametrize(
    ("review", "said"), [(date(2026, 3, 1), "review was due on 01 Mar 2026"), (TODAY, "due for review on 02 Mar 2026")]
)
def test_page_says_when_the_review_is_due(review: date, said: str) -> None:
    shown = playbook({"definition": "d", "tiers": {"A": {"branch": "none"}}}, goals={"review": review})
    assert said in text_of(html(shown))


def test_words_of_the_playbook_are_no_markup() -> None:
    shown = playbook({"definition": "d", "title": "<b>bold</b> & co", "tiers": {"A": {"branch": "none"}}})
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; co" in html(shown)


ROUTED: dict[str, Any] = {
    "routes": {
        "owned": {"account": "has-owner", "to": "owner"},
        "other-line": {"line": "seals", "to": "two"},
        "not-this": {"tier": {"not": "A"}, "to": "two"},
        "near": {"tier": "A", "region": "dach", "to": "one"},
        "all-a": {"tier": "A", "to": "two"},
        "else": {"to": "one"},
    },
    "queues": {"one": {"title": "The first", "sla": "hot"}, "two": {"sla": "warm"}},
    "sla": {"hot": {"contact": "1h"}, "warm": {"contact": "2 business days"}},
}


def test_leads_of_a_tier_are_promised_to_the_queues_they_may_reach() -> None:
    tiers = {"A": {"branch": "sales"}, "B": {"branch": "sales"}}
    shown = playbook({"definition": "d", "for": {"line": "hydraulics"}, "tiers": tiers}, **ROUTED)
    owner = Promise("the account has an owner", "the account's owner", "contact as soon as their queue promises")
    [definition] = shown.deciding.definitions.values()
    assert list(promises(shown, definition, "A")) == [
        owner,
        Promise("region is dach", "The first", "contact within 1 hour"),
        Promise("", "two", "contact within 2 business days"),
    ]
    assert list(promises(shown, definition, "B")) == [owner, Promise("", "two", "contact within 2 business days")]


def test_exception_that_a_definition_has_not_promises_nothing_under_it() -> None:
    routes = {"customers": {"exception": "customer", "to": "two"}, "else": {"to": "one"}}
    with_it = {"definition": "a", "tiers": {"A": {"branch": "sales"}}, "exceptions": {
        "customer": {"industry": "machinery", "branch": "sales", "title": "Has bought before"}}}  # fmt: skip
    shown = playbook(with_it, {"definition": "b", "tiers": {"A": {"branch": "sales"}}}, **ROUTED | {"routes": routes})
    queues = {name: [one.to for one in promises(shown, d, "A")] for name, d in shown.deciding.definitions.items()}
    assert queues == {"a": ["two", "The first"], "b": ["The first"]}
    said = text_of(html(shown))
    assert "Exceptions, for whoever would be for sales: the first that holds customer Has bought before" in said
    assert "Has bought before (industry is machinery): goes to sales" in said


SEQUENCES = {
    "seals": {"interest": ["seals"], "steps": {"first": {"mail": "m"}}},
    "others": {"steps": {"first": {"mail": "m"}}},
    "not-now": {"title": "After not now", "steps": {"first": {"mail": "m"}}},
}


@pytest.mark.parametrize(
    "line",
    [
        "A  Hot lead: goes to sales    needs nothing",
        "B  gets mails on the interest  needs nothing",
        "source  source is spelt in a way that the vocabulary does not know",
        "seals (seals), for seals",
        "others (others), for every other interest",
        "After not now (not-now), where it is named",
        "mon-fri 08:00-17:00; free on public holidays of DE and 24 Dec 2026",
    ],
)
def test_text_says_what_titles_sources_sequences_and_calendars_say(line: str) -> None:
    calendar = {"zone": "UTC", "hours": {"mon-fri": "08:00-17:00"}, "holidays": "DE", "closed": ["2026-12-24"]}
    tiers = {"A": {"title": "Hot lead", "branch": "sales"}, "B": {"branch": "nurture"}}
    shown = playbook({"definition": "d", "tiers": tiers}, sequences=SEQUENCES, calendars={"home": calendar})
    assert " ".join(line.split()) in " ".join(show_playbook(shown).split())


def test_page_of_text_tells_examples_and_promises(starter: tuple[Playbook, Any]) -> None:
    lines = [line.strip() for line in show_playbook(starter[0], (), starter[1]).splitlines()]
    at = lines.index("A head of engineering with a need, the lead we build this for")
    assert lines[at + 2 : at + 4] == [
        "10 days ago: content downloaded, AZ 160 datasheet", "1 day ago: rfq submitted, line hydraulics",
    ]  # fmt: skip
    assert lines[at + 4].startswith("then Hydraulic cylinders and valves, inbound: tier A, goes to sales, to ")
    assert "A to Inside sales, Augsburg and Leeds, contact within 8 business hours" in lines


@pytest.fixture
def tab(chromium: str) -> Iterator[Tab]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 390, "height": 740})
        browser.close()


@pytest.mark.browser
def test_page_fits_a_phone_and_paper(starter: tuple[Playbook, Any], tab: Tab) -> None:
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.set_content(html(*starter))
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 690, "height": 980})
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate("getComputedStyle(document.body).fontSize") == "11px"
    assert complaints == []
