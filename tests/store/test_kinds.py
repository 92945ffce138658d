"""Kinds of signals are counted for each strength by itself."""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions
from tests.history import DAY, History, playbook

RULES = {
    "page": {"points": 1, "strength": "low", "did": "page_viewed"},
    "sheet": {"points": 1, "strength": "medium", "did": "content_downloaded"},
    "webinar": {"points": 1, "strength": "medium", "did": "webinar_attended"},
}
SAID = {
    "definition": "d", "intent": {"fades": {"30d": "100 %"}, "rules": RULES},
    "tiers": {"A": {"needs": {"signals": {"medium": 2, "different": "kinds"}}, "branch": "nurture"}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("did", "tier"),
    [
        (["page_viewed", "content_downloaded"], ""),
        (["content_downloaded", "content_downloaded"], ""),
        (["page_viewed", "content_downloaded", "webinar_attended"], "A"),
    ],
)
def test_two_medium_signals_of_different_kinds_are_asked_for(
    store: Sessions, now: datetime, did: list[str], tier: str
) -> None:
    history = History(store, playbook(SAID), live_from=now - DAY)
    lead = history.lead("jana", received=now)
    for kind in did:
        history.did(lead, kind, at=now)
    run_qualify(store, now=now)
    assert [row["tier"] for row in history.scores()] == [tier]
