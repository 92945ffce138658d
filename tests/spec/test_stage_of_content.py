"""What somebody reads tells how far they are.

The vocabulary says of each kind of asset how far its readers are, in the team's own words (``content_stage``). A rule
asks for the stage instead of listing kinds of assets, so a new kind of asset finds its points by being described once.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
vocabulary:
  assets:
    guide:     {spelt: ["*guide*"], content_stage: early}
    article:   {spelt: ["*article*"], content_stage: early}
    datasheet: {spelt: ["*datasheet*"], content_stage: deciding}
    other:     ["*price list*"]
definition: hydraulics
intent:
  rules:
    decides: {points: 30, strength: high, did: content_downloaded, content_stage: deciding}
    learns:  {points: 5, did: content_downloaded, content_stage: early}
    reads:   {points: 1, content_stage: {not: deciding}}
tiers:
  A: {needs: {intent: 25}, branch: sales}
"""
CASES = [
    Case("a datasheet is read late", {"intent": 30, "tier": "A"}, ["1d content_downloaded, asset HX-200 datasheet"]),
    Case("a guide is read early", {"intent": 6, "tier": ""}, ["1d content_downloaded, asset Sizing guide"]),
    Case("an article too", {"intent": 6}, ["1d content_downloaded, asset Article on seals"]),
    Case("a kind of asset without a stage", {"intent": 1}, ["1d content_downloaded, asset Price list"]),
    Case("no asset at all", {"intent": 0}, ["1d content_downloaded"]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_points_by_stage_of_content(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
