"""Qualify: scores, tiers, branches and moments, on small histories."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from penstock.operations.answer import answer_handoff
from penstock.operations.promote import promote_lead
from penstock.operations.qualify import run_qualify
from penstock.playbook.compiled import compile_definition
from penstock.playbook.definition import Definition
from penstock.store import receipts
from penstock.store.engine import Sessions, table
from penstock.store.evidence import parse, recompute
from penstock.store.moments import MOST_MOMENTS
from penstock.store.tables import Handoff, HandoffDefinition, Outcome
from penstock.store.types import to_micros
from tests.history import DAY, HYDRAULICS, History, playbook

MINUTE = timedelta(minutes=1)


@pytest.fixture
def history(store: Sessions, now: datetime) -> History:
    reasons = {"timing": {"title": "Bad timing", "to": "nurture"}, "wrong": {"title": "Not for us", "to": "out"}}
    return History(store, playbook(HYDRAULICS, reasons=reasons), live_from=now - 200 * DAY)


def ideal(history: History, received: datetime, **facts: Any) -> int:
    known: dict[str, Any] = {
        "industry": "Maschinenbau", "employees": 820, "title": "Design Engineer", "country": "DE", **facts,
    }  # fmt: skip
    return history.lead("jana", received=received, **known)


def score(history: History) -> dict[str, Any]:
    [found] = history.scores()
    return found


def test_fit_and_intent_are_scored_apart(history: History, now: datetime) -> None:
    lead = ideal(history, now)
    history.did(lead, "content_downloaded", at=now, asset="hx-200 datasheet")
    run_qualify(history.store, now=now)
    assert (score(history)["fit"], score(history)["intent"]) == (55_000, 30_000)
    assert (score(history)["tier"], score(history)["branch"]) == ("C", "nurture")


def test_both_over_their_gates_goes_to_sales(history: History, now: datetime) -> None:
    lead = ideal(history, now)
    history.did(lead, "rfq_submitted", at=now)
    run_qualify(history.store, now=now)
    [decision] = history.decisions()
    assert (decision["branch"], decision["stage_to"], decision["acted_at"]) == ("sales", "mql", None)
    assert decision["moment"] == now
    assert "tier A: fit 55, intent 60" in decision["reason"]


def test_strong_intent_with_weak_fit_stays_below(history: History, now: datetime) -> None:
    lead = history.lead("weak", received=now)
    history.did(lead, "rfq_submitted", at=now)
    run_qualify(history.store, now=now)
    assert (score(history)["tier"], score(history)["intent"]) == ("C", 60_000)


def test_missing_region_costs_nothing_and_a_far_one_does(history: History, now: datetime) -> None:
    near, far = (history.lead(name, received=now, industry="machinery") for name in ("a", "b"))
    history.fact("lead", far, "country", "NL", received=now)
    run_qualify(history.store, now=now)
    assert {row["subject_id"]: row["fit"] for row in history.scores()} == {near: 25_000, far: 5_000}


def test_repeats_are_capped(history: History, now: datetime) -> None:
    lead = ideal(history, now)
    for minute in range(10):
        history.did(lead, "page_viewed", at=now - minute * MINUTE, received=now)
        history.did(lead, "content_downloaded", at=now - minute * MINUTE, received=now, asset="hx datasheet")
    run_qualify(history.store, now=now)
    assert score(history)["intent"] == 55_000


def test_other_lines_do_not_count_and_unnamed_ones_do(history: History, now: datetime) -> None:
    lead = ideal(history, now)
    history.did(lead, "content_downloaded", at=now, asset="seal-7 datasheet")
    history.did(lead, "page_viewed", at=now, line="hydraulics")
    history.did(lead, "page_viewed", at=now, line="seals", asset="hx-200")
    history.did(lead, "webinar_attended", at=now, channel="webinar")
    run_qualify(history.store, now=now)
    assert score(history)["intent"] == 2_500 + 18_750


def test_signals_age_in_steps_and_the_tier_falls_at_the_edge(history: History, now: datetime) -> None:
    lead = ideal(history, now)
    history.did(lead, "rfq_submitted", at=now)
    run_qualify(history.store, now=now)
    run_qualify(history.store, now=now + 14 * DAY - MINUTE)
    assert score(history)["next_change_at"] == now + 14 * DAY
    run_qualify(history.store, now=now + 100 * DAY)
    moments = [(row["moment"] - now, row["tier_to"], row["stage_to"]) for row in history.decisions()]
    assert moments == [(0 * DAY, "A", "mql"), (14 * DAY, "C", "nurture"), (45 * DAY, "", "lead")]
    assert score(history)["next_change_at"] is None


def test_late_run_decides_what_runs_on_time_would_have(history: History, now: datetime) -> None:
    def land(name: str) -> int:
        lead = history.lead(name, received=now, industry="machinery", employees=99)
        history.did(lead, "rfq_submitted", at=now)
        history.did(lead, "content_downloaded", at=now + 20 * DAY, asset="hx datasheet")
        return lead

    early = land("early")
    for day in range(51):
        run_qualify(history.store, now=now + day * DAY)
    late = land("late")
    run_qualify(history.store, now=now + 50 * DAY)
    decided = {
        lead: [(r["moment"] - now, r["tier_to"], r["branch"]) for r in history.decisions() if r["subject_id"] == lead]
        for lead in (early, late)
    }
    assert decided[early] == decided[late]
    assert [(moment.days, tier) for moment, tier, _ in decided[late]] == [(0, "A"), (14, "C"), (20, "A"), (45, "C")]


def test_disqualified_is_out_whatever_the_points(history: History, now: datetime) -> None:
    lead = ideal(history, now, title="PhD student")
    history.did(lead, "rfq_submitted", at=now)
    run_qualify(history.store, now=now)
    assert (score(history)["stage"], score(history)["branch"]) == ("disqualified", "out")


def test_unknown_source_waits_in_triage_until_a_receipt_makes_it_clear(history: History, now: datetime) -> None:
    lead = ideal(history, now, source="Newsletter of somebody")
    history.did(lead, "rfq_submitted", at=now)
    run_qualify(history.store, now=now)
    assert score(history)["stage"] == "triage"
    history.fact("lead", lead, "source", "Trade show", received=now + DAY)
    run_qualify(history.store, now=now + DAY)
    assert [(row["branch_from"], row["branch"]) for row in history.decisions()] == [("", "triage"), ("triage", "sales")]


def test_source_in_digits_is_a_word_that_the_vocabulary_does_not_know(history: History, now: datetime) -> None:
    lead = ideal(history, now, source=2024)
    history.did(lead, "rfq_submitted", at=now)
    run_qualify(history.store, now=now)
    assert score(history)["branch"] == "triage"


def test_history_is_scored_and_nobody_acts_on_it(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now)
    lead = ideal(history, now - 30 * DAY)
    history.did(lead, "rfq_submitted", at=now - 10 * DAY)
    run_qualify(store, now=now)
    run_qualify(store, now=now + 5 * DAY)
    branches = [(row["moment"] - now, row["branch"], row["tier_to"]) for row in history.decisions()]
    assert branches == [(0 * DAY, "baseline", "A"), (4 * DAY, "baseline", "C")]
    history.did(lead, "rfq_submitted", at=now + 6 * DAY)
    run_qualify(store, now=now + 6 * DAY)
    assert (history.decisions()[-1]["branch"], history.decisions()[-1]["branch_from"]) == ("sales", "baseline")


def test_full_rescore_changes_nothing(history: History, now: datetime) -> None:
    lead = ideal(history, now)
    history.did(lead, "rfq_submitted", at=now)
    history.did(lead, "page_viewed", at=now - DAY, received=now)
    run_qualify(history.store, now=now)
    before = score(history), history.decisions()
    history.fact("lead", lead, "phone", "none of our fields", received=now + MINUTE)
    result = run_qualify(history.store, now=now + MINUTE)
    assert (result.judged, result.scores) == (1, 0)
    assert (score(history), history.decisions()) == before


def test_activity_of_the_future_counts_from_its_moment(history: History, now: datetime) -> None:
    lead = ideal(history, now)
    history.did(lead, "rfq_submitted", at=now + 2 * DAY, received=now)
    run_qualify(history.store, now=now)
    assert (score(history)["intent"], score(history)["next_change_at"]) == (0, now + 2 * DAY)
    run_qualify(history.store, now=now + 3 * DAY)
    assert history.decisions()[-1]["moment"] == now + 2 * DAY


def test_most_trusted_fact_wins_and_an_account_speaks_for_its_leads(history: History, now: datetime) -> None:
    account = history.account("brunner", received=now, industry="mining")
    lead = history.lead("jana", account=account, received=now)
    history.fact("lead", lead, "industry", "machinery", feed="forms", received=now, said=now + DAY)
    run_qualify(history.store, now=now)
    assert score(history)["fit"] == 0
    history.fact("lead", lead, "industry", "machinery", feed="forms", received=now + MINUTE, typed=True)
    run_qualify(history.store, now=now + MINUTE)
    assert score(history)["fit"] == 25_000


def test_nothing_due_is_a_bounded_number_of_statements(history: History, now: datetime) -> None:
    for name in range(30):
        history.lead(str(name), received=now)
    run_qualify(history.store, now=now)
    assert run_qualify(history.store, now=now).rounds == 0


def test_long_history_is_folded_a_few_moments_a_round(history: History, now: datetime) -> None:
    lead = ideal(history, now)
    for day in range(1, 1 + 2 * MOST_MOMENTS):
        history.did(lead, "page_viewed", at=now + day * DAY)
    assert run_qualify(history.store, now=now + (1 + 2 * MOST_MOMENTS) * DAY).rounds == 3


def test_new_definition_version_judges_from_its_start_only(history: History, now: datetime) -> None:
    lead = ideal(history, now)
    history.did(lead, "rfq_submitted", at=now)
    lenient = HYDRAULICS | {"tiers": {"S": {"branch": "nurture"}}}
    history.adopt(playbook(lenient), now=now + DAY)
    run_qualify(history.store, now=now + 2 * DAY)
    assert [(row["moment"] - now, row["tier_to"]) for row in history.decisions()] == [(0 * DAY, "A"), (DAY, "S")]


def test_account_definition_reads_the_accounts_own(store: Sessions, now: datetime) -> None:
    accounts = HYDRAULICS | {"definition": "accounts", "subject": "account", "for": {}, "disqualify": {}}
    history = History(store, playbook(accounts), live_from=now)
    account = history.account("brunner", received=now, industry="machinery", employees=500)
    history.did(account, "rfq_submitted", at=now, subject="account")
    run_qualify(store, now=now)
    [found] = history.decisions()
    assert (found["subject"], found["tier_to"], found["fit"]) == ("account", "A", 40_000)


def handed_over(history: History, lead: int, at: datetime) -> int:
    """Give the lead to sales as route does, and return the handoff's id."""
    [decision] = [row for row in history.decisions() if row["branch"] == "sales"][-1:]
    with history.store.write() as tx:
        row = {
            "subject": "lead", "subject_id": lead, "queue": "desk", "conversation": 1, "tier": "A", "reason": "r",
            "decision_id": decision["id"], "status": "offered", "created_at": at,
        }  # fmt: skip
        found = int(tx.execute(insert(table(Handoff)).returning(table(Handoff).c.id), row).scalar_one())
        joined = {"handoff_id": found, "definition": "hydraulics", "decision_id": decision["id"], "joined_at": at}
        tx.execute(insert(table(HandoffDefinition)), joined)
    return found


