"""Points by where an activity came from: its source, its campaign, its product line.

A rule asks for any words of an activity at once, and all of them must hold. The words are those of the vocabulary; a
section that it leaves out knows every word as it is spelt. What an activity does not say meets no condition, not even
a negated one.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
vocabulary:
  campaigns: {launch: ["HX launch*"], spring: [Spring mailing]}
definition: everything
intent:
  rules:
    at-the-fair: {points: 10, did: [badge_scanned, form_submitted], source: fair}
    launch:      {points: 5, strength: medium, campaign: launch}
    cylinders:   {points: 3, did: page_viewed, line: hydraulics}
    elsewhere:   {points: 1, line: {not: hydraulics}}
tiers:
  A: {needs: {intent: 15}, branch: sales}
"""
CASES = [
    Case("a form at the fair, for the launch", {"intent": 15, "tier": "A"}, [
        "1d form_submitted, source Trade show, campaign HX launch 2026"]),
    Case("the same form on the web", {"intent": 5, "tier": ""}, [
        "1d form_submitted, source Website, campaign HX launch 2026"]),
    Case("another campaign", {"intent": 10}, ["1d badge_scanned, source Trade show, campaign Spring mailing"]),
    Case("a page about cylinders", {"intent": 3}, ["1d page_viewed, line hydraulics"]),
    Case("a page about seals", {"intent": 1}, ["1d page_viewed, line seals"]),
    Case("a page that names no line", {"intent": 0}, ["1d page_viewed"]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_points_by_where_it_came_from(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
