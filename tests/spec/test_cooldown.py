"""After sales said no, a lead rests; what it does meanwhile begins no new conversation.

``cooldown`` says for how long (90 days unless written). The lead is nurtured, its points and its tier go on being
shown, and when the time is over it is handed over again if it still deserves it. A reason may say that it is out for
good. Together with tiers that are left later than entered, a lead on the edge does not come and go.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
definition: hydraulics
intent:
  fades: {60d: 100 %}
  rules:
    rfq: {points: 60, strength: high, did: rfq_submitted}
tiers:
  A: {needs: {intent: 60}, branch: sales}
cooldown: 30d
reasons:
  bad-timing:     {title: Not now, to: nurture}
  wrong-industry: {title: Wrong industry, to: out}
routes: {else: {to: inside}}
queues: {inside: {members: {eva: 1}, sla: hot}}
people: {eva: {name: Eva Maurer, email: eva@firm.example, calendar: always}}
calendars: {always: {zone: UTC, hours: {mon-sun: "00:00-24:00"}}}
sla: {hot: {contact: 1h}}
"""
SENT_BACK = "rfq_submitted", "sales rejected, reason bad-timing"
CASES = [
    Case("sent back, and asks again too soon", {
        "tier": "A", "branch": "nurture", "stage": "nurture", "queue": "inside"},
         [f"21d {SENT_BACK[0]}", f"20d {SENT_BACK[1]}", "1d rfq_submitted"]),
    Case("when the time is over it is handed over again", {
        "branch": "sales", "stage": "mql", "queue": "inside, inside"},
         [f"41d {SENT_BACK[0]}", f"40d {SENT_BACK[1]}", "20d rfq_submitted"]),
    Case("on the very day", {"branch": "sales"}, [f"31d {SENT_BACK[0]}", f"30d {SENT_BACK[1]}", "5d rfq_submitted"]),
    Case("not where it no longer deserves it", {"branch": "none", "stage": "lead", "queue": "inside"},
         [f"91d {SENT_BACK[0]}", f"45d {SENT_BACK[1]}"]),
    Case("out for good", {"branch": "out", "stage": "disqualified"},
         ["91d rfq_submitted", "90d sales rejected, reason wrong-industry", "1d rfq_submitted"]),
    Case("sales has it: scoring moves no stage", {"stage": "working", "branch": "sales", "tier": ""},
         ["70d rfq_submitted", "69d sales working"]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_new_handoff_before_the_cooldown_is_over(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
