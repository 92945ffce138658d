"""A partner's lead counts when its account is on a target list, with a topic on record and a wish to meet.

That an account is on a list is a dated fact about it, like any other: the playbook names the field, its value is where
the list came from, and at every moment it holds what had been received by then, the latest word of the most trusted
feed. Leads of a partner's source without such an account are disqualified.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions
from tests.history import DAY, History
from tests.spec.tables import Case, decided, told

PLAYBOOK = """
vocabulary:
  sources: {partner: [Partner list], web: []}
  fields: {target_list: text, topic: text}
  words: {meet: [meet, meeting, call us, Termin]}
definition: partners
for: {motion: [partner]}
fit:
  rules:
    on-list: {points: 40, target_list: [installed base, strategic plan, partner referral]}
    topic:   {points: 20, topic: {is: known}}
intent:
  rules:
    meeting: {points: 30, strength: high, did: [meeting_booked, demo_requested]}
    asks:    {points: 30, strength: high, says: meet}
tiers:
  partner: {needs: {fit: 60, signals: {high: 1}}, branch: sales, title: Partner-qualified}
  C: {needs: {intent: 1}, branch: nurture}
disqualify:
  unlisted: {source: partner, target_list: {is: missing}, title: A partner's lead outside our target lists}
"""
LISTED = {"source": "Partner list", "target_list": "Installed base", "topic": "retrofit of presses"}
MEET = ["1d list_received, text Asks to meet at the fair"]
CASES = [
    Case("listed, with a topic, wants to meet", {"tier": "partner", "branch": "sales"}, MEET, LISTED),
    Case("no topic on record", {"tier": "C"}, MEET, {k: v for k, v in LISTED.items() if k != "topic"}),
    Case("does not want to meet", {"tier": "", "branch": "none"}, ["1d list_received"], LISTED),
    Case("on a list that does not count", {"tier": "C"}, MEET, {**LISTED, "target_list": "Old fair"}),
    Case("on no list", {"branch": "out", "stage": "disqualified"}, MEET, {"source": "Partner list"}),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_partner_lead_needs_a_listed_account(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides


def test_membership_counts_from_its_date_until_it_ends(store: Sessions, now: datetime) -> None:
    lead: dict[str, Any] = {"source": "web", "topic": "retrofit"}
    history = told(store, now, PLAYBOOK, Case("", {}, MEET, lead, [({}, [])]))
    for day, listed in ((2, "Strategic plan"), (5, "none")):
        at = now + day * DAY
        history.fact("account", 1, "target_list", listed, received=at)
    run_qualify(store, now=now + 9 * DAY)
    assert tiers_of(history, now)[-3:] == [(-1, "C"), (2, "partner"), (5, "C")]


def tiers_of(history: History, now: datetime) -> list[tuple[int, str]]:
    """Return the day and tier of each decision on the first lead."""
    mine = [one for one in history.decisions() if one["subject"] == "lead" and one["subject_id"] == 1]
    return [((one["moment"] - now).days, one["tier_to"]) for one in mine]
