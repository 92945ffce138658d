"""Inbound, outbound, partner and account-based definitions stand side by side.

Each motion is a definition, a file of its own: its own signals, its own weight of fit against intent, its own tiers.
Every lead is judged under each of them; the routes may ask for the definition by name. Inbound asks for what somebody
did, outbound leans on the role and on replies, partners on who sent the lead, and account-based selling on how many
people of a named account are busy.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
vocabulary:
  sources: {web: [], partner: [Dealer list]}
  words: {technical: [pressure range, bore, stroke, Hub]}
  fields: {programme: text}
---
definition: inbound
for: {motion: [inbound]}
fit:
  at_most: 40
  rules:
    industry: {points: 25, industry: machinery}
    role:     {points: 15, function: engineering}
intent:
  rules:
    rfq:   {points: 60, strength: high, did: rfq_submitted}
    sheet: {points: 20, strength: medium, did: content_downloaded, at_most: 40}
tiers:
  A: {needs: {fit: 15, intent: 60}, branch: sales}
  C: {needs: {intent: 20}, branch: nurture}
---
definition: outbound
for: {motion: [outbound]}
fit:
  at_most: 70
  rules:
    role:     {points: 50, function: engineering}
    industry: {points: 20, industry: machinery}
intent:
  at_most: 40
  rules:
    question: {points: 30, strength: high, did: email_replied, says: technical}
    reply:    {points: 10, strength: medium, did: [email_replied, linkedin_touched], at_most: 10}
tiers:
  A: {needs: {fit: 50, any: [question]}, branch: sales}
---
definition: partner
for: {motion: [partner]}
fit:
  rules:
    sent-by-one: {points: 30, source: partner}
intent:
  rules:
    meeting: {points: 40, strength: high, did: meeting_booked}
    listed:  {points: 5, did: list_received}
tiers:
  P: {needs: {fit: 30, all: [meeting]}, stage: partner, branch: sales}
---
definition: abm
for: {motion: [abm]}
fit:
  rules:
    named: {points: 40, programme: named accounts}
intent:
  people:
    busy:  {points: 40, at_least: 2, did: [content_downloaded, webinar_attended, page_viewed], within: 30d}
tiers:
  A: {needs: {fit: 40, all: [busy]}, branch: sales}
"""
ENGINEER = {"function": "engineering"}
CASES = [
    Case("an engineer who asks for a quote", {
        "inbound": {"tier": "A", "intent": 60, "branch": "sales"}, "outbound": {"tier": "", "fit": 50},
        "partner": {"tier": ""}, "abm": {"tier": ""}}, ["1d rfq_submitted"], ENGINEER),
    Case("an engineer who answers with a technical question", {
        "inbound": {"tier": "", "intent": 0}, "outbound": {"tier": "A", "intent": 40, "branch": "sales"}},
        ["1d email_replied, text Which stroke has the HX-200?"], ENGINEER),
    Case("a dealer's lead with a meeting", {
        "inbound": {"tier": ""}, "partner": {"tier": "P", "stage": "partner", "branch": "sales"}},
        ["5d list_received", "1d meeting_booked"], {"source": "Dealer list"}),
    Case("two people of a named account", {
        "inbound": {"tier": "C", "branch": "nurture"}, "abm": {"tier": "A", "fit": 40, "intent": 40}},
        ["4d content_downloaded"], {"programme": "Named accounts"}, [({}, ["3d page_viewed"])]),
    Case("one person of a named account", {"abm": {"tier": "", "fit": 40, "intent": 0}},
        ["4d content_downloaded"], {"programme": "Named accounts"}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_motion_judges_by_its_own_signals(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
