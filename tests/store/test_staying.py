"""Who stays in a tier: each tier by itself, the first one too."""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions
from tests.history import DAY, History, playbook

RULES = {"asked": {"points": 100, "did": "rfq_submitted", "fades": {"10d": "100 %", "30d": "60 %"}}}
NEEDS = {"A": {"intent": 90}, "B": {"intent": 80}, "C": {"intent": 70}}


@pytest.mark.parametrize(("stays", "tiers"), [("", ["A", ""]), ("A", ["A"]), ("B", ["A", "B"]), ("C", ["A", "C"])])
def test_lead_stays_in_the_best_tier_that_may_be_stayed_in(
    store: Sessions, now: datetime, stays: str, tiers: list[str]
) -> None:
    agreed = {name: {"needs": needs, "branch": "nurture"} for name, needs in NEEDS.items()}
    if stays:
        agreed[stays]["stays"] = {"intent": 50}
    said = {"definition": "d", "intent": {"rules": RULES}, "tiers": agreed}
    history = History(store, playbook(said), live_from=now - DAY)
    history.did(history.lead("jana", received=now), "rfq_submitted", at=now)
    for day in (0, 11):
        run_qualify(store, now=now + day * DAY)
    decided = [row["tier_to"] for row in history.decisions()]
    assert [tier for tier, before in zip(decided, [None, *decided], strict=False) if tier != before] == tiers
