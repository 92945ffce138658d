"""A word that the vocabulary does not know is none of those that a condition names, and explain tells which one it was.

Countries are known by their two-letter ISO code; every other spelling of one stands under ``countries``, and a region
lists its own ``countries``. Titles become functions by ``titles``. A list without such a word holds spellings of the
term itself: ``benelux: [NL]`` finds whoever is said to be in the region "NL", and nobody by their country. What feeds
spell in yet another way is none of the words named (so ``{not: …}`` holds for it); the lines under *unknown* say so for
whatever a condition asks for, and *would do* names the rule that is enough once it is known.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
vocabulary:
  countries: {NL: [Netherlands, Niederlande], DE: [Germany, Deutschland]}
  regions:
    dach:    {countries: [DE, AT]}
    benelux: {countries: [NL, BE]}
  functions: {engineering: {titles: ["*engineer*", "*konstrukt*"]}}
definition: presses
fit:
  rules:
    region: {points: 20, region: [dach, benelux]}
    role:   {points: 20, function: engineering}
intent:
  rules:
    tool:   {points: 30, strength: high, did: tool_used}
tiers:
  A: {needs: {fit: 40, intent: 30}, branch: sales}
  C: {needs: {intent: 1}, branch: nurture}
"""
TOOL = ["1d tool_used"]
ENGINEER = "Design engineer"
CASES = [
    Case("a country in a spelling that nobody wrote down", {"fit": 20, "tier": "C"}, TOOL,
         {"country": "Pays-Bas", "title": ENGINEER}),
    Case("in one of the vocabulary's", {"fit": 40, "tier": "A"}, TOOL, {"country": "Niederlande", "title": ENGINEER}),
    Case("by its code", {"fit": 40, "tier": "A"}, TOOL, {"country": "nl", "title": ENGINEER}),
    Case("a country that no region has", {"fit": 20, "tier": "C"}, TOOL, {"country": "DK", "title": ENGINEER}),
    Case("a region that is stated", {"fit": 40, "tier": "A"}, TOOL, {"region": "Benelux", "title": ENGINEER}),
    Case("a title that no pattern fits", {"fit": 20, "tier": "C"}, TOOL, {"country": "BE", "title": "Chef"}),
    Case("a country that nobody said", {"fit": 20, "tier": "C"}, TOOL, {"title": ENGINEER}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_unknown_word_gives_no_points(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
