"""Score-based: a total over a threshold and a fit minimum; strong intent with weak fit stays under balance.

``total`` asks for fit and intent together, ``fit`` beside it for a minimum. How much either may give is said by
``at_most``, so each definition weighs them in its own way. A target account that did little gets a modest score: it is
nurtured, and not called.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
definition: hydraulics
fit:
  at_most: 50
  rules:
    industry: {points: 25, industry: machinery}
    role:     {points: 15, function: engineering}
    size:     {points: 10, employees: {from: 50, to: 5000}}
    abroad:   {points: -20, region: {not: dach}}
intent:
  at_most: 60
  rules:
    rfq:   {points: 60, strength: high, did: rfq_submitted}
    sheet: {points: 15, strength: medium, did: content_downloaded, at_most: 30}
    page:  {points: 2, did: page_viewed, at_most: 10}
tiers:
  A: {needs: {total: 90, fit: 25}, branch: sales}
  B: {needs: {total: 60, fit: 25}, branch: sales}
  C: {needs: {total: 20}, branch: nurture}
"""
GOOD = {"industry": "machinery", "function": "engineering", "employees": 200}
CASES = [
    Case("good fit and a request", {"fit": 50, "intent": 60, "tier": "A"}, ["1d rfq_submitted"], GOOD),
    Case("balanced", {"fit": 50, "intent": 30, "tier": "B"}, ["1d content_downloaded"] * 3, GOOD),
    Case("strong intent, weak fit", {"fit": 15, "intent": 60, "tier": "C"}, ["1d rfq_submitted"],
         {"function": "engineering"}),
    Case("a target account that did little", {"fit": 50, "intent": 4, "tier": "C"}, ["1d page_viewed"] * 2, GOOD),
    Case("points against a region", {"fit": 30, "intent": 30, "tier": "B"}, ["1d content_downloaded"] * 3,
         {**GOOD, "country": "NL"}),
    Case("no fit falls below nothing but its cap", {"fit": -20, "intent": 30, "tier": ""},
         ["1d content_downloaded"] * 2, {"country": "NL"}),
    Case("intent is never more than its cap", {"intent": 60}, ["1d rfq_submitted"] * 2, {}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_total_with_a_fit_minimum(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
