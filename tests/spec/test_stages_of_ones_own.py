"""Stages of the team's own, each right above one that is there.

Beside the built-in stages a team may name more: a tier says which one whoever is in it gets, and the section
``stages`` says what it is called, above which other it stands and what the CRM calls it. The built-in ones may get
titles and CRM values too. ``partner`` is the stage of leads that partners sent and that qualify by their own rules.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from penstock.operations.qualify import run_qualify
from penstock.playbook.operations import Stage
from penstock.playbook.show import show_playbook
from penstock.playbook.stages import STAGES, in_order
from penstock.sequence.leading import leading
from penstock.store.engine import Sessions
from penstock.store.playbooks import read_live
from tests.history import DAY, History, playbook
from tests.spec.tables import Case, decided

PLAYBOOK = """
stages:
  technical-fit: {title: Technically qualified, after: mql, crm: TQL}
  early-access:  {after: technical-fit}
  mql:           {title: Marketing-qualified, crm: MQL}
definition: hydraulics
intent:
  rules:
    rfq:     {points: 60, did: rfq_submitted}
    webinar: {points: 20, did: webinar_attended}
    listed:  {points: 5, did: list_received}
tiers:
  A: {needs: {intent: 60}, stage: technical-fit, branch: sales}
  P: {needs: {all: [listed]}, stage: partner, branch: nurture}
  B: {needs: {intent: 20}, branch: nurture}
"""
CASES = [
    Case("a stage of the team's own", {"stage": "technical-fit", "branch": "sales"}, ["1d rfq_submitted"]),
    Case("partner-qualified", {"stage": "partner", "tier": "P"}, ["1d list_received"]),
    Case("the stage of the branch", {"stage": "nurture", "tier": "B"}, ["1d webinar_attended"]),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_tier_says_its_stage(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides


def stages(**written: dict[str, Any]) -> dict[str, Stage]:
    return {name: Stage.model_validate(one) for name, one in written.items()}


def test_own_stages_stand_right_above_those_that_they_come_after() -> None:
    own = stages(c={"after": "b"}, a={"after": "mql"}, b={"after": "mql"}, mql={"title": "x"}, lost={"after": "gone"})
    at = STAGES.index("mql") + 1
    assert in_order(own) == [*STAGES[:at], "a", "b", "c", *STAGES[at:]]
    assert in_order({}) == list(STAGES)


@pytest.mark.parametrize(("after", "wanted"), [("nurture", "mine"), ("engaged", "other")])
def test_higher_stage_of_ones_own_leads(store: Sessions, now: datetime, after: str, wanted: str) -> None:
    mine = {"definition": "mine", "tiers": {"A": {"stage": "warm", "branch": "none"}}}
    other = {"definition": "other", "tiers": {"A": {"branch": "nurture"}}}
    history = History(store, playbook(other, mine, stages={"warm": {"after": after}}), live_from=now - 9 * DAY)
    history.did(history.lead("jana", received=now - DAY), "page_viewed", at=now - DAY)
    run_qualify(store, now=now)
    with store.read() as tx:
        live = read_live(tx)
        found = leading(live.deciding, stages=live.operations.stages)
        assert set(tx.scalars(select(found.c.definition))) == {wanted}


def test_page_lists_stages_in_their_order_with_what_the_crm_calls_them() -> None:
    own = stages(technical={"title": "Technically qualified", "after": "mql", "crm": "TQL"})
    page = show_playbook(
        playbook({"definition": "d", "tiers": {"A": {"branch": "none", "stage": "technical"}}}, stages=own)
    )
    lines = [" ".join(line.split()) for line in page.splitlines()]
    at = lines.index("technical Technically qualified in the CRM: TQL")
    assert (lines[at - 1], lines[at + 1]) == ("mql mql", "working working")
    assert "A stays, nothing happens (stage technical) needs nothing" in lines
