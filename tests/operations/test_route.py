"""Routing: one handoff per conversation, fair turns, written exceptions, and the same result however it is run."""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from penstock.operations.answer import answer_handoff, close_by_outcome
from penstock.operations.route import run_route
from penstock.playbook.model import Playbook
from penstock.store import receipts
from penstock.store.engine import Sessions, table
from penstock.store.tables import (
    Assignment,
    Clock,
    Decision,
    Effect,
    Handoff,
    HandoffDefinition,
    Rescore,
    Rotation,
)
from penstock.store.types import from_micros
from tests.cast import LONG_AGO, QUEUES, Firm, berlin, firm

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def limited(**more: Any) -> Playbook:
    """The firm, whose engineers are three with equal turns; ``more`` stands in their queue."""
    members = {"anna": 1, "ben": 1, "katja": 1}
    return firm(queues=QUEUES | {"engineers": {"members": members, "sla": "hot", "if_nobody": "inside"} | more})


def test_sales_decision_becomes_a_handoff_with_all_that_belongs_to_it(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    account = known.account("brunner", received=LONG_AGO)
    lead = known.lead("jana", account=account, received=LONG_AGO)
    decision = known.decide(lead, now - HOUR)
    result = run_route(store, now=now)
    assert (result.decisions, result.handoffs, result.by_queue, result.by_owner) == (
        1, 1, {"engineers": 1}, {"anna": 1},
    )  # fmt: skip
    (handoff,) = known.rows(Handoff)
    assert (handoff.subject, handoff.subject_id, handoff.account_id, handoff.decision_id) == (
        "lead", lead, account, decision,
    )  # fmt: skip
    assert (handoff.status, handoff.conversation, handoff.created_at) == ("offered", 1, now)
    assert [(row.definition, row.joined_at) for row in known.rows(HandoffDefinition, "definition")] == [
        ("hydraulics", now)
    ]
    (given,) = known.rows(Assignment, "handoff_id")
    assert (given.round, given.owner, given.rule, given.why) == (1, "anna", "hydraulics", "in turn in engineers")
    assert [row.acted_at for row in known.rows(Decision)] == [now]


def test_contact_clock_runs_in_the_owners_working_hours(store: Sessions) -> None:
    known = Firm(store)
    friday = berlin("2026-03-06 16:00")
    known.decide(known.people(1)[0], friday)
    result = run_route(store, now=friday)
    (clock,) = known.rows(Clock)
    levels = [(level, from_micros(due), whom) for level, due, whom in json.loads(clock.levels)]
    assert (clock.of, clock.kind, clock.sla, clock.due_at) == ("handoff", "contact", "hot", berlin("2026-03-09 11:00"))
    assert levels == [
        (0, berlin("2026-03-09 10:00"), "anna"),
        (1, berlin("2026-03-09 11:00"), "anna"),
        (2, berlin("2026-03-09 13:00"), "petra"),
        (3, berlin("2026-03-10 11:00"), "ben"),
    ]
    assert clock.next_due == result.next_due == berlin("2026-03-09 10:00")


def test_calendar_edited_afterwards_moves_no_promise(store: Sessions) -> None:
    known = Firm(store)
    friday = berlin("2026-03-06 16:00")
    known.decide(known.people(1)[0], friday)
    run_route(store, now=friday)
    known.adopt(
        firm(
            calendars={
                "berlin": {"zone": "UTC", "hours": {"sat": "00:00-24:00"}},
                "houston": {"zone": "UTC", "hours": {"sat": "09:00-10:00"}},
            }
        ),
        now=friday + HOUR,
    )
    run_route(store, now=friday + HOUR)
    (clock,) = known.rows(Clock)
    assert clock.due_at == berlin("2026-03-09 11:00")


def test_note_is_planned_with_the_handoff(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    (lead,) = known.people(1)
    known.decide(lead, now)
    run_route(store, now=now)
    (note,) = known.rows(Effect)
    (handoff,) = known.rows(Handoff)
    assert (note.kind, note.key, note.recipient) == ("handoff_note", f"{handoff.id}:1", "anna")
    assert (note.lead_id, note.handoff_id, note.status, note.due_at) == (lead, handoff.id, "planned", now)


def test_second_run_changes_nothing(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    known.decide_all(known.people(5), now)
    run_route(store, now=now)
    tables = (Handoff, Clock, Effect, Decision)
    before = [known.rows(model) for model in tables]
    assert run_route(store, now=now).decisions == 0
    assert [known.rows(model) for model in tables] == before


def owners(known: Firm) -> list[str]:
    return [row.owner for row in known.rows(Handoff)]


def test_turns_are_the_same_for_one_at_a_time_and_for_a_batch(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    leads = known.people(30)
    for lead in leads[:7]:
        known.decide(lead, now)
        run_route(store, now=now)
    known.decide_all(leads[7:], now)
    run_route(store, now=now, chunk=5)
    assert owners(known) == (["anna", "ben", "katja", "anna"] * 8)[:30]
    assert [row.subject_id for row in known.rows(Handoff)] == leads


def test_order_is_that_of_moments_then_of_rank(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    first, second, third = known.people(3)
    known.decide(third, now - HOUR)
    known.decide(second, now)
    known.decide(first, now)
    run_route(store, now=now)
    assert [row.subject_id for row in known.rows(Handoff)] == [third, first, second]


def test_later_definition_joins_the_open_handoff_of_its_queue(store: Sessions, now: datetime) -> None:
    known = Firm(store, firm(routes={"else": {"to": "inside"}}))
    (lead,) = known.people(1)
    known.decide(lead, now)
    run_route(store, now=now)
    known.decide(lead, now + HOUR, definition="seals")
    result = run_route(store, now=now + HOUR)
    assert (result.handoffs, result.joined) == (0, 1)
    assert len(known.rows(Handoff)) == len(known.rows(Effect)) == 1
    joined = [(row.definition, row.joined_at) for row in known.rows(HandoffDefinition, "definition")]
    assert joined == [("hydraulics", now), ("seals", now + HOUR)]


def test_two_definitions_of_one_run_make_one_handoff(store: Sessions, now: datetime) -> None:
    known = Firm(store, firm(routes={"else": {"to": "inside"}}))
    (lead,) = known.people(1)
    for definition in ("hydraulics", "seals"):
        known.decide(lead, now, definition=definition)
    result = run_route(store, now=now)
    assert (result.decisions, result.handoffs, result.joined) == (2, 1, 1)


@pytest.mark.parametrize("first", ["hydraulics", "seals"])
def test_another_queue_is_another_conversation(store: Sessions, now: datetime, first: str) -> None:
    known = Firm(store)
    (lead,) = known.people(1)
    for definition in ("hydraulics", "seals"):
        known.decide(lead, now - HOUR if definition == first else now, definition=definition)
    run_route(store, now=now)
    assert {(row.queue, row.conversation) for row in known.rows(Handoff)} == {("engineers", 1), ("inside", 1)}


def test_who_joins_a_handoff_that_sales_answered_is_judged_again(store: Sessions, now: datetime) -> None:
    known = Firm(store, firm(routes={"else": {"to": "inside"}}))
    (lead,) = known.people(1)
    known.decide(lead, now)
    run_route(store, now=now)
    answer_handoff(store, now=now, handoff_id=known.rows(Handoff)[0].id, answer="working", actor="felix")
    with store.write() as tx:
        tx.execute(update(table(Rescore)).values(folded_to=now, due_at=None))
    known.decide(lead, now, definition="seals")
    run_route(store, now=now)
    (queued,) = known.rows(Rescore, "subject_id")
    assert queued.due_at == now + timedelta(microseconds=1)


def test_conversation_rises_after_the_last_one_is_closed(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    (lead,) = known.people(1)
    known.decide(lead, now)
    run_route(store, now=now)
    answer_handoff(
        store, now=now, handoff_id=known.rows(Handoff)[0].id, answer="rejected", actor="anna", reason="no-need"
    )
    known.decide(lead, now + 100 * DAY)
    assert run_route(store, now=now + 100 * DAY).handoffs == 1
    assert [(row.conversation, row.status) for row in known.rows(Handoff)] == [(1, "rejected"), (2, "offered")]


def test_decision_from_before_the_rejection_is_answered_by_it(store: Sessions, now: datetime) -> None:
    known = Firm(store, firm(routes={"else": {"to": "inside"}}))
    (lead,) = known.people(1)
    known.decide(lead, now)
    run_route(store, now=now)
    known.decide(lead, now + HOUR, definition="seals")
    later = now + 2 * HOUR
    answer_handoff(
        store, now=later, handoff_id=known.rows(Handoff)[0].id, answer="rejected", actor="f", reason="no-need"
    )
    assert run_route(store, now=later).joined == 1
    assert len(known.rows(Handoff)) == 1


@pytest.mark.parametrize("branch", ["out", "triage"])
def test_decision_that_a_later_one_takes_back_has_no_effect(store: Sessions, now: datetime, branch: str) -> None:
    known = Firm(store)
    (lead,) = known.people(1)
    known.decide(lead, now - DAY)
    known.decide(lead, now, branch=branch)
    result = run_route(store, now=now)
    assert (result.decisions, result.superseded, result.handoffs) == (1, 1, 0)
    assert known.rows(Decision)[0].acted_at == now


@pytest.mark.parametrize("branch", ["none", "nurture"])
def test_decision_is_acted_on_although_age_lowered_the_tier_later(store: Sessions, now: datetime, branch: str) -> None:
    known = Firm(store)
    (lead,) = known.people(1)
    known.decide(lead, now - DAY)
    known.decide(lead, now, branch=branch)
    assert run_route(store, now=now).handoffs == 1


def test_tier_that_dips_and_comes_back_makes_one_handoff(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    (lead,) = known.people(1)
    known.decide(lead, now - 2 * DAY)
    known.decide(lead, now - DAY, branch="none")
    known.decide(lead, now)
    result = run_route(store, now=now)
    assert (result.handoffs, result.joined) == (1, 1)


def test_decision_older_than_any_look_back_is_still_found(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    known.decide(known.people(1)[0], now - 3000 * DAY)
    assert run_route(store, now=now).handoffs == 1


def test_owner_of_the_account_comes_before_the_turn(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    account = known.account("brunner", received=LONG_AGO, owner="Dwayne Porter")
    owned = known.lead("jana", account=account, received=LONG_AGO)
    known.decide(owned, now)
    known.decide_all(known.people(1), now)
    run_route(store, now=now)
    given = {row.handoff_id: row for row in known.rows(Assignment, "handoff_id")}
    found = {row.subject_id: (row.queue, row.owner, given[row.id].rule) for row in known.rows(Handoff)}
    assert found[owned] == ("engineers", "dwayne", "owned")
    assert set(found.values()) == {("engineers", "dwayne", "owned"), ("engineers", "anna", "hydraulics")}


def test_owner_on_leave_gives_it_to_the_turn_with_the_reason(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    lead = known.lead("jana", received=LONG_AGO, owner="Dwayne Porter")
    known.away("dwayne", now - DAY, now + 7 * DAY)
    known.decide(lead, now)
    run_route(store, now=now)
    (given,) = known.rows(Assignment, "handoff_id")
    assert given.owner == "anna"
    assert given.why == "dwayne, who owns the account, is away until 2026-03-09; in turn in engineers"


def test_absence_counts_on_the_days_of_who_is_away(store: Sessions) -> None:
    known = Firm(
        store, firm(queues={"inside": {"members": {"dwayne": 1}, "sla": "warm"}}, routes={"else": {"to": "inside"}})
    )
    known.away("dwayne", berlin("2026-03-03 12:00"), berlin("2026-03-03 12:00"))
    # Tuesday already in Berlin, Monday still in Houston.
    night = berlin("2026-03-03 02:00")
    known.decide(known.people(1)[0], night)
    assert run_route(store, now=night).by_owner == {"dwayne": 1}


def test_absent_member_is_passed_over_and_not_flooded_afterwards(store: Sessions, now: datetime) -> None:
    known = Firm(store, limited())
    leads = known.people(12)
    known.away("anna", now, now)
    known.decide_all(leads[:6], now)
    run_route(store, now=now)
    assert Counter(owners(known)) == {"ben": 3, "katja": 3}
    known.decide_all(leads[6:], now + DAY)
    run_route(store, now=now + DAY)
    assert Counter(owners(known)[6:]) == {"anna": 2, "ben": 2, "katja": 2}


def test_member_taken_out_in_mid_batch_gets_nothing_more(store: Sessions, now: datetime) -> None:
    known = Firm(store, limited())
    leads = known.people(12)
    known.decide_all(leads[:3], now)
    run_route(store, now=now)
    without = limited(members={"anna": 1, "katja": 1})
    known.adopt(without, now=now)
    known.decide_all(leads[3:], now)
    run_route(store, now=now)
    assert Counter(owners(known)[3:])["ben"] == 0


def test_full_queue_falls_to_the_next_with_the_reason(store: Sessions, now: datetime) -> None:
    known = Firm(store, limited(at_most=1))
    known.decide_all(known.people(5), now)
    result = run_route(store, now=now)
    assert result.by_queue == {"engineers": 3, "inside": 2}
    assert result.by_owner == {"anna": 1, "ben": 1, "katja": 1, "felix": 2}
    last = known.rows(Assignment, "handoff_id")[-1]
    assert last.why == ("nobody in engineers can take it, anna holds 1, ben holds 1, katja holds 1; in turn in inside")


def test_accepted_handoffs_leave_room_for_new_ones(store: Sessions, now: datetime) -> None:
    known = Firm(store, limited(at_most=1, members={"anna": 1}))
    first, second = known.people(2)
    known.decide(first, now)
    run_route(store, now=now)
    answer_handoff(
        store, now=now, handoff_id=known.rows(Handoff)[0].id, answer="accepted", actor="anna",
        next_step="visit", next_on=now.date(),
    )  # fmt: skip
    known.decide(second, now)
    assert run_route(store, now=now).by_owner == {"anna": 1}


def test_lead_in_the_catch_all_is_joined_there(store: Sessions, now: datetime) -> None:
    known = Firm(store, limited(at_most=1, members={"anna": 1}))
    first, second = known.people(2)
    known.decide_all([first, second], now)
    run_route(store, now=now)
    known.decide(second, now + HOUR)
    assert run_route(store, now=now + HOUR).joined == 1
    assert [row.queue for row in known.rows(Handoff)] == ["engineers", "inside"]


def test_conversation_open_in_the_fallback_queue_goes_on_there(store: Sessions, now: datetime) -> None:
    known = Firm(store, limited(at_most=1, members={"anna": 1}))
    first, second = known.people(2)
    known.decide(second, now - HOUR, definition="seals")
    known.decide_all([first, second], now)
    result = run_route(store, now=now)
    assert (result.by_queue, result.joined) == ({"engineers": 1, "inside": 1}, 1)


def test_nobody_at_all_leaves_it_in_the_last_queue_and_tells_the_manager(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    for person in ("anna", "ben", "katja", "felix", "ruth"):
        known.away(person, now, now)
    known.decide(known.people(1)[0], now)
    result = run_route(store, now=now)
    (handoff,) = known.rows(Handoff)
    assert (handoff.queue, handoff.owner, result.unowned, result.by_owner) == ("inside", None, 1, {})
    assert [row.recipient for row in known.rows(Effect)] == ["ruth"]
    (clock,) = known.rows(Clock)
    assert clock.due_at == berlin("2026-03-02 18:00")
    assert [level[2] for level in json.loads(clock.levels)] == ["ruth", "ruth"]


def test_queues_that_fall_back_on_each_other_end(store: Sessions, now: datetime) -> None:
    loop = {
        "engineers": {"members": {"anna": 0}, "sla": "hot", "if_nobody": "inside"},
        "inside": {"members": {}, "sla": "warm", "if_nobody": "engineers"},
    }
    known = Firm(store, firm(queues=loop))
    known.decide(known.people(1)[0], now)
    result = run_route(store, now=now)
    assert (result.unowned, result.by_queue) == (1, {"inside": 1})


def test_account_is_handed_over_without_a_lead(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    account = known.account("brunner", received=LONG_AGO)
    known.decide(account, now, subject="account", definition="accounts")
    run_route(store, now=now)
    (handoff,) = known.rows(Handoff)
    assert (handoff.subject, handoff.subject_id, handoff.account_id) == ("account", account, account)
    assert known.rows(Effect)[0].lead_id is None


def test_without_any_queue_decisions_wait(store: Sessions, now: datetime) -> None:
    known = Firm(store, firm(queues={}, routes={}))
    known.decide(known.people(1)[0], now)
    result = run_route(store, now=now)
    assert (result.decisions, result.unrouted) == (0, 1)
    known.adopt(firm(), now=now)
    assert run_route(store, now=now).handoffs == 1


def test_won_deal_starts_a_new_conversation_later(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    (lead,) = known.people(1)
    known.decide(lead, now)
    run_route(store, now=now)
    with store.write() as tx:
        receipts.lock(tx, "lead", [lead])
        assert close_by_outcome(tx, now=now, subject="lead", subject_id=lead, kind="won") == 1
    known.decide(lead, now + HOUR)
    assert run_route(store, now=now + HOUR).handoffs == 1


def test_dry_run_leaves_nothing(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    known.decide_all(known.people(3), now)
    assert run_route(Sessions(store.engine, dry_run=True), now=now, chunk=2).handoffs == 3
    assert known.rows(Handoff) == known.rows(Rotation, "queue") == []


def test_two_runs_at_once_give_what_one_gives(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    leads = known.people(40)
    known.decide_all(leads, now)
    runs = [threading.Thread(target=run_route, args=(store,), kwargs={"now": now, "chunk": 3}) for _ in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    found = {row.subject_id: row.owner for row in known.rows(Handoff)}
    assert [found[lead] for lead in leads] == ["anna", "ben", "katja", "anna"] * 10
    assert len(known.rows(Effect)) == len(known.rows(Clock)) == len(known.rows(Handoff)) == 40


def test_statements_of_a_chunk_do_not_grow_with_it(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    counted = []
    for size in (2, 20, 200, 250):
        known.decide_all(known.people(size), now)
        counted.append(statements(store, now))
    # The first run also reads the playbook, and of more than usual it is asked once which feed brought them.
    assert max(counted) - min(counted) <= 1


def statements(store: Sessions, now: datetime) -> int:
    """Route, and return how many statements that took."""
    seen: list[str] = []

    def count(*args: Any) -> None:
        seen.append(args[2])

    event.listen(store.engine, "before_cursor_execute", count)
    run_route(store, now=now)
    event.remove(store.engine, "before_cursor_execute", count)
    return len(seen)
