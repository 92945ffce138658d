"""A partner's lead counts when its account is on a target list, with a topic on record and a wish to meet.

Partners spell relationship and topic each in their own way: the vocabulary's `terms` make one word of them. Such a lead
is *partner-qualified*: a stage of its own, below MQL. Leads of a partner's source whose account is on no list are
disqualified. Who the list comes from counts, and so do its dates.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions
from tests.history import DAY, History
from tests.spec.tables import Case, decided, told

PLAYBOOK = """
vocabulary:
  sources: {partner: [Partner list], web: []}
  lists:   {targets: [Target accounts 2026, Targets], old-fair: [Old fair]}
  origins: {customers: [Installed base], plan: [Strategic plan], referral: [Partner referral]}
  fields:  {relationship: text, topic: text}
  terms:
    relationship: {reseller: [VAR, Händler, dealer], service: [service partner]}
    topic:        {retrofit: [retrofit of presses, Umbau], spare-parts: [spares, Ersatzteile]}
  words: {meet: [meet, meeting, call us, Termin]}
definition: partners
for: {motion: [partner]}
fit:
  rules:
    on-list:  {points: 40, on_list: {list: targets, origin: [customers, plan, referral]}}
    topic:    {points: 20, topic: [retrofit, spare-parts]}
    reseller: {points: 5, relationship: reseller}
intent:
  rules:
    meeting: {points: 30, strength: high, did: [meeting_booked, demo_requested]}
    asks:    {points: 30, strength: high, says: meet}
tiers:
  partner: {needs: {fit: 60, signals: {high: 1}}, branch: sales, stage: partner, title: Partner-qualified}
  C: {needs: {intent: 1}, branch: nurture}
disqualify:
  unlisted: {source: partner, on_list: false, title: A partner's lead outside our target lists}
"""
LEAD = {"source": "Partner list", "topic": "Umbau", "relationship": "Händler"}
LISTED = ["30d listed Targets, origin Installed base"]
MEET = ["1d list_received, text Asks to meet at the fair"]
QUALIFIED = {"tier": "partner", "stage": "partner", "branch": "sales", "fit": 65}
CASES = [
    Case("listed, with a topic, wants to meet", QUALIFIED, [*LISTED, *MEET], LEAD),
    Case("no topic on record", {"tier": "C"}, [*LISTED, *MEET], {**LEAD, "topic": "?"}),
    Case("does not want to meet", {"tier": "", "branch": "none"}, [*LISTED, "1d list_received"], LEAD),
    Case("on a list that does not count", {"tier": "C"}, ["9d listed Old fair, origin Installed base", *MEET], LEAD),
    Case("on ours, but nobody says who made it", {"tier": "C"}, ["9d listed Targets", *MEET], LEAD),
    Case("on no list", {"branch": "out", "stage": "disqualified"}, MEET, LEAD),
    Case("no more", {"branch": "out", "stage": "disqualified"}, ["9d listed Targets, since 9d, until 2d", *MEET], LEAD),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_partner_lead_needs_a_listed_account(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides


def test_membership_counts_from_its_date_until_it_ends(store: Sessions, now: datetime) -> None:
    lists = ["9d listed Targets, origin Strategic plan, since in 2d, until in 5d"]
    history = told(store, now, PLAYBOOK, Case("", {}, [*lists, *MEET], {**LEAD, "source": "web"}))
    run_qualify(store, now=now + 9 * DAY)
    assert tiers_of(history, now)[-3:] == [(-1, "C"), (2, "partner"), (5, "C")]


def tiers_of(history: History, now: datetime) -> list[tuple[int, str]]:
    """Return the day and tier of each decision on the first lead."""
    mine = [one for one in history.decisions() if one["subject"] == "lead" and one["subject_id"] == 1]
    return [((one["moment"] - now).days, one["tier_to"]) for one in mine]
