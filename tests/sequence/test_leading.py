"""The leading definition: an open handoff, then stage, then tier, then the order in the playbook."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from penstock.sequence.leading import leading
from penstock.store.playbooks import read_live
from penstock.store.tables import Score
from tests.mail.cast import Cast, cast

__all__ = ["cast"]
POINTS: dict[str, Any] = {"fit": 0, "intent": 0, "version_id": 1, "evidence": "[0, []]"}


def score(cast: Cast, definition: str, stage: str = "nurture", tier: str = "B", lead: int = 1) -> None:
    of = {"subject": "lead", "subject_id": lead, "definition": definition}
    cast.add(Score, **of, **POINTS, stage=stage, tier=tier, branch="nurture", as_of=cast.now)


def leads(cast: Cast, **options: Any) -> dict[int, str]:
    with cast.store.read() as tx:
        found = leading(read_live(tx).deciding, **options)
        return {row.subject_id: row.definition for row in tx.execute(select(found))}


@pytest.mark.parametrize(
    ("pumps", "anyone", "expected"),
    [
        (("nurture", "B"), ("nurture", "B"), "pumps-inbound"),
        (("nurture", "B"), ("nurture", "A"), "anyone"),
        (("nurture", "A"), ("mql", "B"), "anyone"),
        (("nurture", ""), ("nurture", "B"), "anyone"),
        (("disqualified", "A"), ("lead", ""), "anyone"),
        (("lead", ""), ("triage", ""), "anyone"),
    ],
    ids=["order", "tier", "stage", "no_tier", "disqualified", "triage"],
)
def test_stage_then_tier_then_order(cast: Cast, pumps: tuple[str, str], anyone: tuple[str, str], expected: str) -> None:
    score(cast, "pumps-inbound", *pumps)
    score(cast, "anyone", *anyone)
    assert leads(cast) == {1: expected}


@pytest.mark.parametrize(("status", "expected"), [("review", "anyone"), ("rejected", "pumps-inbound")])
def test_open_handoff_goes_before_everything(cast: Cast, status: str, expected: str) -> None:
    lead = cast.lead()
    score(cast, "pumps-inbound", "customer", "A")
    score(cast, "anyone", "lead", "")
    cast.handoff(lead, status=status, definition="anyone")
    assert leads(cast) == {lead: expected}


def test_handoff_of_another_lead_counts_for_nobody_else(cast: Cast) -> None:
    cast.handoff(2, definition="anyone")
    score(cast, "pumps-inbound")
    score(cast, "anyone")
    assert leads(cast) == {1: "pumps-inbound"}


def test_definitions_that_are_gone_lead_nowhere_and_subjects_can_be_named(cast: Cast) -> None:
    score(cast, "retired", "customer", "A")
    score(cast, "anyone")
    score(cast, "anyone", lead=2)
    assert leads(cast) == {1: "anyone", 2: "anyone"}
    assert leads(cast, among=[2]) == {2: "anyone"}
    assert leads(cast, subject="account") == {}
