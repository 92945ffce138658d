"""Explain says when a tier will change by itself, and which one new signal would change it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from penstock.operations.explain import explain, in_words
from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions
from tests.history import DAY, History, playbook

TEAM = {"points": 30, "at_least": 2, "roles": ["engineering", "student"], "within": "30d", "did": "content_downloaded"}
OF_A_TEAM: dict[str, Any] = {
    "definition": "d",
    "intent": {
        "fades": {"90d": "100 %"},
        "rules": {"sheet": {"points": 40, "did": "content_downloaded", "at_most": 40}},
        "people": {"team": TEAM},
    },
    "tiers": {"A": {"needs": {"intent": 70}, "branch": "sales"}, "B": {"needs": {"intent": 20}, "branch": "nurture"}},
}
OF_ACCOUNTS = OF_A_TEAM | {"subject": "account", "intent": OF_A_TEAM["intent"] | {"whose": "people"}}


@pytest.mark.parametrize(("definition", "named"), [(OF_A_TEAM, "1"), (OF_ACCOUNTS, "account:1")])
def test_end_of_what_colleagues_did_is_the_change_that_qualify_makes(
    store: Sessions, now: datetime, definition: dict[str, Any], named: str
) -> None:
    history = History(store, playbook(definition), live_from=now)
    account = history.account("firm", received=now)
    for number, function in enumerate(["engineering", "student", "maintenance"]):
        person = history.lead(f"p{number}", account=account, received=now, function=function)
        history.did(person, "content_downloaded", at=now + number * DAY)
    run_qualify(store, now=now + 3 * DAY)
    found = explain(store, named=named, now=now + 3 * DAY)
    [one] = found.definitions
    # The engineer downloaded first; after his thirty days the student and the fitter are no team.
    assert one.next_change is not None
    assert (one.tier, one.next_change.at, one.next_change.tier) == ("A", now + 30 * DAY, "B")
    assert f"then    tier B (nurture) from {now + 30 * DAY:%d %b %Y %H:%M}" in in_words(found)
    run_qualify(store, now=now + 40 * DAY)
    kind, own = ("account", 1) if "subject" in definition else ("lead", 1)
    mine = [row for row in history.decisions() if (row["subject"], row["subject_id"]) == (kind, own)]
    assert [(row["moment"], row["tier_to"]) for row in mine][-1] == (now + 30 * DAY, "B")


def test_colleague_who_does_it_again_puts_the_end_off(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(OF_A_TEAM), live_from=now)
    account = history.account("firm", received=now)
    for key, function, again in (("jana", "engineering", 20), ("tom", "student", 25)):
        person = history.lead(key, account=account, received=now, function=function)
        history.did(person, "content_downloaded", at=now)
        history.did(person, "content_downloaded", at=now + again * DAY)
    run_qualify(store, now=now + 26 * DAY)
    [one] = explain(store, named="1", now=now + 26 * DAY).definitions
    assert one.next_change is not None
    assert one.next_change.at == now + 50 * DAY


RULES = {
    "form": {"points": 5, "did": "form_submitted", "at_most": 10},
    "sheet": {"points": 20, "did": "content_downloaded", "strength": "medium"},
    "fair": {"points": 10, "did": "badge_scanned", "strength": "medium"},
    "rfq": {"points": 60, "did": "rfq_submitted", "strength": "high"},
}


@pytest.mark.parametrize(
    ("needs", "said"),
    [
        ({"intent": 30}, "intent 30: has 20 (sheet, fair or rfq would do)"),
        ({"intent": 100}, "intent 100: has 20"),
        ({"intent": 60, "all": ["sheet"]}, "intent 60: has 20 (rfq would do)"),
        # A request alone gives the points, but it is no form.
        ({"intent": 60, "all": ["form"]}, "intent 60: has 20; form is missing"),
        ({"intent": 25, "any": ["form", "fair"]},
         "intent 25: has 20; one of form or fair is missing (form or fair would do)"),
        ({"fit": 10, "intent": 60}, "fit 10: has 0; intent 60: has 20"),
        ({"fit": 10}, "fit 10: has 0 (builds would do)"),
        ({"total": 70}, "fit and intent together 70: has 20 (rfq would do)"),
        ({"any": ["rfq", "fair", "form"]}, "one of rfq, fair or form is missing"),
        ({"signals": {"high": 1, "medium": 2}},
         "signals: 1 high or 2 medium: has 0 high, 1 medium (fair or rfq would do)"),
        ({"signals": {"medium": 2, "different": "kinds"}},
         "signals: 2 medium of different kinds: has 1 medium (fair would do)"),
        ({"grades": ["Z1"]}, "grade Z1: has Z2 (rfq would do)"),
        ({"grades": ["Y1", "Y2"]}, "grade Y1 or Y2: has Z2 (builds would do)"),
        ({"all": ["again"]}, "again is missing (2 of form or sheet on the same line within 30 days)"),
        ({"any": ["team"]}, "one of team is missing (2 people of the account within 90 days: did content downloaded)"),
        ({"all": ["again"], "any": ["team", "rfq"]},
         "one of team or rfq is missing; again is missing (2 of form or sheet on the same line within 30 days)"),
    ],
)  # fmt: skip
def test_what_would_do_opens_every_gate_that_is_shut(
    store: Sessions, now: datetime, needs: dict[str, Any], said: str
) -> None:
    grades = {"fit": {"Y": 10, "Z": 0}, "intent": {"1": 70, "2": 20}}
    intent = {
        "rules": RULES,
        "related": {"again": {"points": 1, "of": ["form", "sheet"], "within": "30d", "fades": {"60d": "100 %"}}},
        "people": {"team": {"points": 1, "did": "content_downloaded"}},
    }
    of_both = {"fit": {"rules": {"builds": {"points": 10, "industry": "machinery"}}}, "intent": intent}
    tiers = {"A": {"needs": needs, "branch": "sales"}}
    history = History(store, playbook({"definition": "d", **of_both, "grades": grades, "tiers": tiers}), live_from=now)
    history.did(history.lead("jana", received=now), "content_downloaded", at=now)
    run_qualify(store, now=now)
    [one] = explain(store, named="1", now=now).definitions
    assert one.not_others == (f"not A: {said}",)


def test_evidence_is_told_from_the_oldest_on_and_words_by_what_was_said(store: Sessions, now: datetime) -> None:
    rules = {"form": RULES["form"], "urgent": {"points": 20, "says": "urgent"}}
    definition = {"definition": "d", "intent": {"rules": rules}, "tiers": {"A": {"branch": "none"}}}
    history = History(store, playbook(definition), live_from=now - 9 * DAY)
    lead = history.lead("jana", received=now)
    history.did(lead, "form_submitted", at=now, asset="/contact", text="urgent, please")
    history.did(lead, "form_submitted", at=now - 3 * DAY, received=now, asset="/older")
    run_qualify(store, now=now)
    found = explain(store, named="1", now=now)
    lines = {line.rule: [one.what for one in line.activities] for line in found.definitions[0].intent_rules}
    assert lines == {"form": ["/older", "/contact"], "urgent": ["“urgent, please”"]}


def test_change_behind_many_edges_is_foreseen(store: Sessions, now: datetime) -> None:
    rules = {"page": {"points": 10, "did": "page_viewed", "at_most": 10}}
    intent = {"fades": {"30d": "100 %", "60d": "60 %", "90d": "30 %"}, "rules": rules}
    tiers = {"A": {"needs": {"intent": 1}, "branch": "nurture"}}
    history = History(store, playbook({"definition": "d", "intent": intent, "tiers": tiers}), live_from=now)
    lead = history.lead("jana", received=now)
    for number in range(40):
        history.did(lead, "page_viewed", at=now + number * DAY / 24)
    run_qualify(store, now=now + 2 * DAY)
    [one] = explain(store, named="1", now=now + 2 * DAY).definitions
    assert one.next_change is not None
    assert (one.next_change.at, one.next_change.tier) == (now + 39 * DAY / 24 + 90 * DAY, "")
