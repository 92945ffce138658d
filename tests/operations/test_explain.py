"""Explain says why, what is missing for the next tier, and what happens by itself; at any moment."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import insert, update

from penstock.errors import NotFoundError
from penstock.operations.explain import UnderDefinition, explain, in_words
from penstock.operations.export import export_table
from penstock.operations.promote import promote_lead
from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions, table
from penstock.store.tables import Account, AccountIdentifier, Identifier
from tests.history import DAY, HYDRAULICS, History, playbook

CALENDARS = {"kiel": {"zone": "Europe/Berlin", "hours": {"mon-fri": "08:00-17:00"}}}


@pytest.fixture
def history(store: Sessions, now: datetime) -> History:
    history = History(store, playbook(HYDRAULICS), live_from=now - 100 * DAY)
    lead = history.lead(
        "jana", received=now, industry="Maschinenbau", employees=820, title="Design Engineer", country="DE",
        first_name="Jana", last_name="Keller", company="Brunner",
    )  # fmt: skip
    with store.write() as tx:
        tx.execute(insert(table(Identifier)), {"kind": "email", "value": "jana@brunner.example", "lead_id": lead})
    for day in range(3):
        history.did(lead, "content_downloaded", at=now + day * DAY, asset="HX-200 datasheet")
    history.did(lead, "webinar_attended", at=now + 3 * DAY, channel="webinar")
    run_qualify(store, now=now + 3 * DAY)
    return history


def test_rules_carry_points_caps_and_the_activities_behind_them(history: History, now: datetime) -> None:
    found = explain(history.store, named="jana@brunner.example", now=now + 3 * DAY)
    [one] = found.definitions
    assert (found.leading, one.tier, one.branch, one.fit, one.intent) == ("hydraulics", "A", "sales", 55, 63.75)
    rules = {line.rule: line for line in one.intent_rules}
    assert (rules["sheet"].faded, rules["sheet"].points, len(rules["sheet"].activities)) == (90, 45, 3)
    assert rules["webinar"].points == 18.75
    assert [(line.rule, line.because) for line in one.fit_rules] == [
        ("industry", "industry Maschinenbau"), ("size", "employees 820"),
        ("role", 'function engineering, from the title "Design Engineer"'),
    ]  # fmt: skip


def test_each_activity_says_until_when_it_counts(history: History, now: datetime) -> None:
    found = explain(history.store, named="1", now=now + 3 * DAY)
    rules = {line.rule: line for line in found.definitions[0].intent_rules}
    assert [one.until - now for one in rules["sheet"].activities] == [90 * DAY, 91 * DAY, 92 * DAY]
    last = now + 92 * DAY
    assert f"HX-200 datasheet, less from {now + 61 * DAY:%d %b}, none from {last:%d %b}" in in_words(found)
    run_qualify(history.store, now=last)
    [gone] = explain(history.store, named="1", now=last).definitions
    assert "sheet" not in {line.rule for line in gone.intent_rules}


def test_group_that_caps_its_rules_says_what_it_takes_off(store: Sessions, now: datetime) -> None:
    intent = {"groups": {"small": {"at_most": 5}}, "rules": {
        "page": {"points": 3, "did": "page_viewed", "group": "small"},
        "form": {"points": 4, "did": "form_submitted", "group": "small"},
    }}  # fmt: skip
    history = History(
        store, playbook({**HYDRAULICS, "intent": intent, "tiers": {"A": {"branch": "none"}}}), live_from=now
    )
    lead = history.lead("jana", received=now)
    for kind in ("page_viewed", "form_submitted"):
        history.did(lead, kind, at=now)
    run_qualify(store, now=now)
    found = explain(store, named=str(lead), now=now)
    [group] = found.definitions[0].groups
    assert (group.points, group.before, group.rules) == (5, 7, ("page", "form"))
    assert "   -2  small              page, form give at most 5 together" in in_words(found)


def test_past_moment_is_explained_by_what_was_known_then(history: History, now: datetime) -> None:
    found = explain(history.store, named="1", now=now + timedelta(hours=1))
    [one] = found.definitions
    assert (one.tier, one.intent, one.branch) == ("C", 30, "nurture")
    assert one.not_others[0].startswith("not A: intent 60: has 30")
    assert "rfq" in one.not_others[0]


def test_change_to_come_is_the_one_that_qualify_makes(history: History, now: datetime) -> None:
    [one] = explain(history.store, named="1", now=now + 3 * DAY).definitions
    assert one.next_change is not None
    run_qualify(history.store, now=now + 200 * DAY)
    after = [row for row in history.decisions() if row["moment"] > now + 3 * DAY]
    assert (one.next_change.at, one.next_change.tier) == (after[0]["moment"], after[0]["tier_to"])


def test_target_list_is_named_and_its_end_foreseen(store: Sessions, now: datetime) -> None:
    fit = {"rules": {"key": {"points": 20, "on_list": {"list": "key", "origin": "sales"}}}}
    tiers = {"A": {"needs": {"fit": 20}, "branch": "nurture"}}
    history = History(store, playbook({"definition": "d", "fit": fit, "tiers": tiers}), live_from=now - DAY)
    account = history.account("firm", received=now, industry="machinery")
    history.lead("jana", account=account, received=now, title="Buyer")
    history.listed(account, "Key accounts", origin="Vertrieb", received=now, since=now - DAY, until=now + 5 * DAY)
    run_qualify(store, now=now)
    found = explain(store, named="1", now=now)
    [one] = found.definitions
    said = "on the list Key accounts (Vertrieb, since 01 Mar 2026 09:00, until 07 Mar 2026 09:00)"
    assert one.fit_rules[0].because == said
    assert one.next_change is not None
    assert (one.next_change.at, one.next_change.tier) == (now + 5 * DAY, "")
    assert "no tier from 07 Mar 2026" in in_words(found)


ASKS: dict[str, Any] = {"definition": "d", "tiers": {"A": {"needs": {"fit": 30}, "branch": "sales"}}, "fit": {"rules": {
    "industry": {"points": 20, "industry": "machinery"},
    "region": {"points": 10, "region": "dach"},
    "role": {"points": 10, "function": "engineering"},
    "size": {"points": 5, "employees": {"from": 50}},
    "key": {"points": 10, "on_list": {"list": "key", "origin": "sales"}},
}}}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"industry": "Maschinenbau", "country": "DE", "title": "Design engineer"}, []),
        ({}, []),
        ({"industry": "Machine building"}, ['industry "Machine building" is in no spelling of the vocabulary']),
        ({"country": "Allemagne"}, ['the vocabulary gives no region for the country "Allemagne"']),
        ({"country": "NO"}, ['the vocabulary gives no region for the country "NO"']),
        ({"country": "NL"}, []),
        ({"title": "Wizard"}, ['the vocabulary gives no function for the title "Wizard"']),
        ({"title": "Wizard", "function": "magic"}, ['function "magic" is in no spelling of the vocabulary']),
        ({"source": "xq-17"}, []),
        ({"employees": "1,200"}, ['employees "1,200" is no number: digits alone are, with a point before decimals']),
        ({"employees": 80}, []),
    ],
)
def test_value_that_is_asked_for_and_means_nothing_is_told(
    store: Sessions, now: datetime, facts: dict[str, Any], said: list[str]
) -> None:
    history = History(store, playbook(ASKS), live_from=now - DAY)
    history.lead("jana", received=now, **facts)
    run_qualify(store, now=now)
    found = explain(store, named="1", now=now)
    assert list(found.definitions[0].unknown) == said
    assert all(f" {line}" in in_words(found) for line in said)


@pytest.mark.parametrize(
    ("name", "origin", "said"),
    [
        ("Key accounts", "Vertrieb", []),
        ("Fair 2026", "Vertrieb", []),
        ("Key acounts", "Vertrieb", ['list "Key acounts" is in no spelling of the vocabulary']),
        ("Key accounts", "Salesteam", ['origin "Salesteam" of list Key accounts is in no spelling of the vocabulary']),
    ],
)
def test_target_list_in_no_known_spelling_is_told(
    store: Sessions, now: datetime, name: str, origin: str, said: list[str]
) -> None:
    history = History(store, playbook(ASKS), live_from=now - DAY)
    account = history.account("firm", received=now, industry="machinery")
    history.lead("jana", account=account, received=now)
    history.listed(account, name, origin=origin, received=now, since=now - DAY)
    run_qualify(store, now=now)
    [one] = explain(store, named="1", now=now).definitions
    assert list(one.unknown) == said


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"industry": "machinery"}, "not A: fit 30: has 20 (region or role would do)"),
        ({"industry": "machinery", "country": "NL"}, "not A: fit 30: has 20 (role would do)"),
        (
            {"industry": "machinery", "country": "Atlantis", "title": "Student"},
            "not A: fit 30: has 20 (region would do)",
        ),
        ({"industry": "mining", "country": "DE"}, "not A: fit 30: has 10"),
        ({"country": "DE"}, "not A: fit 30: has 10 (industry would do)"),
    ],
)
def test_what_nobody_knows_yet_is_a_way_up_and_what_is_known_otherwise_is_none(
    store: Sessions, now: datetime, facts: dict[str, Any], said: str
) -> None:
    history = History(store, playbook(ASKS), live_from=now - DAY)
    history.lead("jana", received=now, **facts)
    run_qualify(store, now=now)
    [one] = explain(store, named="1", now=now).definitions
    assert list(one.not_others) == [said]


def test_exception_that_came_before_a_branch_is_said_once(store: Sessions, now: datetime) -> None:
    fit = {"rules": {"industry": {"points": 30, "industry": "machinery"}}}
    exceptions = {
        "abroad": {"region": "benelux", "branch": "sales"},
        "at-home": {"region": "dach", "branch": "none"},
    }
    history = History(store, playbook({**ASKS, "fit": fit, "exceptions": exceptions}), live_from=now - DAY)
    history.lead("jana", received=now, industry="machinery", country="DE")
    run_qualify(store, now=now)
    [one] = explain(store, named="1", now=now).definitions
    assert "not sales: exception at-home comes before" in one.not_branches


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (
            datetime(2026, 2, 28, 23, tzinfo=UTC),
            datetime(2026, 6, 30, 22, tzinfo=UTC),
            "since 01 Mar 2026, until 30 Jun 2026",
        ),
        (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC), "since 01 Mar 2026, until 30 Jun 2026"),
        (datetime(2026, 2, 28, 23, tzinfo=UTC), None, "since 01 Mar 2026"),
        (None, datetime(2026, 6, 30, 22, tzinfo=UTC), "until 30 Jun 2026"),
        (None, datetime(2026, 6, 30, 20, 30, tzinfo=UTC), "until 30 Jun 2026 20:30"),
    ],
)
def test_days_on_a_target_list_are_those_that_were_meant(
    store: Sessions, now: datetime, since: datetime | None, until: datetime | None, said: str
) -> None:
    fit = {"rules": {"key": {"points": 20, "on_list": "key"}}}
    agreed = playbook({"definition": "d", "fit": fit, "tiers": {"A": {"branch": "none"}}}, calendars=CALENDARS)
    history = History(store, agreed, live_from=now - DAY)
    account = history.account("firm", received=now)
    history.lead("jana", account=account, received=now, title="Buyer")
    history.listed(account, "Key accounts", received=now, since=since, until=until)
    run_qualify(store, now=now)
    [one] = explain(store, named="1", now=now).definitions
    assert one.fit_rules[0].because == f"on the list Key accounts ({said})"


def test_explaining_writes_nothing_and_is_complete_as_json(history: History, now: datetime) -> None:
    before = history.scores(), history.decisions()
    found = explain(history.store, named="jana@brunner.example", now=now + 300 * DAY)
    assert (history.scores(), history.decisions()) == before
    assert json.loads(json.dumps(asdict(found), default=str))["definitions"][0]["intent"] == 0


def test_words_name_the_person_the_reason_and_the_evidence(history: History, now: datetime) -> None:
    said = in_words(explain(history.store, named="jana@brunner.example", now=now + 3 * DAY))
    for part in ("Jana Keller, Design Engineer · Brunner", "fit 55 of 55", "intent 63.75 of 100", "at most 45"):
        assert part in said
    assert "HX-200 datasheet" in said
    assert "branch  sales: tier A" in said


@pytest.mark.parametrize("name", ["scores", "decisions"])
def test_export_names_the_rules_and_version_that_explain_names(history: History, now: datetime, name: str) -> None:
    [one] = explain(history.store, named="jana@brunner.example", now=now + 3 * DAY).definitions
    out = BytesIO()
    export_table(history.store, now=now, name=name, fmt="json", out=out)
    last = json.loads(out.getvalue())[-1]
    evidence = json.loads(last["evidence"])
    assert last["version"] == one.version
    assert set(evidence["fit"]) == {line.rule for line in one.fit_rules}
    assert set(evidence["intent"]) == {line.rule for line in one.intent_rules}
    assert all(isinstance(activity, int) for ids in evidence["intent"].values() for activity in ids)


def test_unknown_lead_is_not_found(history: History, now: datetime) -> None:
    with pytest.raises(NotFoundError, match=r"nobody@brunner\.example"):
        explain(history.store, named="nobody@brunner.example", now=now)


@pytest.fixture
def company(store: Sessions, now: datetime) -> History:
    of_accounts = HYDRAULICS | {"definition": "accounts", "subject": "account", "for": {}, "disqualify": {}}
    history = History(store, playbook(HYDRAULICS, of_accounts), live_from=now)
    account = history.account("brunner", received=now, industry="machinery", employees=500)
    with store.write() as tx:
        tx.execute(update(table(Account)).values(name="Brunner AG", domain="brunner.example"))
        known = {"domain": "brunner.example", "feed:erp": "K-7"}
        rows = [{"kind": kind, "value": value, "account_id": account} for kind, value in known.items()]
        tx.execute(insert(table(AccountIdentifier)), rows)
    history.did(account, "rfq_submitted", at=now, subject="account")
    history.did(account, "content_downloaded", at=now + DAY, subject="account", asset="HX-200 datasheet")
    run_qualify(store, now=now + DAY)
    return history


@pytest.mark.parametrize("named", ["account:1", "brunner.example", "www.Brunner.example", "erp:K-7"])
def test_account_is_explained_by_every_name_it_has(company: History, now: datetime, named: str) -> None:
    found = explain(company.store, named=named, now=now + DAY)
    assert found.lead is None
    assert found.account is not None
    assert (found.account.name, found.leading) == ("Brunner AG", "accounts")
    [one] = found.definitions
    assert (one.definition, one.tier, one.branch, one.fit, one.intent) == ("accounts", "A", "sales", 40, 90)
    assert {line.rule for line in one.intent_rules} == {"rfq", "sheet"}
    said = in_words(found)
    assert said.startswith(
        "Brunner AG, brunner.example · machinery · account 1 · 0 leads\nmql since 02 Mar 2026 for accounts, tier A"
    )
    assert "rfq_submitted" in said


def test_account_is_explained_as_of_a_past_moment_and_as_json(company: History, now: datetime) -> None:
    found = explain(company.store, named="account:1", now=now + timedelta(hours=1))
    assert json.loads(json.dumps(asdict(found), default=str))["definitions"][0]["intent"] == 60
    (did, decided) = found.timeline
    assert did.what == "rfq_submitted"
    assert decided.what.startswith("accounts: mql, branch sales (tier A")


MANY = {
    "definition": "hydraulics",
    "fit": {"rules": {
        "young": {"points": 10, "industry": "machinery"}, "old": {"points": 25, "industry": "mining"},
        "large": {"points": 5, "employees": {"from": 500}}, "small": {"points": 9, "employees": {"to": 49}},
    }},
    "intent": {"at_most": 80, "rules": {
        "rfq": {"points": 60, "did": "rfq_submitted", "at_most": 60}, "page": {"points": 2, "did": "page_viewed"},
        "brakes": {"points": 1, "did": "tool_used"},
    }},
    "tiers": {
        "A": {"needs": {"intent": 60}, "branch": "sales"}, "B": {"needs": {"intent": 20}, "branch": "assisted"},
        "C": {"needs": {"intent": 1}, "branch": "nurture"},
    },
    "disqualify": {"student": {"function": "student"}},
    "triage": {"odd-country": {"country": {"is": "unknown"}}},
    "exceptions": {"not-sold": {"any": ["brakes"], "branch": "ask"}},
}  # fmt: skip


def explained(store: Sessions, now: datetime, *did: str, **facts: Any) -> UnderDefinition:
    """One lead that did these things yesterday, explained."""
    history = History(store, playbook(MANY), live_from=now - 9 * DAY)
    lead = history.lead("jana", received=now - 2 * DAY, **facts)
    for kind in did:
        history.did(lead, kind, at=now - DAY)
    run_qualify(store, now=now)
    [one] = explain(store, named="1", now=now).definitions
    return one


CLEAR = "not triage: its source is clear, odd-country does not hold"


@pytest.mark.parametrize(
    ("did", "facts", "branch", "said"),
    [
        (["rfq_submitted"], {}, "sales", ["not out: student does not hold", CLEAR,
          "not assisted: tier A comes before B", "not nurture: tier A comes before C",
          "not ask: exception not-sold does not hold"]),
        (["page_viewed"], {}, "nurture", ["not out: student does not hold", CLEAR, "not sales: tier A is not reached",
          "not assisted: tier B is not reached", "not ask: exception not-sold is only for whoever would be for sales"]),
        ([], {"industry": "steel"}, "none", ["not out: student does not hold", CLEAR,
          "not sales: tier A is not reached", "not assisted: tier B is not reached",
          "not nurture: tier C is not reached", "not ask: exception not-sold is only for whoever would be for sales"]),
        (["rfq_submitted"], {"function": "student"}, "out",
         ["not triage, sales, assisted, nurture or ask: whoever is disqualified goes nowhere else"]),
        (["rfq_submitted"], {"source": "who knows"}, "triage",
         ["not out: student does not hold", "not sales, assisted, nurture or ask: a person in marketing looks first"]),
        (["rfq_submitted", "tool_used"], {}, "ask", ["not out: student does not hold", CLEAR,
         "not sales: exception not-sold comes before", "not assisted: tier A comes before B",
         "not nurture: tier A comes before C"]),
    ],
)  # fmt: skip
def test_each_other_branch_has_the_reason_it_was_not_taken(
    store: Sessions, now: datetime, did: list[str], facts: dict[str, str], branch: str, said: list[str]
) -> None:
    one = explained(store, now, *did, **facts)
    assert (one.branch, list(one.not_branches)) == (branch, said)


def test_lead_put_forward_out_of_a_tier_for_triage_says_so(store: Sessions, now: datetime) -> None:
    tiers = {"A": {"needs": {"intent": 90}, "branch": "sales"}, "look": {"needs": {"intent": 1}, "branch": "triage"}}
    history = History(store, playbook({**MANY, "tiers": tiers}), live_from=now - 9 * DAY)
    history.did(history.lead("jana", received=now - DAY), "rfq_submitted", at=now - DAY)
    run_qualify(store, now=now)
    promote_lead(store, now=now + DAY, lead="1", reason="we know them", actor="eva")
    run_qualify(store, now=now + DAY)
    [one] = explain(store, named="1", now=now + DAY).definitions
    assert (one.tier, one.branch) == ("look", "sales")
    assert "not triage or ask: it was put forward by hand" in one.not_branches


def test_points_are_told_of_the_most_that_anybody_can_have(store: Sessions, now: datetime) -> None:
    one = explained(store, now, "rfq_submitted", industry="mining", employees=20)
    # One industry and one size of two each; 60 of requests and endless pages under the cap of 80.
    assert (one.fit, one.fit_at_most, one.intent, one.intent_at_most) == (34, 34, 60, 80)


def test_words_say_what_is_missing_and_what_comes_by_itself(store: Sessions, now: datetime) -> None:
    explained(store, now, "rfq_submitted")
    said = in_words(explain(store, named="1", now=now))
    assert f"then    tier B (assisted) from {now + 29 * DAY:%d %b %Y %H:%M}, unless something new happens" in said
    later = in_words(explain(store, named="1", now=now + 70 * DAY))
    assert f"then    tier C (nurture) from {now + 59 * DAY:%d %b %Y}" not in later
    assert "not A: intent 60: has 18 (rfq would do)" in later
