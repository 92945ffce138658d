"""Several people of one account say more than one: they raise each other, and make an account worth a call.

A rule over people (below ``intent.people``) counts who of an account did something lately: how many, and in which
roles. For a lead these are the people of its account, the lead among them; for a definition of accounts, its own. It
gives its points while it holds. One activity may so change many leads; where no rule asks, nobody else is judged again.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions
from tests.history import DAY
from tests.spec.tables import Case, decided, told

PLAYBOOK = """
vocabulary:
  functions: {engineering: [], purchasing: [], quality: []}
definition: everything
intent:
  fades: {90d: 100 %}
  rules:
    reads:   {points: 10, did: [content_downloaded, page_viewed], at_most: 20}
  people:
    several: {points: 15, at_least: 3, did: [content_downloaded, webinar_attended], within: 30d}
    group:   {points: 30, at_least: 2, roles: [engineering, purchasing], did: content_downloaded, within: 60d}
tiers:
  A: {needs: {any: [group]}, branch: sales}
  C: {needs: {intent: 10}, branch: nurture}
"""
READS, ENGINEER, BUYER = ["3d content_downloaded"], {"function": "engineering"}, {"function": "purchasing"}
CASES = [
    Case("an engineer and a buyer", {"intent": 40, "tier": "A"}, READS, ENGINEER, [(BUYER, READS)]),
    Case("one who reads", {"intent": 10, "tier": "C"}, READS, ENGINEER),
    Case("two engineers", {"intent": 10, "tier": "C"}, READS, ENGINEER, [(ENGINEER, READS)]),
    Case("a buyer who only looked", {"intent": 10}, READS, ENGINEER, [(BUYER, ["3d page_viewed"])]),
    Case("two engineers, and a buyer who only looked", {"intent": 10}, READS, ENGINEER, [
        (ENGINEER, READS), (BUYER, ["3d page_viewed"])]),
    Case("a buyer who read long ago", {"intent": 10}, READS, ENGINEER, [(BUYER, ["60d content_downloaded"])]),
    Case("three people", {"intent": 25}, READS, {}, [({}, READS), ({}, ["9d webinar_attended"])]),
    Case("one of three a month ago", {"intent": 10}, READS, {}, [({}, READS), ({}, ["30d webinar_attended"])]),
    Case("one person often is one person", {"intent": 20}, READS * 3, {}, [({}, READS * 3)]),
    Case("others raise who did nothing", {"intent": 30, "tier": "A"}, [], {}, [(ENGINEER, READS), (BUYER, READS)]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_people_of_one_account_raise_each_other(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides


ACCOUNTS = PLAYBOOK.replace("definition: everything", "definition: companies\nsubject: account")
OF_ACCOUNTS = [
    Case("two in their roles", {"intent": 30, "tier": "A", "stage": "mql"}, READS, ENGINEER, [(BUYER, READS)]),
    Case("one is not enough", {"intent": 0, "tier": ""}, READS, ENGINEER, [(BUYER, [])]),
]


@pytest.mark.parametrize("case", OF_ACCOUNTS, ids=str)
def test_people_make_an_account_an_mql(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, ACCOUNTS, case) == case.decides


INTENT_OF_ACCOUNT = """
definition: companies
subject: account
intent:
  whose: people
  fades: {30d: 100 %, 90d: 50 %}
  rules:
    reads: {points: 10, did: content_downloaded, at_most: 25}
    rfq:   {points: 60, strength: high, did: rfq_submitted}
tiers:
  A: {needs: {intent: 60}, branch: sales}
"""
SUMS = [
    Case("what everybody did is the account's intent", {"intent": 20}, READS, {}, [({}, READS)]),
    Case("under the cap of the rule", {"intent": 25}, READS, {}, [({}, READS * 5)]),
    Case("it fades for the account too", {"intent": 15}, READS, {}, [({}, ["30d content_downloaded"])]),
    Case("one request of anybody", {"intent": 70, "tier": "A"}, READS, {}, [({}, ["1d rfq_submitted"])]),
]
MORE = [(ACCOUNTS, OF_ACCOUNTS), (INTENT_OF_ACCOUNT, SUMS)]


@pytest.mark.parametrize("case", SUMS, ids=str)
def test_what_people_did_is_the_intent_of_their_account(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, INTENT_OF_ACCOUNT, case) == case.decides


def test_others_fall_back_when_one_no_longer_counts(store: Sessions, now: datetime) -> None:
    case = Case("", {}, READS, ENGINEER, [(BUYER, ["30d content_downloaded"])])
    history = told(store, now, PLAYBOOK, case)
    run_qualify(store, now=now)
    run_qualify(store, now=now + 80 * DAY)
    mine = [(one["moment"], one["tier_to"]) for one in history.decisions() if one["subject_id"] == 1]
    assert mine[-2:] == [(now - 3 * DAY, "A"), (now + 30 * DAY, "C")]
