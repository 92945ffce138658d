"""When a merge is undone, each of the two goes on with its own handoffs, and somebody has whoever is for sales."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from penstock.operations.answer import answer_handoff, close_by_outcome
from penstock.operations.check_slas import run_check_slas
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.store import receipts
from penstock.store.engine import Sessions, table
from penstock.store.tables import Clock, Escalation, Handoff, HandoffDefinition, Outcome, Score
from tests.cast import OPERATIONS, SEALS
from tests.history import DAY, HYDRAULICS, History, playbook
from tests.operations.merging import merge, rows, unmerge

HOUR = timedelta(hours=1)
TIERS = {"A": {"needs": {"intent": 40}, "branch": "sales"}}
EVERYBODY = {"routes": {"else": {"to": "engineers"}}}
Standing = list[tuple[int, str]]


@pytest.fixture
def firm(store: Sessions, now: datetime) -> History:
    """Three leads that nobody knows anything of yet."""
    both = (HYDRAULICS | {"tiers": TIERS}, SEALS)
    found = History(store, playbook(*both, **(OPERATIONS | EVERYBODY)), live_from=now - DAY)
    for name in ("eva", "jana", "maria"):
        found.lead(name, received=now - HOUR)
    return found


def asks(firm: History, lead: int, at: datetime) -> None:
    """Let a lead ask for a quote, and hand it over."""
    firm.did(lead, "rfq_submitted", at=at)
    step(firm, at)


def step(firm: History, at: datetime) -> None:
    run_qualify(firm.store, now=at)
    run_route(firm.store, now=at)


def handoffs(firm: History) -> Standing:
    return [(row.subject_id, row.status) for row in rows(firm.store, Handoff)]


def ends(firm: History, kind: str, at: datetime, *, found_by: str = "") -> int:
    """Let lead 1's deal be won or lost, told of by an identifier; return how many handoffs that closed."""
    row = {"subject": "lead", "subject_id": 1, "feed": "crm", "external_id": "d", "kind": kind, "found_by": found_by}
    with firm.store.write() as tx:
        received_at = receipts.stamp(tx, "lead", 1, now=at)
        tx.execute(insert(table(Outcome)), row | {"at": at, "received_at": received_at, "landed_at": at})
        return close_by_outcome(tx, now=received_at, subject="lead", subject_id=1, kind=kind)


@pytest.mark.parametrize("kind", ["won", "lost"])
@pytest.mark.parametrize(("whose", "found_by"), [(2, ""), (1, "jana")])
@pytest.mark.parametrize("answer", ["offered", "working", "accepted"])
def test_handoff_that_the_others_deal_closed_is_open_again(
    firm: History, now: datetime, kind: str, whose: int, found_by: str, answer: str
) -> None:
    asks(firm, whose, now)
    if answer != "offered":
        said: dict[str, Any] = {"next_step": "a call", "next_on": now.date()}
        answer_handoff(firm.store, now=now, handoff_id=1, answer=answer, actor="anna", **said)
    merge(firm.store, now + HOUR, 1, 2)
    assert ends(firm, kind, now + 2 * HOUR, found_by=found_by) == 1
    step(firm, now + 2 * HOUR)
    unmerge(firm.store, now + 3 * HOUR, 2)
    step(firm, now + 4 * HOUR)
    assert handoffs(firm) == [(whose, answer)]
    assert rows(firm.store, Score, "branch", subject_id=whose, definition="hydraulics") == [("sales",)]


@pytest.mark.parametrize(("check", "levels"), [(1, 0), (4, 2)])
def test_promise_of_a_handoff_that_the_others_deal_closed_runs_on(
    firm: History, now: datetime, check: int, levels: int
) -> None:
    asks(firm, 2, now)
    run_check_slas(firm.store, now=now + check * HOUR)
    before = rows(firm.store, Clock)
    assert len(rows(firm.store, Escalation)) == levels
    merge(firm.store, now + 5 * HOUR, 1, 2)
    ends(firm, "won", now + 6 * HOUR)
    assert rows(firm.store, Clock, "next_due") == [(None,)]
    unmerge(firm.store, now + 7 * HOUR, 2)
    assert rows(firm.store, Clock) == before


def test_promise_that_was_kept_before_the_others_deal_ended_stays_kept(firm: History, now: datetime) -> None:
    asks(firm, 2, now)
    answer_handoff(firm.store, now=now + HOUR, handoff_id=1, answer="working", actor="anna")
    before = rows(firm.store, Clock)
    merge(firm.store, now + 2 * HOUR, 1, 2)
    ends(firm, "won", now + 3 * HOUR)
    unmerge(firm.store, now + 4 * HOUR, 2)
    assert rows(firm.store, Clock) == before


@pytest.mark.parametrize(("whose", "found_by"), [(1, ""), (2, "jana")])
def test_handoff_that_its_own_deal_closed_stays_closed(firm: History, now: datetime, whose: int, found_by: str) -> None:
    asks(firm, whose, now)
    merge(firm.store, now + HOUR, 1, 2)
    ends(firm, "won", now + 2 * HOUR, found_by=found_by)
    unmerge(firm.store, now + 3 * HOUR, 2)
    step(firm, now + 4 * HOUR)
    assert handoffs(firm) == [(whose, "accepted")]


