"""Rules that say the same in several ways share a cap.

A page view, a click and a form on the same visit are one interest seen three times. Put such rules in a group: each
keeps its own points and cap, and together they give no more than the group's. A group may also carry the decay of its
rules, so that a passing interest is forgotten sooner than a request. Fit rules have groups in the same way.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
definition: hydraulics
fit:
  groups:
    right-people: {at_most: 20}
  rules:
    engineering: {points: 15, function: engineering, group: right-people}
    from-dach:   {points: 15, region: dach, group: right-people}
    machinery:   {points: 10, industry: machinery}
intent:
  fades: {30d: 100 %, 90d: 50 %}
  groups:
    visits: {at_most: 12, fades: {7d: 100 %, 14d: 50 %}}
  rules:
    sheet: {points: 30, strength: high, did: content_downloaded}
    form:  {points: 8, did: form_submitted, group: visits}
    click: {points: 6, did: email_clicked, at_most: 9, group: visits}
    page:  {points: 2, did: page_viewed, group: visits}
tiers:
  A: {needs: {intent: 40}, branch: sales}
"""
CASES = [
    Case("a page and a form", {"intent": 10}, ["1d page_viewed", "1d form_submitted"]),
    Case("ten pages reach the group's cap", {"intent": 12}, ["1d page_viewed"] * 10),
    Case("three kinds of visits share it", {"intent": 12}, ["1d form_submitted", "1d email_clicked", "1d page_viewed"]),
    Case("a rule keeps its own cap", {"intent": 9}, ["1d email_clicked"] * 3),
    Case("others come on top", {"intent": 42, "tier": "A"}, [*["1d page_viewed"] * 10, "2d content_downloaded"]),
    Case("visits fade as their group says", {"intent": 4}, ["8d form_submitted"]),
    Case("and are forgotten sooner", {"intent": 0}, ["14d form_submitted"]),
    Case("other rules fade as the definition says", {"intent": 15}, ["40d content_downloaded"]),
    Case("fit in a group", {"fit": 20}, lead={"function": "engineering", "country": "DE"}),
    Case("fit beside it", {"fit": 25}, lead={"function": "engineering", "industry": "machinery"}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rules_of_a_group_share_its_cap(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
