"""A tier that rises while sales has the lead: it stays where it is, the promise comes forward, the owner hears once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from penstock.mail.compose import Composer
from penstock.operations.answer import answer_handoff, close_by_outcome
from penstock.operations.check_slas import run_check_slas
from penstock.operations.deliver import run_deliver
from penstock.operations.qualify import QualifyResult, run_qualify
from penstock.operations.route import RouteResult, run_route
from penstock.playbook.model import Playbook
from penstock.store import receipts
from penstock.store.engine import Sessions, table
from penstock.store.tables import Clock, Decision, Effect, Escalation, Handoff, HandoffDefinition, Outcome
from penstock.store.types import from_micros
from tests.cast import HYDRAULICS, LONG_AGO, OPERATIONS, SEALS, Firm, berlin
from tests.fakes import RecordingMailer
from tests.history import playbook
from tests.operations.merging import merge, unmerge

NOW = berlin("2026-03-02 10:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A datasheet makes C, two make B, with a quote asked for it is A; only A goes to the engineers.
TIERS: dict[str, Any] = {
    "A": {"title": "Hot lead", "needs": {"intent": 60}, "branch": "sales"},
    "B": {"needs": {"intent": 40}, "branch": "sales"},
    "C": {"needs": {"intent": 20}, "branch": "nurture"},
}
# Engineers answer within four hours and inside sales within eight, warned when seven of them are left.
SLA = {
    "hot": {"contact": "4 business hours", "warn": "1 business hour before", "late": {"0h": "owner"}},
    "warm": {"contact": "8 business hours", "warn": "7 business hours before", "late": {"0h": "manager"}},
}
ROUTES = {"best": {"tier": "A", "to": "engineers"}, "else": {"to": "inside"}}


def agreed(**tiers: Any) -> Playbook:
    definition = {**HYDRAULICS, "tiers": tiers or TIERS}
    return playbook(definition, SEALS, **(OPERATIONS | {"routes": ROUTES, "sla": SLA}))


def sheet(known: Firm, lead: int, at: datetime) -> None:
    known.did(lead, "content_downloaded", at=at, asset="HX-240 datasheet", line="hydraulics")


def quote(known: Firm, at: datetime) -> None:
    known.did(handoff(known).subject_id, "rfq_submitted", at=at, line="hydraulics")


def step(known: Firm, now: datetime) -> tuple[QualifyResult, RouteResult]:
    return run_qualify(known.store, now=now), run_route(known.store, now=now)


def jana(known: Firm) -> int:
    """Land a lead of tier B."""
    lead = known.lead("jana", received=LONG_AGO, source="Website")
    for _ in range(2):
        sheet(known, lead, NOW)
    return lead


@pytest.fixture
def known(store: Sessions) -> Firm:
    """The firm, with one lead of tier B handed over to Felix at ten."""
    known = Firm(store, agreed())
    jana(known)
    step(known, NOW)
    return known


def handoff(known: Firm) -> Any:
    (row,) = known.rows(Handoff)
    return row


def answer(known: Firm, now: datetime, said: str, reason: str = "") -> None:
    answer_handoff(known.store, now=now, handoff_id=handoff(known).id, answer=said, reason=reason, actor="felix")


def notes(known: Firm) -> list[tuple[str, str]]:
    rows = [row for row in known.rows(Effect) if row.kind == "handoff_note"]
    return [(row.key.partition(":")[2], row.recipient) for row in rows]


def test_risen_tier_stays_with_its_queue_and_owner_who_hears_of_it(known: Firm) -> None:
    assert (handoff(known).queue, handoff(known).owner, handoff(known).tier) == ("inside", "felix", "B")
    quote(known, NOW + HOUR)
    _, routed = step(known, NOW + HOUR)
    assert (routed.decisions, routed.raised, routed.handoffs, routed.joined) == (1, 1, 0, 0)
    assert (handoff(known).queue, handoff(known).owner, handoff(known).tier) == ("inside", "felix", "A")
    assert notes(known) == [("1", "felix"), ("1:hydraulics:A", "felix")]
    assert [row.acted_at for row in known.rows(Decision) if row.branch == "sales"] == [NOW, NOW + HOUR]


def test_promise_of_the_new_tier_counts_from_now_where_it_is_earlier(known: Firm) -> None:
    assert known.rows(Clock)[0].due_at == berlin("2026-03-02 18:00")
    quote(known, NOW + HOUR)
    _, routed = step(known, NOW + HOUR)
    (clock,) = known.rows(Clock)
    levels = [(level, from_micros(due), whom) for level, due, whom in json.loads(clock.levels)]
    assert (clock.sla, clock.due_at, clock.started_at) == ("hot", berlin("2026-03-02 15:00"), NOW)
    assert levels == [(0, berlin("2026-03-02 14:00"), "felix"), (1, berlin("2026-03-02 15:00"), "felix")]
    assert clock.next_due == routed.next_due == berlin("2026-03-02 14:00")


def test_promise_that_would_be_later_stays(known: Firm) -> None:
    before = known.rows(Clock)
    late = berlin("2026-03-02 17:00")
    quote(known, late)
    step(known, late)
    assert known.rows(Clock) == before
    assert handoff(known).tier == "A"


def test_level_that_was_written_is_not_told_again(known: Firm) -> None:
    warned, due = berlin("2026-03-02 11:00"), berlin("2026-03-02 15:00")
    assert run_check_slas(known.store, now=warned).warned == 1
    quote(known, warned)
    step(known, warned)
    levels = [(level, from_micros(at)) for level, at, _ in json.loads(known.rows(Clock)[0].levels)]
    assert levels == [(0, warned), (1, due)]
    result = run_check_slas(known.store, now=due)
    assert (result.warned, result.escalated, result.silent, result.next_due) == (0, {1: 1}, 0, None)
    assert [(row.level, row.due_at) for row in known.rows(Escalation)] == [(0, warned), (1, due)]


def test_clock_that_was_stopped_stays_stopped(known: Firm) -> None:
    answer(known, NOW + HOUR, "working")
    before = known.rows(Clock)
    quote(known, NOW + 2 * HOUR)
    step(known, NOW + 2 * HOUR)
    assert known.rows(Clock) == before
    assert (handoff(known).status, handoff(known).tier, len(notes(known))) == ("working", "A", 2)


def test_rerun_does_nothing_twice(known: Firm) -> None:
    quote(known, NOW + HOUR)
    step(known, NOW + HOUR)
    before = [known.rows(one, "id") for one in (Handoff, Clock, Effect, Decision)]
    judged, routed = step(known, NOW + HOUR)
    assert (judged.decisions, routed.decisions) == (0, 0)
    assert [known.rows(one, "id") for one in (Handoff, Clock, Effect, Decision)] == before


def test_two_rises_before_route_ran_are_told_as_one(store: Sessions) -> None:
    known = Firm(store, agreed(A=TIERS["A"], middle=TIERS["B"], B={"needs": {"intent": 20}, "branch": "sales"}))
    lead = known.lead("jana", received=LONG_AGO, source="Website")
    sheet(known, lead, NOW)
    step(known, NOW)
    sheet(known, lead, NOW + HOUR)
    quote(known, NOW + 2 * HOUR)
    run_qualify(store, now=NOW + 3 * HOUR)
    # One decision a chunk: what rises twice is still told once.
    assert run_route(store, now=NOW + 3 * HOUR, chunk=1).raised == 2
    assert (handoff(known).tier, [key for key, _ in notes(known)]) == ("A", ["1", "1:hydraulics:A"])


def test_handoff_made_late_is_told_once_with_its_highest_tier(store: Sessions) -> None:
    known = Firm(store, agreed())
    known.did(jana(known), "rfq_submitted", at=NOW + HOUR, line="hydraulics")
    _, routed = step(known, NOW + DAY)
    assert (routed.decisions, routed.handoffs, routed.raised) == (2, 1, 1)
    # Routed as on time, and promised as the higher tier is.
    assert (handoff(known).queue, handoff(known).tier, notes(known)) == ("inside", "A", [("1", "felix")])
    (clock,) = known.rows(Clock)
    assert (clock.sla, clock.due_at) == ("hot", berlin("2026-03-03 14:00"))
    assert [handoff(known).decision_id] == [row.id for row in known.rows(Decision) if row.tier_to == "A"]


def test_tier_that_falls_is_told_to_nobody(known: Firm) -> None:
    quote(known, NOW + HOUR)
    step(known, NOW + HOUR)
    known.adopt(agreed(**TIERS | {"A": {"needs": {"intent": 500}, "branch": "sales"}}), now=NOW + 2 * HOUR)
    judged, routed = step(known, NOW + 2 * HOUR)
    assert (judged.by_branch["sales"], judged.to_act, routed.decisions) == (1, {}, 0)
    assert (handoff(known).tier, len(notes(known))) == ("A", 2)


def test_tier_that_dips_and_comes_back_is_told_once(known: Firm) -> None:
    for hours, tier in enumerate(("A", "B", "A"), 1):
        known.decide(handoff(known).subject_id, NOW + hours * HOUR, tier=tier)
        run_route(known.store, now=NOW + hours * HOUR)
    assert [key for key, _ in notes(known)] == ["1", "1:hydraulics:A"]


def test_definition_that_left_sales_comes_back_to_its_open_handoff(known: Firm) -> None:
    lead = handoff(known).subject_id
    known.decide(lead, NOW + HOUR, branch="nurture", tier="C")
    known.decide(lead, NOW + 2 * HOUR, tier="A")
    routed = run_route(known.store, now=NOW + 2 * HOUR)
    assert (routed.handoffs, routed.raised, handoff(known).queue) == (0, 1, "inside")


def test_rise_that_sales_answered_already_changes_nothing(known: Firm) -> None:
    quote(known, NOW + HOUR)
    run_qualify(known.store, now=NOW + HOUR)
    answer(known, NOW + 2 * HOUR, "rejected", reason="no-need")
    routed = run_route(known.store, now=NOW + 2 * HOUR)
    assert (routed.joined, routed.raised, handoff(known).tier, len(notes(known))) == (1, 0, "B", 1)


def test_definition_that_joined_rises_without_changing_the_tier_shown(known: Firm) -> None:
    lead = handoff(known).subject_id
    known.adopt(agreed(**{name: tier for name, tier in TIERS.items() if name != "A"}), now=NOW)
    known.decide(lead, NOW + HOUR, definition="seals", tier="")
    run_route(known.store, now=NOW + HOUR)
    assert len(known.rows(HandoffDefinition, "definition")) == 2
    known.decide(lead, NOW + 2 * HOUR, definition="seals", tier="A")
    assert run_route(known.store, now=NOW + 2 * HOUR).raised == 1
    assert (handoff(known).tier, notes(known)[-1]) == ("B", ("1:seals:A", "felix"))
    joined = {row.definition: row.joined_at for row in known.rows(HandoffDefinition, "definition")}
    assert joined == {"hydraulics": NOW, "seals": NOW + HOUR}


def won(known: Firm, at: datetime) -> None:
    lead = handoff(known).subject_id
    row = {
        "subject": "lead", "subject_id": lead, "feed": "crm", "external_id": "1", "kind": "won", "currency": "",
        "at": at, "received_at": at, "landed_at": at,
    }  # fmt: skip
    with known.store.write() as tx:
        receipts.stamp(tx, "lead", lead, now=at)
        tx.execute(insert(table(Outcome)), row)
        close_by_outcome(tx, now=at, subject="lead", subject_id=lead, kind="won")


def test_tier_of_a_customer_asks_nothing_of_sales(known: Firm) -> None:
    won(known, NOW + HOUR)
    quote(known, NOW + 2 * HOUR)
    judged, routed = step(known, NOW + 2 * HOUR)
    assert (judged.by_branch["sales"], judged.to_act, routed.decisions, len(notes(known))) == (2, {}, 0, 1)


def test_what_qualify_leaves_to_sales_is_what_route_acts_on(known: Firm) -> None:
    answer(known, NOW + HOUR, "working")
    quote(known, NOW + 2 * HOUR)
    other = known.lead("otto", received=LONG_AGO, source="Website")
    for _ in range(2):
        sheet(known, other, NOW + 2 * HOUR)
    judged, routed = step(known, NOW + 3 * HOUR)
    # To be worked on changes the stage, and asks nothing of anybody.
    assert (judged.by_branch["sales"], judged.to_act["sales"]) == (3, 2)
    assert (routed.decisions, routed.raised, routed.handoffs) == (2, 1, 1)


def test_rise_of_the_kept_lead_is_told_in_the_handoff_of_the_merged_one(known: Firm) -> None:
    kept = known.lead("eva", received=LONG_AGO, source="Website")
    merge(known.store, NOW, kept, handoff(known).subject_id)
    known.did(kept, "rfq_submitted", at=NOW + HOUR, line="hydraulics")
    _, routed = step(known, NOW + HOUR)
    assert (routed.handoffs, handoff(known).tier, notes(known)[1:]) == (0, "A", [("1:hydraulics:A", "felix")])
    mailer = RecordingMailer()
    run_deliver(known.store, now=NOW + HOUR, wall=lambda: NOW, mailer=mailer, composer=Composer())
    assert len(mailer.sent) == 2


def test_who_shared_a_handoff_by_a_merge_gets_one_of_its_own_when_that_is_undone(known: Firm) -> None:
    kept, merged = known.lead("eva", received=LONG_AGO, source="Website"), handoff(known).subject_id
    merge(known.store, NOW, kept, merged)
    known.did(kept, "rfq_submitted", at=NOW + HOUR, line="hydraulics")
    step(known, NOW + HOUR)
    unmerge(known.store, NOW + 2 * HOUR, merged)
    step(known, NOW + 2 * HOUR)
    assert [(row.subject_id, row.queue, row.tier) for row in known.rows(Handoff)] == [
        (merged, "inside", "A"), (kept, "engineers", "A"),
    ]  # fmt: skip


def test_note_says_what_rose_and_why(known: Firm) -> None:
    quote(known, NOW + HOUR)
    step(known, NOW + HOUR)
    mailer = RecordingMailer()
    run_deliver(known.store, now=NOW + HOUR, wall=lambda: NOW, mailer=mailer, composer=Composer())
    assert mailer.addresses == ["felix@firm.example"] * 2
    note = mailer.sent[1]
    assert note.subject.endswith("rose to Hot lead: asked for a quote, please call by Mon 2 Mar 15:00")
    for fact in ("rose to Hot lead of Hydraulic components", "2 Mar: asked for a quote", "stays yours"):
        assert fact in note.text
    assert f"handoff answer {handoff(known).id}" in note.text
