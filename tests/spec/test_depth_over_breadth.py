"""Depth over breadth: several related actions over weeks count for more than the same on many interests.

Two people do the same things equally often. One stays with one product line over weeks, the other looks at everything
in passing; ``over`` asks how long it lies between the first activity that counts and the one that completes the rule.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
vocabulary:
  lines: {pumps: [], seals: [], valves: []}
definition: everything
intent:
  fades: {90d: 100 %}
  rules:
    reads: {points: 5, did: [content_downloaded, page_viewed], at_most: 15}
    asks:  {points: 10, strength: medium, did: form_submitted, at_most: 10}
  related:
    depth: {points: 20, of: [reads, asks], at_least: 3, over: 14d, fades: {30d: 100 %, 60d: 50 %}}
tiers:
  A: {needs: {intent: 40}, branch: sales}
  C: {branch: nurture}
"""
CASES = [
    Case("three actions over weeks on one line", {"intent": 40, "tier": "A"}, [
        "20d page_viewed, line pumps", "9d content_downloaded, line pumps", "1d form_submitted, line pumps"]),
    Case("two weeks to the day", {"intent": 40}, [
        "15d page_viewed, line pumps", "9d content_downloaded, line pumps", "1d form_submitted, line pumps"]),
    Case("the same on three lines", {"intent": 20, "tier": "C"}, [
        "20d page_viewed, line pumps", "9d content_downloaded, line seals", "1d form_submitted, line valves"]),
    Case("three on one line in one week", {"intent": 20}, [
        "7d page_viewed, line pumps", "3d content_downloaded, line pumps", "1d form_submitted, line pumps"]),
    Case("two over weeks are not several", {"intent": 15}, [
        "20d page_viewed, line pumps", "1d form_submitted, line pumps"]),
    Case("it fades with the action that completes it", {"intent": 30}, [
        "59d page_viewed, line pumps", "45d content_downloaded, line pumps", "31d form_submitted, line pumps"]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_depth_counts_for_more_than_breadth(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