def test_handoffs_of_two_whose_deals_ended_at_once_stay_closed(firm: History, now: datetime) -> None:
    asks(firm, 1, now)
    asks(firm, 2, now)
    merge(firm.store, now + HOUR, 1, 2)
    ends(firm, "won", now + 2 * HOUR)
    ends(firm, "lost", now + 2 * HOUR, found_by="jana")
    unmerge(firm.store, now + 3 * HOUR, 2)
    assert handoffs(firm) == [(1, "accepted"), (2, "accepted")]


def test_who_shared_the_handoff_of_one_merged_before_gets_one_of_its_own(firm: History, now: datetime) -> None:
    asks(firm, 3, now)
    merge(firm.store, now + HOUR, 2, 3)
    merge(firm.store, now + HOUR, 1, 2)
    asks(firm, 1, now + 2 * HOUR)
    assert handoffs(firm) == [(3, "offered")]
    unmerge(firm.store, now + 3 * HOUR, 2)
    step(firm, now + 4 * HOUR)
    assert handoffs(firm) == [(3, "offered"), (1, "offered")]


def test_who_shared_a_handoff_after_one_of_its_own_was_rejected_gets_another(firm: History, now: datetime) -> None:
    asks(firm, 1, now)
    answer_handoff(firm.store, now=now, handoff_id=1, answer="rejected", reason="no-need", actor="anna")
    later = now + 300 * DAY
    asks(firm, 2, later)
    merge(firm.store, later + HOUR, 1, 2)
    asks(firm, 1, later + 2 * HOUR)
    assert handoffs(firm) == [(1, "rejected"), (2, "offered")]
    unmerge(firm.store, later + 3 * HOUR, 2)
    step(firm, later + 4 * HOUR)
    assert handoffs(firm) == [(1, "rejected"), (2, "offered"), (1, "offered")]


def test_who_is_without_the_others_handoff_is_decided_anew_however_many_moments_a_run_has(
    firm: History, now: datetime
) -> None:
    asks(firm, 2, now)
    merge(firm.store, now + HOUR, 1, 2)
    asks(firm, 1, now + 2 * HOUR)
    unmerge(firm.store, now + 3 * HOUR, 2)
    firm.did(1, "form_submitted", at=now + 4 * HOUR)
    step(firm, now + 5 * HOUR)
    assert handoffs(firm) == [(2, "offered"), (1, "offered")]


@pytest.mark.parametrize("found_by", ["", "jana"])
def test_word_of_sales_goes_with_whose_it_is_however_many_moments_a_run_has(
    firm: History, now: datetime, found_by: str
) -> None:
    merge(firm.store, now, 1, 2)
    ends(firm, "won", now + HOUR, found_by=found_by)
    step(firm, now + HOUR)
    unmerge(firm.store, now + 3 * HOUR, 2)
    for lead in (1, 2):
        firm.did(lead, "form_submitted", at=now + 4 * HOUR)
    step(firm, now + 5 * HOUR)
    stages = [row.stage for row in rows(firm.store, Score, definition="hydraulics")][:2]
    assert stages == (["lead", "customer"] if found_by else ["customer", "lead"])


@pytest.mark.parametrize("wait", [0, 2])
def test_nobody_is_handed_over_for_what_the_other_did(firm: History, now: datetime, wait: int) -> None:
    firm.did(2, "rfq_submitted", at=now)
    merge(firm.store, now + HOUR, 1, 2)
    run_qualify(firm.store, now=now + wait * HOUR)
    unmerge(firm.store, now + 3 * HOUR, 2)
    step(firm, now + 4 * HOUR)
    assert handoffs(firm) == [(2, "offered")]


def test_who_qualifies_without_the_other_is_handed_over_still(firm: History, now: datetime) -> None:
    merge(firm.store, now, 1, 2)
    firm.did(1, "rfq_submitted", at=now + HOUR)
    run_qualify(firm.store, now=now + HOUR)
    unmerge(firm.store, now + 2 * HOUR, 2)
    step(firm, now + 3 * HOUR)
    assert handoffs(firm) == [(1, "offered")]


def test_what_sales_says_of_a_handoff_is_said_under_its_own_leads_definitions_only(
    firm: History, now: datetime
) -> None:
    asks(firm, 2, now)
    merge(firm.store, now + HOUR, 1, 2)
    firm.did(1, "content_downloaded", at=now + 2 * HOUR, asset="seal-1")
    firm.did(1, "content_downloaded", at=now + 2 * HOUR, asset="seal-2")
    step(firm, now + 2 * HOUR)
    assert rows(firm.store, HandoffDefinition, "handoff_id", "definition") == [(1, "hydraulics"), (1, "seals")]
    unmerge(firm.store, now + 3 * HOUR, 2)
    answer_handoff(firm.store, now=now + 3 * HOUR, handoff_id=1, answer="working", actor="anna")
    step(firm, now + 4 * HOUR)
    assert rows(firm.store, HandoffDefinition, "handoff_id", "definition") == [(1, "hydraulics"), (2, "seals")]
    assert rows(firm.store, Score, "stage", subject_id=2, definition="seals") == [("lead",)]
    assert handoffs(firm) == [(2, "working"), (1, "offered")]
