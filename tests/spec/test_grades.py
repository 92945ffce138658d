"""Fit and intent as grades, and tiers as cells of their matrix.

Teams that speak of an A1 or a C3 write the grades once, the best first: A from 40 points of fit on, B from 20, and so
on; 1 from 60 points of intent on. A tier then needs one of some cells, such as A1 or B1, instead of thresholds. Points
below the last grade have none, and belong to no cell. With ``stays``, more cells are enough for whoever is in the tier.
"""

from __future__ import annotations

from datetime import datetime

import pytest
from ruamel.yaml import YAML

from penstock.playbook.show import show_playbook
from penstock.store.engine import Sessions
from tests.history import playbook
from tests.spec.tables import Case, decided

PLAYBOOK = """
definition: hydraulics
fit:
  rules:
    industry: {points: 25, industry: machinery}
    role:     {points: 15, function: engineering}
intent:
  fades: {30d: 100 %, 60d: 50 %}
  rules:
    rfq:   {points: 60, did: rfq_submitted}
    sheet: {points: 20, did: content_downloaded}
grades:
  fit:    {A: 40, B: 15}
  intent: {1: 60, 2: 20}
tiers:
  hot:  {needs: {grades: [A1, B1]}, stays: {grades: [A1, A2, B1]}, branch: sales}
  warm: {needs: {grades: [A2]}, branch: sales}
  cold: {needs: {grades: [B2]}, branch: nurture}
"""
BEST = {"industry": "machinery", "function": "engineering"}
GOOD, FAIR = {"industry": "machinery"}, {"function": "engineering"}
CASES = [
    Case("A1", {"tier": "hot", "fit": 40, "intent": 60}, ["1d rfq_submitted"], BEST),
    Case("B1", {"tier": "hot", "fit": 25}, ["1d rfq_submitted"], GOOD),
    Case("no grade of fit", {"tier": "", "fit": 0, "intent": 60}, ["1d rfq_submitted"]),
    Case("A2", {"tier": "warm", "intent": 20}, ["1d content_downloaded"], BEST),
    Case("a little less than 1 is 2", {"tier": "warm", "intent": 40}, ["1d content_downloaded"] * 2, BEST),
    Case("B2, at its lower edges", {"tier": "cold", "fit": 15, "intent": 20}, ["1d content_downloaded"], FAIR),
    Case("no grade of intent", {"tier": "", "intent": 10}, ["40d content_downloaded"], BEST),
    Case("A1 that faded to A2 stays hot", {"tier": "hot", "intent": 30}, ["40d rfq_submitted"], BEST),
    Case("B1 that faded to B2 does not", {"tier": "cold", "intent": 30}, ["40d rfq_submitted"], GOOD),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_tier_is_a_cell_of_the_matrix(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides


def test_page_shows_the_matrix() -> None:
    page = show_playbook(playbook(YAML(typ="safe", pure=True).load(PLAYBOOK)))
    lines = [" ".join(line.split()) for line in page.splitlines()]
    at = lines.index("Grades: fit down, intent across")
    assert lines[at + 1 : at + 4] == ["1 from 60 2 from 20", "A from 40 hot warm", "B from 15 hot cold"]
    assert "hot goes to sales needs grade A1 or B1; whoever is in it stays with grade A1, A2 or B1" in lines
