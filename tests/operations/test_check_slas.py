"""SLA checks: every level once, the highest told, nothing lost however late or how often they run."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from penstock.operations.answer import answer_handoff
from penstock.operations.check_slas import CheckSlasResult, run_check_slas
from penstock.operations.route import run_route
from penstock.store.engine import Sessions
from penstock.store.tables import Clock, Effect, Escalation, Handoff
from tests.cast import QUEUES, SLA, Firm, berlin, firm

# Handed over on Monday at ten: warned at 13:00, due 14:00, the manager hears at 16:00, the queue on Tuesday 14:00.
START = berlin("2026-03-02 10:00")
WARNED, DUE, MANAGER, QUEUE = (
    berlin(text) for text in ("2026-03-02 13:00", "2026-03-02 14:00", "2026-03-02 16:00", "2026-03-03 14:00")
)
MINUTE = timedelta(minutes=1)


def handed_over(store: Sessions, count: int = 1) -> Firm:
    known = Firm(store)
    known.decide_all(known.people(count), START)
    run_route(store, now=START)
    return known


def levels(known: Firm) -> list[tuple[int, str | None]]:
    return [(row.level, row.notified) for row in known.rows(Escalation, "clock_id", "level")]


def alerts(known: Firm) -> list[tuple[str, str]]:
    rows = [row for row in known.rows(Effect, "clock_id", "id") if row.kind == "sla_alert"]
    return [(row.key.partition(":")[2], row.recipient) for row in rows]


def test_each_level_is_told_when_it_falls_due(store: Sessions) -> None:
    known = handed_over(store)
    for moment in (START, WARNED - MINUTE, WARNED, DUE, MANAGER, QUEUE, QUEUE + MINUTE):
        run_check_slas(store, now=moment)
    assert levels(known) == [(0, "anna"), (1, "anna"), (2, "petra"), (3, "ben")]
    assert alerts(known) == [("0", "anna"), ("1", "anna"), ("2", "petra"), ("3", "ben")]
    assert [row.due_at for row in known.rows(Escalation)] == [WARNED, DUE, MANAGER, QUEUE]


def test_result_counts_levels_and_says_when_to_check_next(store: Sessions) -> None:
    handed_over(store, 2)
    assert run_check_slas(store, now=START) == CheckSlasResult(next_due=WARNED)
    assert run_check_slas(store, now=WARNED) == CheckSlasResult(clocks=2, warned=2, next_due=DUE)
    assert run_check_slas(store, now=MANAGER) == CheckSlasResult(clocks=2, escalated={2: 2}, silent=2, next_due=QUEUE)
    assert run_check_slas(store, now=QUEUE) == CheckSlasResult(clocks=2, escalated={3: 2})


def test_check_that_was_down_writes_every_level_and_tells_the_highest(store: Sessions) -> None:
    known = handed_over(store)
    late = QUEUE + timedelta(days=30)
    result = run_check_slas(store, now=late)
    assert levels(known) == [(0, None), (1, None), (2, None), (3, "ben")]
    assert alerts(known) == [("3", "ben")]
    assert (result.escalated, result.silent) == ({3: 1}, 3)
    assert {row.fired_at for row in known.rows(Escalation)} == {late}


def test_warning_found_before_the_due_moment_is_told_however_late(store: Sessions) -> None:
    known = handed_over(store)
    run_check_slas(store, now=DUE - MINUTE)
    assert alerts(known) == [("0", "anna")]


@pytest.mark.parametrize("late", [timedelta(), MINUTE])
def test_warning_found_after_the_due_moment_is_never_told(store: Sessions, late: timedelta) -> None:
    known = Firm(store, firm(sla=SLA | {"hot": {"contact": "4 business hours", "warn": "1 business hour before"}}))
    known.decide(known.people(1)[0], START)
    run_route(store, now=START)
    result = run_check_slas(store, now=DUE + late)
    assert levels(known) == [(0, None)]
    assert alerts(known) == []
    assert (result.silent, result.next_due) == (1, None)


def test_level_told_once_is_not_told_again(store: Sessions) -> None:
    known = handed_over(store)
    for _ in range(3):
        run_check_slas(store, now=DUE)
    assert alerts(known) == [("1", "anna")]
    run_check_slas(store, now=QUEUE)
    assert levels(known) == [(0, None), (1, "anna"), (2, None), (3, "ben")]


def test_stopped_clock_says_nothing(store: Sessions) -> None:
    known = handed_over(store)
    answer_handoff(store, now=WARNED - MINUTE, handoff_id=known.rows(Handoff)[0].id, answer="working", actor="anna")
    assert run_check_slas(store, now=QUEUE).clocks == 0
    assert levels(known) == []


def test_two_clocks_that_are_both_late_both_escalate(store: Sessions) -> None:
    known = handed_over(store)
    lead = known.rows(Handoff)[0].subject_id
    known.decide(lead, START, definition="seals")
    run_route(store, now=START)
    run_check_slas(store, now=QUEUE + timedelta(days=7))
    assert alerts(known) == [("3", "ben"), ("2", "ruth")]


def test_nobody_to_tell_is_written_and_counted(store: Sessions) -> None:
    known = Firm(store, firm(queues=QUEUES | {"inside": {"members": {}, "sla": "warm"}}))
    known.decide(known.people(1)[0], START, definition="seals")
    run_route(store, now=START)
    result = run_check_slas(store, now=QUEUE)
    assert (result.silent, levels(known), alerts(known)) == (1, [(1, None)], [])


def test_checks_in_small_chunks_find_everything(store: Sessions) -> None:
    known = handed_over(store, 7)
    assert run_check_slas(store, now=DUE, chunk=2).escalated == {1: 7}
    assert len(levels(known)) == 14


def test_dry_run_leaves_nothing_and_ends(store: Sessions) -> None:
    known = handed_over(store, 3)
    assert run_check_slas(Sessions(store.engine, dry_run=True), now=DUE, chunk=1).escalated == {1: 3}
    assert levels(known) == []
    assert known.rows(Clock)[0].next_due == WARNED


def test_checks_at_once_escalate_once(store: Sessions) -> None:
    known = handed_over(store, 20)
    checks = [
        threading.Thread(target=run_check_slas, args=(store,), kwargs={"now": MANAGER, "chunk": 3}) for _ in range(4)
    ]
    for check in checks:
        check.start()
    for check in checks:
        check.join()
    assert [level for level, _ in levels(known)] == [0, 1, 2] * 20
    assert alerts(known) == [("2", "petra")] * 20


def test_warning_that_would_come_before_the_start_is_left_out(store: Sessions, now: datetime) -> None:
    tight = {"contact": "30 business minutes", "warn": "1 business hour before", "late": {"0h": "owner"}}
    known = Firm(store, firm(sla=SLA | {"hot": tight}))
    known.decide(known.people(1)[0], now)
    assert run_route(store, now=now).next_due == now + timedelta(minutes=30)
