"""Some segments go first, and what is unclear is looked at by a person.

A fast track is a tier above the others that asks for a segment and for any sign of interest. Triage holds what nobody
can judge by rules: a source that the vocabulary does not know, and whatever the section ``triage`` names. A person in
marketing then adds the spelling or puts the lead forward; until then it is not handed over. A tier may lead to triage,
too.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
vocabulary:
  sources: {web: [Website, website form], fair: [Trade show]}
  fields:  {segment: text}
definition: hydraulics
fit:
  rules:
    strategic: {points: 100, segment: [wind, rail]}
    industry:  {points: 25, industry: machinery}
intent:
  rules:
    rfq:       {points: 60, strength: high, did: rfq_submitted}
    sheet:     {points: 20, strength: medium, did: content_downloaded}
tiers:
  fast: {needs: {fit: 100, intent: 1}, branch: sales, title: Fast track}
  A:    {needs: {fit: 25, intent: 60}, branch: sales}
  look: {needs: {intent: 60}, branch: triage, title: "Strong interest, weak fit"}
  C:    {needs: {intent: 1}, branch: nurture}
triage:
  odd-country: {country: {is: unknown}, title: The country is spelt in a way we do not know}
"""
SHEET, RFQ = ["1d content_downloaded"], ["1d rfq_submitted"]
CASES = [
    Case("a segment on the fast track", {"tier": "fast", "branch": "sales", "intent": 20}, SHEET, {"segment": "Rail"}),
    Case("the same interest of anybody else", {"tier": "C", "branch": "nurture"}, SHEET, {"industry": "machinery"}),
    Case("a segment that did nothing", {"tier": "", "branch": "none"}, [], {"segment": "Rail"}),
    Case("a source that nobody knows", {
        "tier": "A", "branch": "triage", "stage": "triage", "reason": "triage: source not in the vocabulary"},
        RFQ, {"industry": "machinery", "source": "xq-17"}),
    Case("a source that is spelt otherwise", {"tier": "A", "branch": "sales"}, RFQ,
         {"industry": "machinery", "source": "WEBSITE FORM"}),
    Case("no source at all", {"branch": "sales"}, RFQ, {"industry": "machinery"}),
    Case("a country that nobody knows", {"branch": "triage", "reason": "triage: odd-country"}, RFQ,
         {"industry": "machinery", "country": "Atlantis"}),
    Case("strong interest, weak fit", {"tier": "look", "branch": "triage"}, RFQ, {"industry": "mining"}),
    Case("triage comes before the fast track", {"tier": "fast", "branch": "triage"}, SHEET, {
        "segment": "Wind", "source": "xq-17"}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_some_go_first_and_the_unclear_are_looked_at(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
