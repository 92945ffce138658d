"""An account that is explained lists its leads: who stands highest, for what, and who in sales has them."""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.operations.explain import explain, in_words
from penstock.operations.explain.people import MOST
from penstock.operations.explain.shape import Company, LeadLine
from penstock.operations.merge import merge_leads
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.store.engine import Sessions
from tests.history import DAY, HYDRAULICS, History, playbook
from tests.operations.landing import KEYRING

SEALS = HYDRAULICS | {"definition": "seals", "for": {"line": "seals"}, "tiers": {"C": {"branch": "nurture"}}}


@pytest.fixture
def firm(store: Sessions, now: datetime) -> History:
    """A firm of three: 1 is for sales since ``now``, 2 in nurture, 3 did nothing."""
    history = History(store, playbook(HYDRAULICS, SEALS), live_from=now)
    account = history.account("firm", received=now, industry="machinery", employees=500, company="Firm AG")
    for name in ("Jana", "Tom", "Eva"):
        history.lead(name, account=account, received=now, first_name=name)
    history.did(1, "rfq_submitted", at=now)
    history.did(2, "form_submitted", at=now)
    run_qualify(store, now=now)
    run_route(store, now=now)
    return history


def company(history: History, at: datetime) -> Company:
    found = explain(history.store, named="account:1", now=at).account
    assert found is not None
    return found


def told(people: tuple[LeadLine, ...]) -> list[tuple[int, str, str, str]]:
    return [(one.lead_id, one.stage, one.definition, one.tier) for one in people]


def test_leads_are_told_by_their_leading_definition_the_highest_first(firm: History, now: datetime) -> None:
    assert told(company(firm, now).people) == [
        (1, "mql", "hydraulics", "A"),
        (2, "nurture", "seals", "C"),
        (3, "nurture", "seals", "C"),
    ]


def test_words_list_them_where_no_definition_judges_accounts(firm: History, now: datetime) -> None:
    said = in_words(explain(firm.store, named="account:1", now=now))
    assert "\n  leads       1  Jana · mql for hydraulics, tier A\n" in said
    assert "\n              2  Tom · nurture for seals, tier C\n" in said


def test_past_moment_shows_them_as_they_stood(firm: History, now: datetime) -> None:
    firm.did(3, "rfq_submitted", at=now + DAY)
    firm.lead("Max", account=1, received=now + DAY)
    run_qualify(firm.store, now=now + DAY)
    assert [one.lead_id for one in company(firm, now).people] == [1, 2, 3]
    assert told(company(firm, now).people)[2] == (3, "nurture", "seals", "C")
    assert told(company(firm, now + DAY).people)[1] == (3, "mql", "hydraulics", "A")
    assert len(company(firm, now + DAY).people) == 4


def test_merged_leads_are_not_listed_and_their_handoff_counts_for_the_other(firm: History, now: datetime) -> None:
    merge_leads(firm.store, now=now, kept="2", merged="1", reason="same", actor="anna", keyring=KEYRING)
    run_qualify(firm.store, now=now + DAY)
    assert [one.lead_id for one in company(firm, now + DAY).people] == [2, 3]


def test_only_the_highest_few_are_listed_and_the_rest_counted(firm: History, now: datetime) -> None:
    for number in range(MOST):
        firm.lead(f"more {number}", account=1, received=now + DAY)
    run_qualify(firm.store, now=now + DAY)
    found = explain(firm.store, named="account:1", now=now + DAY)
    assert found.account is not None
    assert (len(found.account.people), found.account.leads, found.account.people[0].lead_id) == (MOST, MOST + 3, 1)
    assert "\n          … and 3 more\n" in in_words(found)


def test_lead_that_nobody_decided_on_is_a_lead(firm: History, now: datetime) -> None:
    firm.lead("New", account=1, received=now)
    assert told(company(firm, now).people)[-1] == (4, "lead", "", "")
    assert "4  New · lead" in in_words(explain(firm.store, named="account:1", now=now)).replace("   ", "  ")
