"""A maker of equipment: fit by industry and region, and use of the technical selection tool.

Who fits and sized a machine seriously is called for a technical discovery call. Who fits and only tried the tool gets
engineering content in the owner's name (the branch *assisted*), and is called when intent rises. Without fit there are
the mails that everybody gets.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
definition: presses
fit:
  rules:
    industry: {points: 30, industry: machinery}
    region:   {points: 20, region: [dach, benelux]}
intent:
  rules:
    tool:     {points: 30, strength: medium, did: tool_used, at_most: 60}
    layout:   {points: 20, strength: medium, did: content_downloaded, asset: [datasheet, drawing]}
tiers:
  A: {needs: {fit: 50, intent: 50, all: [tool]}, branch: sales, title: Technical discovery call}
  B: {needs: {fit: 50, all: [tool]}, branch: assisted, sequence: engineering-content}
  C: {needs: {intent: 1}, branch: nurture}
vocabulary:
  assets: {datasheet: ["*datasheet*"], drawing: ["*layout*", "*drawing*"]}
sequences:
  engineering-content: {interest: [hydraulics], steps: {first: {mail: content}}}
  general:             {steps: {first: {mail: content}}}
"""
FITS = {"industry": "Maschinenbau", "country": "NL"}
CASES = [
    Case("sized a machine and took its layout", {"tier": "A", "branch": "sales", "stage": "mql", "intent": 50},
         ["6d tool_used", "2d content_downloaded, asset Layout drawing P40"], FITS),
    Case("tried the tool once", {
        "tier": "B", "branch": "assisted", "stage": "mql", "sequence": "engineering-content"}, ["2d tool_used"], FITS),
    Case("used it again a week later", {"tier": "A", "intent": 60}, ["9d tool_used", "2d tool_used"], FITS),
    Case("another industry", {"fit": 20, "tier": "C", "sequence": "general"}, ["9d tool_used", "2d tool_used"],
         {"industry": "mining", "country": "NL"}),
    Case("a layout without the tool", {"tier": "C"}, ["2d content_downloaded, asset Layout drawing P40"], FITS),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_tool_and_fit_lead_to_a_call_or_to_content(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