def test_sales_holds_the_stage_and_scoring_still_decides_the_tier(history: History, now: datetime) -> None:
    lead = ideal(history, now)
    history.did(lead, "rfq_submitted", at=now)
    run_qualify(history.store, now=now)
    handoff = handed_over(history, lead, now)
    answer_handoff(history.store, now=now + DAY, handoff_id=handoff, answer="working", actor="anna")
    run_qualify(history.store, now=now + 20 * DAY)
    moved = [(row["moment"] - now, row["stage_to"], row["tier_to"], row["branch"]) for row in history.decisions()]
    assert moved == [
        (0 * DAY, "mql", "A", "sales"), (DAY, "working", "A", "sales"), (14 * DAY, "working", "C", "sales"),
    ]  # fmt: skip
    assert [row["acted_at"] is None for row in history.decisions()] == [True, False, False]


def test_rejected_lead_cools_down_in_nurture_and_comes_back_by_itself(history: History, now: datetime) -> None:
    lead = ideal(history, now)
    history.did(lead, "rfq_submitted", at=now)
    run_qualify(history.store, now=now)
    handoff = handed_over(history, lead, now)
    answer_handoff(history.store, now=now + DAY, handoff_id=handoff, answer="rejected", reason="timing", actor="anna")
    history.did(lead, "rfq_submitted", at=now + 88 * DAY)
    run_qualify(history.store, now=now + 100 * DAY)
    branches = [(row["moment"] - now, row["branch"]) for row in history.decisions()]
    assert branches[:2] == [(0 * DAY, "sales"), (DAY, "nurture")]
    assert branches[-1] == (91 * DAY, "sales")


