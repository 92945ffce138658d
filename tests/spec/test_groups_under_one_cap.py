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

OF_EVERY_KIND = """
definition: everything
intent:
  fades: {60d: 100 %}
  groups:
    together: {at_most: 30}
  rules:
    sheet: {points: 5, did: content_downloaded}
  related:
    again: {points: 25, strength: high, of: [sheet], within: 30d, group: together}
  people:
    team:  {points: 25, strength: medium, at_least: 2, did: content_downloaded, group: together}
tiers:
  A: {needs: {signals: {high: 1}}, branch: sales}
  B: {needs: {signals: {medium: 1}}, branch: nurture}
"""
TWO = ["9d content_downloaded, line seals", "1d content_downloaded, line seals"]
OF_KINDS = [
    Case("two of one person, and a colleague", {"intent": 40, "tier": "A"}, TWO, {}, [({}, ["3d content_downloaded"])]),
    Case("two of one person", {"intent": 35, "tier": "A"}, TWO),
    Case("one of each of two people", {"intent": 30, "tier": "B"}, TWO[:1], {}, [({}, ["3d content_downloaded"])]),
]
MORE = [(OF_EVERY_KIND, OF_KINDS)]


@pytest.mark.parametrize("case", OF_KINDS, ids=str)
def test_group_takes_rules_of_every_kind(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, OF_EVERY_KIND, case) == case.decides


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rules_of_a_group_share_its_cap(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
