"""A tier is entered at one threshold and left at a lower one.

A lead whose points lie about the threshold would come and go with every page it reads. Write beside ``needs`` what is
enough to stay: whoever is in the tier keeps it until even that is missing, and has to earn it anew after that. Who
falls out of a tier is in the next one until that is left, too. Gates that ``stays`` does not name hold for both. A
better tier is entered as soon as its needs are met.
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
  fades: {10d: 100 %, 20d: 80 %, 30d: 40 %}
  rules:
    rfq:     {points: 100, strength: high, did: rfq_submitted}
    sheet:   {points: 50, strength: medium, did: content_downloaded}
    page:    {points: 5, did: page_viewed}
tiers:
  A: {needs: {intent: 90, signals: {high: 1}}, stays: {intent: 70}, branch: sales}
  B: {needs: {intent: 50}, stays: {intent: 30}, branch: nurture}
"""
PAGES, TWO = ["1d page_viewed"] * 5, ["6d content_downloaded"] * 2
CASES = [
    Case("entered", {"tier": "A", "intent": 100}, ["1d rfq_submitted"]),
    Case("faded below its needs, but in it", {"tier": "A", "intent": 80}, ["10d rfq_submitted"]),
    Case("the same points do not enter it", {"tier": "B", "intent": 80}, ["1d content_downloaded", *PAGES, PAGES[0]]),
    Case("fallen out of A, and into B", {"tier": "B", "intent": 40}, ["20d rfq_submitted"]),
    Case("other gates hold on: no high signal, no A", {"tier": "B"}, ["35d rfq_submitted", *TWO]),
    Case("not lower than the lower one", {"tier": "B", "intent": 40}, ["10d content_downloaded"]),
    Case("out of every tier", {"tier": "", "stage": "engaged", "intent": 20}, ["20d content_downloaded"]),
    Case("forty enter nothing once it was left", {"tier": "", "intent": 45}, ["25d content_downloaded", *PAGES]),
    Case("up at once, though B could be stayed in", {"tier": "A"}, ["12d content_downloaded", "1d rfq_submitted"]),
]  # fmt: skip

FALLEN = """
definition: hydraulics
fit:
  rules:
    role: {points: 15, function: engineering}
intent:
  fades: {10d: 100 %, 30d: 50 %}
  rules:
    rfq:   {points: 80, did: rfq_submitted}
    sheet: {points: 40, did: content_downloaded}
tiers:
  A: {needs: {intent: 80}, branch: sales}
  B: {needs: {fit: 30, total: 50}, stays: {fit: 10, total: 40}, branch: nurture}
"""
ROLE = {"function": "engineering"}
FALLS = [
    Case("from a better tier, less is enough", {"tier": "B", "fit": 15, "intent": 40}, ["12d rfq_submitted"], ROLE),
    Case("the same points from below", {"tier": "", "fit": 15, "intent": 40}, ["1d content_downloaded"], ROLE),
    Case("less than even that of fit", {"tier": "", "fit": 0, "intent": 40}, ["12d rfq_submitted"]),
]
MORE = [(FALLEN, FALLS)]


@pytest.mark.parametrize("case", FALLS, ids=str)
def test_tier_below_is_fallen_into_at_its_lower_threshold(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, FALLEN, case) == case.decides


@pytest.mark.parametrize("case", CASES, ids=str)
def test_tier_is_left_later_than_entered(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides


def test_explanation_says_what_is_enough_to_stay_and_until_when(store: Sessions, now: datetime) -> None:
    history = told(store, now, PLAYBOOK, Case("", {}, ["12d rfq_submitted"]))
    run_qualify(store, now=now)
    [one] = explain(store, named="1", now=now).definitions
    assert (one.tier, one.tiers[0].stays, one.not_others) == ("A", True, ())
    said = in_words(explain(store, named="1", now=now))
    assert "gates   enough to stay: intent 70, signals: 1 high" in said
    assert f"then    tier B (nurture) from {now + timedelta(days=8):%d %b %Y}" in said
    assert [row["tier_to"] for row in history.decisions() if row["tier_to"]] == ["A"]


def test_explanation_of_the_past_goes_by_the_tier_of_then(store: Sessions, now: datetime) -> None:
    told(store, now, PLAYBOOK, Case("", {}, ["25d rfq_submitted"]))
    run_qualify(store, now=now)
    tiers = [explain(store, named="1", now=now - timedelta(days=ago)).definitions[0].tier for ago in (24, 14, 4)]
    assert tiers == ["A", "A", "B"]
