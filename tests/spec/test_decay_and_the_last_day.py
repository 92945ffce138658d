"""Signals age in steps and have a last day; a rule, a group or the whole definition says when.

``fades`` names ages and the share of the points that is left until then. It stands for the definition, for a group or
for a rule, and the nearest one holds. Nothing counts after the last age. Between two edges nothing changes, so a lead
falls on a day that can be told beforehand: ``penstock explain`` says from when points are less, and from when none.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from penstock.operations.explain import explain, in_words
from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided, told

PLAYBOOK = """
definition: hydraulics
intent:
  fades: {30d: 100 %, 60d: 60 %, 90d: 30 %}
  groups:
    visits: {at_most: 20, fades: {7d: 100 %, 14d: 50 %}}
  rules:
    sheet: {points: 20, strength: medium, did: content_downloaded}
    rfq:   {points: 60, strength: high, did: rfq_submitted, fades: {14d: 100 %, 45d: 50 %}}
    page:  {points: 4, did: page_viewed, group: visits}
    fair:  {points: 10, did: badge_scanned, group: visits, fades: {365d: 100 %}}
tiers:
  A: {needs: {intent: 50}, branch: sales}
  B: {needs: {intent: 10}, branch: nurture}
"""
CASES = [
    Case("a request of yesterday, a sheet of last month", {"intent": 72, "tier": "A"}, [
        "31d content_downloaded", "1d rfq_submitted"]),
    Case("the same a fortnight later", {"intent": 42, "tier": "B"}, ["45d content_downloaded", "15d rfq_submitted"]),
    Case("a sheet before its first edge", {"intent": 20}, ["29d content_downloaded"]),
    Case("on it", {"intent": 12, "tier": "B"}, ["30d content_downloaded"]),
    Case("in the last band", {"intent": 6, "tier": ""}, ["60d content_downloaded"]),
    Case("an hour before its last day is over", {"intent": 6}, ["2159h content_downloaded"]),
    Case("when it is over", {"intent": 0, "stage": "lead"}, ["90d content_downloaded"]),
    Case("pages fade as their group says", {"intent": 2}, ["8d page_viewed"]),
    Case("and are forgotten after two weeks", {"intent": 0}, ["14d page_viewed"]),
    Case("a rule's own decay goes before its group's", {"intent": 10}, ["364d badge_scanned"]),
]  # fmt: skip


def test_explanation_names_the_last_day_and_what_happens_then(store: Sessions, now: datetime) -> None:
    told(store, now, PLAYBOOK, CASES[0])
    run_qualify(store, now=now)
    found = explain(store, named="1", now=now)
    until = {line.rule: line.activities[0].until for line in found.definitions[0].intent_rules}
    assert until == {"sheet": now + timedelta(days=90 - 31), "rfq": now + timedelta(days=45 - 1)}
    assert f"then    tier B (nurture) from {now + timedelta(days=13):%d %b %Y}" in in_words(found)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_points_fade_in_steps_until_a_last_day(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
