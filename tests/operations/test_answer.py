"""Answers of sales: kept once, with what each moves, and closed handoffs that stay closed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from penstock.errors import NotFoundError, UsageError
from penstock.operations.answer import AnswerResult, answer_handoff, close_by_outcome, record_answer, record_contact
from penstock.operations.handoffs import Board, list_handoffs
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.operations.status import read_status
from penstock.operations.waits import read_waits
from penstock.records import HandoffSeen
from penstock.store.engine import Sessions, table
from penstock.store.playbooks import read_live
from penstock.store.tables import Clock, Disposition, Handoff, Lift, Receipt, Rescore
from tests.cast import LONG_AGO, Firm

HOUR = timedelta(hours=1)
ACCEPTED: dict[str, Any] = {"answer": "accepted", "next_step": "plant visit", "next_on": date(2026, 3, 12)}
REJECTED: dict[str, Any] = {"answer": "rejected", "reason": "bad-timing"}


@pytest.fixture
def known(store: Sessions, now: datetime) -> Firm:
    """The firm, with one handoff offered to Anna at ``now``."""
    found = Firm(store)
    found.decide(found.lead("email:jana@brunner.example", received=LONG_AGO, country="DE"), now)
    run_route(store, now=now)
    return found


def handoff(known: Firm) -> Any:
    return known.rows(Handoff)[0]


def clock(known: Firm) -> tuple[datetime | None, str | None, datetime | None]:
    row = known.rows(Clock)[0]
    return row.stopped_at, row.stopped_by, row.next_due


def answer(known: Firm, at: datetime, **said: Any) -> AnswerResult:
    return answer_handoff(known.store, now=at, handoff_id=handoff(known).id, actor="anna", **said)


@pytest.mark.parametrize(
    ("said", "status", "stage", "stopped_by"),
    [
        ({"answer": "working"}, "working", "working", "claimed"),
        (ACCEPTED, "accepted", "sql", "answered"),
        ({"answer": "review"}, "review", "working", "answered"),
        (REJECTED, "rejected", "nurture", "answered"),
        ({"answer": "rejected", "reason": "wrong-industry"}, "rejected", "disqualified", "answered"),
    ],
)
def test_answer_moves_the_handoff_and_stops_its_clock(
    known: Firm, now: datetime, said: dict[str, Any], status: str, stage: str, stopped_by: str
) -> None:
    assert answer(known, now + HOUR, **said) == AnswerResult(handoff(known).id, status)
    assert (handoff(known).status, handoff(known).disposition) == (status, status)
    assert clock(known) == (now + HOUR, stopped_by, None)
    (row,) = known.rows(Disposition)
    assert (row.answer, row.stage, row.actor, row.feed, row.received_at) == (
        status, stage, "anna", "person", now + HOUR,
    )  # fmt: skip


def test_next_step_in_the_past_is_refused_and_today_is_not(known: Firm, now: datetime) -> None:
    with pytest.raises(UsageError, match="lies in the past; say when the lead expects it"):
        answer(known, now, **ACCEPTED | {"next_on": now.date() - timedelta(days=2)})
    assert (handoff(known).status, known.rows(Disposition)) == ("offered", [])
    assert answer(known, now, **ACCEPTED | {"next_on": now.date()}).status == "accepted"


def test_working_says_since_when_and_only_the_first_time(known: Firm, now: datetime) -> None:
    answer(known, now + HOUR, answer="working")
    answer(known, now + 2 * HOUR, answer="working")
    assert (handoff(known).working_at, handoff(known).closed_at) == (now + HOUR, None)
    assert handoff(known).first_contact_at is None


def test_acceptance_keeps_the_next_step_and_its_date(known: Firm, now: datetime) -> None:
    answer(known, now, **ACCEPTED)
    assert (handoff(known).next_step, handoff(known).next_on) == ("plant visit", date(2026, 3, 12))
    assert handoff(known).closed_at is None


def test_rejection_closes_with_its_reason(known: Firm, now: datetime) -> None:
    answer(known, now + HOUR, **REJECTED)
    assert (handoff(known).rejection_reason, handoff(known).closed_at) == ("bad-timing", now + HOUR)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"answer": "accepted"}, "needs the next step"),
        ({"answer": "accepted", "next_step": "visit"}, "and its date"),
        ({"answer": "accepted", "next_step": " ", "next_on": date(2026, 3, 12)}, "needs the next step"),
        ({"answer": "rejected"}, "needs a reason of the playbook: --reason with one of bad-timing, no-need"),
        ({"answer": "rejected", "reason": "bad-timeing"}, 'did you mean "bad-timing"?'),
        ({"answer": "rejected", "reason": "zzz"}, "there are bad-timing, no-need, wrong-industry"),
        ({"answer": "maybe"}, '"maybe" is no answer; it is one of working, accepted, review, rejected'),
    ],
)
def test_incomplete_answer_is_refused_and_leaves_nothing(
    known: Firm, now: datetime, said: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message.replace("?", r"\?")):
        answer(known, now, **said)
    assert known.rows(Disposition) == []
    assert handoff(known).status == "offered"


@pytest.mark.parametrize("name", [99, "99", "H-17", "", "9" * 40, "²"])
def test_unknown_handoff_is_not_found(known: Firm, now: datetime, name: int | str) -> None:
    with pytest.raises(NotFoundError, match="penstock handoff list"):
        answer_handoff(known.store, now=now, handoff_id=name, answer="working", actor="anna")


def test_same_answer_of_a_feed_is_kept_once(known: Firm, now: datetime) -> None:
    results = [answer(known, now + hours * HOUR, answer="working", feed="crm", external_id="a1") for hours in (1, 2)]
    assert [result.recorded for result in results] == [True, False]
    assert len(known.rows(Disposition)) == 1
    assert handoff(known).working_at == now + HOUR


def test_same_answer_by_hand_in_one_moment_is_kept_once_and_says_so(known: Firm, now: datetime) -> None:
    for said in (ACCEPTED, REJECTED, {"answer": "working"}):
        answer(known, now + HOUR, **said)
        kept = len(known.rows(Disposition))
        assert not answer(known, now + HOUR, **said).recorded
        assert len(known.rows(Disposition)) == kept


def test_answer_that_says_more_in_the_same_moment_counts(known: Firm, now: datetime) -> None:
    answer(known, now, **ACCEPTED)
    for more in ({"next_step": "call"}, {"next_on": date(2026, 3, 13)}):
        assert answer(known, now, **(ACCEPTED | more)).recorded
    assert (handoff(known).next_step, handoff(known).next_on) == ("plant visit", date(2026, 3, 13))
    assert len({row.external_id for row in known.rows(Disposition)}) == 3


def test_latest_answer_holds(known: Firm, now: datetime) -> None:
    in_turn: list[dict[str, Any]] = [{"answer": "working"}, {"answer": "review"}, ACCEPTED]
    for hours, said in enumerate(in_turn):
        answer(known, now + hours * HOUR, **said)
    assert handoff(known).status == "accepted"
    assert [row.answer for row in known.rows(Disposition)] == ["working", "review", "accepted"]
    assert clock(known) == (now, "claimed", None)


def test_answer_queues_its_lead_after_what_was_decided(known: Firm, now: datetime) -> None:
    with known.store.write() as tx:
        tx.execute(update(table(Rescore)).values(folded_to=now, due_at=None))
    answer(known, now, answer="working")
    stamp = now + timedelta(microseconds=1)
    assert [row.at for row in known.rows(Receipt, "at")][-1] == stamp
    assert known.rows(Rescore, "subject_id")[0].due_at == stamp
    assert known.rows(Disposition)[0].received_at == stamp


def test_next_qualify_moves_the_stage_of_every_definition_joined(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    lead = known.lead("jana", received=LONG_AGO, industry="Maschinenbau", source="Website")
    known.did(lead, "rfq_submitted", at=now, line="hydraulics")
    run_qualify(store, now=now)
    run_route(store, now=now)
    answer(known, now + HOUR, **ACCEPTED)
    run_qualify(store, now=now + HOUR)
    assert {row["definition"]: row["stage"] for row in known.scores()} == {"hydraulics": "sql", "seals": "lead"}


def test_landing_records_an_answer_in_its_own_transaction(known: Firm, now: datetime) -> None:
    with known.store.write() as tx:
        result = record_answer(
            tx, read_live(tx, share=True), now=now + HOUR, handoff_id=str(handoff(known).id), answer="working",
            actor="crm", reason="", next_step="", next_on=None, feed="crm", external_id="7", said_at=now, batch_id=3,
        )  # fmt: skip
    assert result.recorded
    (row,) = known.rows(Disposition)
    assert (row.said_at, row.received_at, row.batch_id) == (now, now + HOUR, 3)


@pytest.mark.parametrize(("kind", "status"), [("won", "accepted"), ("lost", "returned")])
def test_end_of_the_deal_closes_the_handoff(known: Firm, now: datetime, kind: str, status: str) -> None:
    with known.store.write() as tx:
        close_by_outcome(tx, now=now + HOUR, subject="lead", subject_id=handoff(known).subject_id, kind=kind)
    assert (handoff(known).status, handoff(known).closed_at) == (status, now + HOUR)
    assert clock(known) == (now + HOUR, "answered", None)


@pytest.mark.parametrize("kind", ["meeting", "evaluation", "opportunity"])
def test_other_outcomes_close_nothing(known: Firm, now: datetime, kind: str) -> None:
    with known.store.write() as tx:
        assert close_by_outcome(tx, now=now, subject="lead", subject_id=handoff(known).subject_id, kind=kind) == 0
    assert handoff(known).status == "offered"


def test_deal_that_ended_before_the_handoff_closes_nothing(known: Firm, now: datetime) -> None:
    with known.store.write() as tx:
        assert (
            close_by_outcome(tx, now=LONG_AGO, subject="lead", subject_id=handoff(known).subject_id, kind="lost") == 0
        )
    assert handoff(known).status == "offered"


def contact(known: Firm, at: datetime) -> int:
    with known.store.write() as tx:
        return record_contact(tx, at=at, lead_id=handoff(known).subject_id)


def test_touch_is_the_first_contact_and_stops_the_clock(known: Firm, now: datetime) -> None:
    assert contact(known, now + HOUR) == 1
    assert handoff(known).first_contact_at == now + HOUR
    assert clock(known) == (now + HOUR, "contact", None)
    assert handoff(known).status == "offered"


def test_earliest_touch_is_the_first_contact_however_late_it_is_told(known: Firm, now: datetime) -> None:
    for hours in (3, 1, 2):
        contact(known, now + hours * HOUR)
    assert handoff(known).first_contact_at == now + HOUR


def test_touch_before_the_handoff_is_no_contact_of_it(known: Firm, now: datetime) -> None:
    assert contact(known, now - HOUR) == 0
    assert handoff(known).first_contact_at is None


def test_answer_is_no_contact(known: Firm, now: datetime) -> None:
    answer(known, now + HOUR, **ACCEPTED)
    assert handoff(known).first_contact_at is None


def test_list_shows_open_handoffs_oldest_first(known: Firm, now: datetime) -> None:
    account = known.account("brunner", received=LONG_AGO)
    known.decide(account, now, subject="account", definition="accounts")
    run_route(known.store, now=now + HOUR)
    lines = list_handoffs(known.store, now=now + HOUR)
    assert [(line.name or line.company, line.owner, line.definitions) for line in lines] == [
        ("email:jana@brunner.example", "anna", ("hydraulics",)),
        ("brunner", "felix", ("accounts",)),
    ]
    assert [line.owner for line in list_handoffs(known.store, now=now, queue="inside")] == ["felix"]


def test_list_knows_what_is_overdue_and_what_was_rejected(known: Firm, now: datetime) -> None:
    tomorrow = now + timedelta(days=1)
    assert list_handoffs(known.store, now=now, overdue=True) == []
    assert [line.is_overdue for line in list_handoffs(known.store, now=tomorrow, overdue=True)] == [True]
    answer(known, tomorrow, **REJECTED)
    assert list_handoffs(known.store, now=tomorrow) == []
    assert [line.status for line in list_handoffs(known.store, now=tomorrow, status="rejected")] == ["rejected"]


def test_handoff_is_overdue_from_its_due_moment_on_wherever_it_is_told(known: Firm, now: datetime) -> None:
    (line,) = list_handoffs(known.store, now=now)
    assert line.due_at is not None
    for moment, late in ((line.due_at - timedelta(microseconds=1), 0), (line.due_at, 1)):
        assert len(list_handoffs(known.store, now=moment, overdue=True)) == late
        assert read_waits(known.store, now=moment).overdue == late
        assert sum(one.overdue for one in read_status(known.store, now=moment).queues.values()) == late


def test_board_shows_what_was_made_strictly_before(known: Firm, now: datetime) -> None:
    board = Board(known.store)
    assert board.seen(now=now) == []
    expected = HandoffSeen(str(handoff(known).id), "email:jana@brunner.example", "engineers", "anna", "A", now)
    assert board.seen(now=now + HOUR) == [expected]


def test_what_sales_says_of_one_lead_is_heard_of_no_other(known: Firm, now: datetime) -> None:
    other = known.lead("email:tom@brunner.example", received=LONG_AGO, country="DE")
    with known.store.write() as tx:
        # Of the other, too, somebody said something: of no definition that there is.
        word = {"subject": "lead", "subject_id": other, "definition": "old", "disqualifier": "x", "lifted": True}
        tx.execute(insert(table(Lift)), word | {"reason": "", "actor": "anna", "received_at": now})
    answer(known, now + HOUR, **REJECTED)
    known.did(other, "page_viewed", at=now + 2 * HOUR)
    run_qualify(known.store, now=now + 3 * HOUR)
    stages = {(row["subject_id"], row["stage"]) for row in known.scores() if row["definition"] == "hydraulics"}
    assert {stage for lead, stage in stages if lead != other} == {"nurture"}
    assert {stage for lead, stage in stages if lead == other} == {"lead"}
