"""Rule-based: a target industry, a datasheet of one product line and a clear interest make the top tier.

No sum of points is asked for here: every gate names what must be there. Each gate stands alone, so a reader sees which
one is missing. Whoever lacks one of them falls to the next tier that fits.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
vocabulary:
  words: {project: [project, quotation, Angebot, projet]}
definition: hydraulics
for: {line: hydraulics}
fit:
  rules:
    target-industry: {points: 1, industry: machinery}
intent:
  rules:
    datasheet: {points: 10, strength: medium, did: content_downloaded, asset: datasheet}
    asks:      {points: 10, strength: high, did: [rfq_submitted, demo_requested, meeting_booked]}
    project:   {points: 10, strength: high, says: project}
tiers:
  A: {needs: {fit: 1, all: [datasheet], any: [asks, project]}, branch: sales}
  C: {needs: {intent: 1}, branch: nurture}
"""
SHEET, TARGET = "5d content_downloaded, asset HX-200 datasheet", {"industry": "Maschinenbau"}
CASES = [
    Case("all three", {"tier": "A", "stage": "mql", "branch": "sales"}, [SHEET, "1d demo_requested"], TARGET),
    Case("the interest may be in their words", {"tier": "A"}, [SHEET, "1d form_submitted, text A new project"], TARGET),
    Case("another industry", {"tier": "C", "branch": "nurture"}, [SHEET, "1d demo_requested"], {"industry": "mining"}),
    Case("an industry that nobody said", {"tier": "C"}, [SHEET, "1d demo_requested"]),
    Case("no datasheet", {"tier": "C"}, ["1d demo_requested"], TARGET),
    Case("a datasheet of another line", {"tier": "C"}, [
        "5d content_downloaded, asset seal-7 datasheet", "1d demo_requested"], TARGET),
    Case("no clear interest", {"tier": "C"}, [SHEET, "1d form_submitted, text hello"], TARGET),
    Case("nothing at all", {"tier": "", "stage": "lead", "branch": "none"}, [], TARGET),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_gate_must_hold(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
