"""Accounts come onto target lists and leave them, and each place on a list has its dates and says who made the list.

`on_list` asks whether the lead's account is at that moment on one of the lists named; `{list: …, origin: …}` also who
made it, `{not: …}` that it is on no such list, `true` and `false` whether it is on any at all. A place on a list is
known from the moment it was received, and holds from its first day to its last: both are moments at which a score
changes by itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions
from tests.history import DAY, History
from tests.spec.tables import Case, decided, told

PLAYBOOK = """
vocabulary:
  lists:   {strategic: [Strategic plan 2026, Strategic], customers: [Installed base]}
  origins: {sales: [Vertrieb], partner: [Channel partner, Partner]}
definition: key-accounts
fit:
  rules:
    strategic: {points: 30, on_list: strategic}
    of-partner: {points: 20, on_list: {list: [strategic, customers], origin: partner}}
    any:       {points: 5, on_list: true}
    nowhere:   {points: -10, on_list: false}
    new:       {points: 2, on_list: {not: customers}}
tiers:
  A: {needs: {fit: 30}, branch: nurture}
"""
LEAD = {"title": "Buyer"}
CASES = [
    Case("on the list", {"fit": 37, "tier": "A"}, lead=LEAD, did=["9d listed Strategic plan 2026, origin Vertrieb"]),
    Case(
        "spelt in another way, by a partner",
        {"fit": 57},
        lead=LEAD,
        did=["9d listed strategic, origin channel partner"],
    ),
    Case(
        "list and origin must be of one place",
        {"fit": 35},
        lead=LEAD,
        did=["9d listed Strategic", "9d listed Installed base, origin Sales"],
    ),
    Case("both lists", {"fit": 55}, lead=LEAD, did=["9d listed Strategic", "9d listed Installed base, origin Partner"]),
    Case("a list that the vocabulary does not know", {"fit": 7}, lead=LEAD, did=["9d listed Fair of 1999"]),
    Case("no list at all", {"fit": -8, "tier": ""}, lead=LEAD),
    Case("until the day before yesterday", {"fit": -8}, lead=LEAD, did=["9d listed Strategic, since 9d, until 2d"]),
    Case("ends this very moment", {"fit": -8}, lead=LEAD, did=["9d listed Strategic, until 0h"]),
    Case(
        "longer, as was said later",
        {"fit": 37},
        lead=LEAD,
        did=["9d listed Strategic, since 9d, until 2d", "3d listed Strategic, since 9d"],
    ),
    Case(
        "taken back",
        {"fit": -8},
        lead=LEAD,
        did=["9d listed Strategic, since 9d", "3d listed Strategic, since 9d, until 9d"],
    ),
    Case(
        "left, and came back",
        {"fit": 37},
        lead=LEAD,
        did=["9d listed Strategic, since 9d, until 5d", "3d listed Strategic, since 3d"],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_account_is_on_a_list_within_its_dates(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides


def test_first_and_last_day_of_a_list_are_moments(store: Sessions, now: datetime) -> None:
    history = told(store, now, PLAYBOOK, Case("", {}, lead=LEAD, did=["9d listed Strategic, since in 2d, until in 5d"]))
    run_qualify(store, now=now)
    assert next_change(history) == now + 2 * DAY
    run_qualify(store, now=now + 9 * DAY)
    assert tiers_of(history, now)[-2:] == [(2, "A"), (5, "")]
    assert next_change(history) is None


def test_place_on_a_list_counts_from_its_receipt(store: Sessions, now: datetime) -> None:
    history = told(store, now, PLAYBOOK, Case("", {}, lead=LEAD, did=["9d listed Fair of 1999"]))
    run_qualify(store, now=now)
    history.listed(1, "Strategic", since=now - 300 * DAY, received=now + 3 * DAY)
    run_qualify(store, now=now + 9 * DAY)
    assert tiers_of(history, now)[-1:] == [(3, "A")]


def test_account_itself_is_asked_in_the_same_words(store: Sessions, now: datetime) -> None:
    history = told(
        store, now, PLAYBOOK + "subject: account", Case("", {}, lead=LEAD, did=["9d listed Strategic, until in 5d"])
    )
    run_qualify(store, now=now + 9 * DAY)
    assert tiers_of(history, now) == [(-9, "A"), (5, "")]


def tiers_of(history: History, now: datetime) -> list[tuple[int, str]]:
    """Return the day and tier of each decision."""
    return [((one["moment"] - now).days, one["tier_to"]) for one in history.decisions()]


def next_change(history: History) -> Any:
    return history.scores()[0]["next_change_at"]