def test_rejected_for_good_stays_out_until_somebody_puts_it_forward(history: History, now: datetime) -> None:
    lead = ideal(history, now)
    history.did(lead, "rfq_submitted", at=now)
    run_qualify(history.store, now=now)
    handoff = handed_over(history, lead, now)
    answer_handoff(history.store, now=now + DAY, handoff_id=handoff, answer="rejected", reason="wrong", actor="anna")
    history.did(lead, "rfq_submitted", at=now + 2 * DAY)
    run_qualify(history.store, now=now + 2 * DAY)
    assert (score(history)["stage"], score(history)["branch"]) == ("disqualified", "out")
    promote_lead(
        history.store, now=now + 3 * DAY, lead=str(lead), definition="hydraulics", reason="met at the fair", actor="eva"
    )
    run_qualify(history.store, now=now + 3 * DAY)
    assert "met at the fair" in history.decisions()[-1]["reason"]
    assert score(history)["branch"] == "sales"


def test_won_deal_makes_a_customer_under_every_definition(history: History, now: datetime) -> None:
    lead = ideal(history, now)
    outcome = {
        "subject": "lead", "subject_id": lead, "feed": "crm", "external_id": "1", "kind": "won", "at": now,
        "received_at": now + DAY, "landed_at": now + DAY,
    }  # fmt: skip
    with history.store.write() as tx:
        receipts.lock(tx, "lead", [lead])
        receipts.enqueue(tx, "lead", [receipts.Moment(lead, now + DAY)])
        tx.execute(insert(table(Outcome)), outcome | {"currency": ""})
    run_qualify(history.store, now=now + DAY)
    assert [(row["stage_to"], row["branch"]) for row in history.decisions()] == [("lead", "none"), ("customer", "none")]


