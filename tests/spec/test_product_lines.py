"""A definition for each product line, with rules, thresholds and tiers of its own.

With ``for: {line: …}`` activities of other lines do not count; those that name none speak for every line. A lead may
so be an MQL for one line and not for another. Where both lead to the same queue it is one conversation: the second
definition joins the handoff that is open, and its owner stays.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.store.engine import Sessions, table
from penstock.store.tables import Handoff, HandoffDefinition
from tests.spec.tables import Case, decided, happened, read_line, told

PLAYBOOK = """
definition: hydraulics
for: {line: hydraulics}
fit:
  rules:
    builds:  {points: 20, function: engineering}
intent:
  rules:
    rfq:     {points: 60, strength: high, did: rfq_submitted}
    sheet:   {points: 20, strength: medium, did: content_downloaded}
tiers:
  A: {needs: {fit: 20, intent: 60}, branch: sales}
  C: {needs: {intent: 20}, branch: nurture}
---
definition: seals
for: {line: seals}
fit:
  rules:
    repairs: {points: 20, function: [engineering, maintenance]}
intent:
  rules:
    rfq:     {points: 50, strength: high, did: rfq_submitted}
    sheet:   {points: 30, strength: medium, did: content_downloaded}
tiers:
  top:   {needs: {fit: 20, intent: 50}, branch: sales}
  early: {needs: {intent: 50}, branch: nurture}
---
vocabulary:
  functions: {engineering: [], maintenance: []}
routes: {else: {to: inside}}
queues: {inside: {members: {eva: 1, tom: 1}, sla: hot}}
people:
  eva: {name: Eva Maurer, email: eva@firm.example, calendar: always}
  tom: {name: Tom Ritter, email: tom@firm.example, calendar: always}
calendars: {always: {zone: UTC, hours: {mon-sun: "00:00-24:00"}}}
sla: {hot: {contact: 1h}}
"""
ENGINEER, FITTER = {"function": "engineering"}, {"function": "maintenance"}
BOTH = ["3d rfq_submitted, line hydraulics", "1d rfq_submitted, line seals"]
CASES = [
    Case("a request on one line", {
        "hydraulics": {"tier": "A", "intent": 60, "queue": "inside"}, "seals": {"tier": "", "intent": 0}},
        ["1d rfq_submitted, line hydraulics"], ENGINEER),
    Case("requests on both are one handoff", {
        "hydraulics": {"tier": "A", "branch": "sales"}, "seals": {"tier": "top", "queue": "inside"}}, BOTH, ENGINEER),
    Case("a role that fits one of them", {
        "hydraulics": {"tier": "C", "fit": 0}, "seals": {"tier": "top", "fit": 20}}, BOTH, FITTER),
    Case("a request that names no line", {
        "hydraulics": {"intent": 60, "tier": "A"}, "seals": {"intent": 50, "tier": "top"}}, ["1d rfq_submitted"],
        ENGINEER),
    Case("the line of the asset", {"hydraulics": {"intent": 0}, "seals": {"intent": 30}},
        ["1d content_downloaded, asset Seal-7 datasheet"], ENGINEER),
]  # fmt: skip


def test_second_line_joins_the_conversation_and_its_owner_stays(store: Sessions, now: datetime) -> None:
    history = told(store, now, PLAYBOOK, Case("", {}, BOTH[:1], ENGINEER))
    owners = []
    for day in (0, 1):
        run_qualify(store, now=now + timedelta(days=day))
        run_route(store, now=now + timedelta(days=day))
        with store.read() as tx:
            owners.append(list(tx.scalars(select(table(Handoff).c.owner))))
        happened(history, 1, now, read_line(f"1h {BOTH[1][3:]}"))
    assert (owners[0], len(owners[0])) == (owners[1], 1)
    with store.read() as tx:
        joined = tx.scalars(select(table(HandoffDefinition).c.definition))
        assert set(joined) == {"hydraulics", "seals"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_line_judges_by_itself(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
