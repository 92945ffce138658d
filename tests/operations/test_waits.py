"""What waits for a person, as the artifact and status list it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from penstock.operations.qualify import run_qualify
from penstock.operations.waits import read_waits
from penstock.store.engine import Sessions
from tests.history import DAY, HYDRAULICS, History, playbook

UNKNOWN: dict[str, Any] = {"source": "Newsletter of somebody", "industry": "Maschinenbau", "country": "DE"}


def test_what_was_in_triage_before_going_live_waits_for_nobody(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now)
    past = history.lead("past", received=now - DAY, **UNKNOWN)
    history.did(past, "rfq_submitted", at=now - DAY)
    present = history.lead("present", received=now + DAY, **UNKNOWN)
    history.did(present, "rfq_submitted", at=now + DAY)
    run_qualify(store, now=now + DAY)
    assert {row["branch"]: row["stage"] for row in history.scores()} == {"baseline": "triage", "triage": "triage"}
    waits = read_waits(store, now=now + DAY)
    assert [(one.subject_id, one.reason) for one in waits.triage] == [(present, "triage: source not in the vocabulary")]
    assert waits.triage_total == 1