def test_lead_that_no_route_takes_waits_in_triage(store: Sessions, now: datetime) -> None:
    only_the_fair = {"fair": {"source": "fair", "to": "desk"}}
    history = History(store, playbook(HYDRAULICS, routes=only_the_fair), live_from=now)
    met, other = (history.lead(name, received=now, industry="machinery", employees=100) for name in ("met", "other"))
    for lead, source in ((met, "Trade show"), (other, "Website")):
        history.fact("lead", lead, "source", source, received=now)
        history.did(lead, "rfq_submitted", at=now)
    run_qualify(store, now=now)
    decided = {row["subject_id"]: (row["branch"], row["tier_to"]) for row in history.decisions()}
    assert decided == {met: ("sales", "A"), other: ("triage", "A")}


@pytest.mark.parametrize("later", [0, 10, 31, 61])
def test_score_recomputed_from_its_evidence_is_the_stored_one(history: History, now: datetime, later: int) -> None:
    lead = ideal(history, now)
    for day, kind in enumerate(["rfq_submitted", "page_viewed", "page_viewed", "webinar_attended"]):
        history.did(lead, kind, at=now - day * DAY, received=now, channel="webinar", text="urgent, please")
    run_qualify(history.store, now=now + later * DAY)
    compiled = compile_definition(Definition.model_validate(HYDRAULICS))
    with history.store.read() as tx:
        for row in [*history.decisions(), score(history)]:
            moment = to_micros(row.get("moment") or row["as_of"])
            found = recompute(tx, compiled, row["version_id"], parse(row["evidence"]), moment)
            assert (found.fit, found.intent, found.gone) == (row["fit"], row["intent"], 0)


def test_dry_run_leaves_no_trace(history: History, now: datetime) -> None:
    ideal(history, now)
    rehearsal = Sessions(history.store.engine, dry_run=True)
    assert run_qualify(rehearsal, now=now + DAY).decisions == 1
    assert history.decisions() == []


def test_rounds_beside_each_other_decide_what_one_after_another_do(history: History, now: datetime) -> None:
    for number in range(24):
        lead = history.lead(f"lead {number}", received=now - number * MINUTE, industry="machinery", employees=820)
        history.did(lead, "rfq_submitted" if number % 2 else "content_downloaded", at=now - number * DAY)
    whole = run_qualify(Sessions(history.store.engine, dry_run=True), now=now)
    parts = run_qualify(history.store, now=now, chunk=2)
    assert parts.rounds >= 12
    assert (parts.decisions, parts.by_branch, parts.to_act) == (whole.decisions, whole.by_branch, whole.to_act)
    assert len(history.decisions()) == whole.decisions
    assert len(history.scores()) == 24
    assert run_qualify(history.store, now=now).judged == 0
