"""A rejection taken back: the latest answer holds, the handoff is its owner's again, and nurture lets go."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from penstock.errors import UsageError
from penstock.operations.answer import AnswerResult, answer_handoff, close_by_outcome
from penstock.operations.nurture import run_nurture
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.records import Answer, Record
from penstock.store.engine import Sessions
from penstock.store.tables import Clock, Decision, Disposition, Effect, Enrolment, Handoff
from tests.cast import LONG_AGO, Firm, firm
from tests.operations.landing import ListFeed, ingest

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REJECTED: dict[str, Any] = {"answer": "rejected", "reason": "bad-timing"}
ACCEPTED: dict[str, Any] = {"answer": "accepted", "next_step": "plant visit", "next_on": date(2026, 3, 12)}
SEQUENCES = {"reconnect": {"steps": {"one": {"mail": "hello"}}}}


@pytest.fixture
def known(store: Sessions, now: datetime) -> Firm:
    """The firm, with one handoff offered to Anna at ``now`` and rejected an hour later, and its lead in nurture."""
    found = Firm(store, firm(sequences=SEQUENCES, mails={"hello": "Subject: Hello\n\nHello."}))
    lead = found.lead("jana", received=LONG_AGO, industry="Maschinenbau", source="Website")
    found.did(lead, "rfq_submitted", at=now, line="hydraulics")
    run_qualify(store, now=now)
    run_route(store, now=now)
    answer(found, now + HOUR, **REJECTED)
    settle(found, now + HOUR)
    return found


def settle(known: Firm, now: datetime) -> None:
    run_qualify(known.store, now=now)
    run_route(known.store, now=now)
    run_nurture(known.store, now=now)


def answer(known: Firm, at: datetime, **said: Any) -> AnswerResult:
    return answer_handoff(known.store, now=at, handoff_id=handoff(known).id, actor="anna", **said)


def handoff(known: Firm) -> Any:
    return known.rows(Handoff)[0]


def stands(known: Firm) -> tuple[str, str]:
    """Return the stage and branch that the lead has under the definition of its handoff."""
    (score,) = [row for row in known.scores() if row["definition"] == "hydraulics"]
    return score["stage"], score["branch"]


@pytest.mark.parametrize(
    ("said", "stage"),
    [({"answer": "working"}, "working"), (ACCEPTED, "sql"), ({"answer": "review"}, "working")],
)
def test_answer_after_a_rejection_opens_the_handoff_again(
    known: Firm, now: datetime, said: dict[str, Any], stage: str
) -> None:
    assert stands(known) == ("nurture", "nurture")
    done = answer(known, now + 2 * HOUR, **said)
    assert done == AnswerResult(handoff(known).id, said["answer"], reopened=True)
    row = handoff(known)
    assert (row.status, row.owner, row.closed_at, row.rejection_reason) == (said["answer"], "anna", None, None)
    settle(known, now + 2 * HOUR)
    assert stands(known) == (stage, "sales")
    assert len(known.rows(Handoff)) == 1


def test_answers_are_only_added(known: Firm, now: datetime) -> None:
    answer(known, now + 2 * HOUR, answer="working")
    told = [(row.answer, row.stage, row.received_at) for row in known.rows(Disposition)]
    assert told == [("rejected", "nurture", now + HOUR), ("working", "working", now + 2 * HOUR)]


def test_enrolment_that_the_rejection_began_ends_with_its_mails(known: Firm, now: datetime) -> None:
    assert [(row.status, row.sequence) for row in known.rows(Enrolment)] == [("active", "reconnect")]
    answer(known, now + 2 * HOUR, answer="working")
    settle(known, now + 2 * HOUR)
    assert [(row.status, row.exit_reason) for row in known.rows(Enrolment)] == [("exited", "handed_over")]
    mails = [row for row in known.rows(Effect) if row.kind == "sequence_mail"]
    assert [(row.status, row.skip_reason) for row in mails] == [("cancelled", "exited")]


def test_rejection_taken_back_before_nurture_ran_enrols_nobody(store: Sessions, now: datetime) -> None:
    found = Firm(store, firm(sequences=SEQUENCES, mails={"hello": "Subject: Hello\n\nHello."}))
    found.did(found.lead("jana", received=LONG_AGO, source="Website"), "rfq_submitted", at=now, line="hydraulics")
    settle(found, now)
    answer(found, now + HOUR, **REJECTED)
    run_qualify(store, now=now + HOUR)
    answer(found, now + 2 * HOUR, answer="working")
    settle(found, now + 2 * HOUR)
    assert found.rows(Enrolment) == []
    assert [row.acted_at is None for row in found.rows(Decision) if row.branch in ("sales", "nurture")] == [False] * 3


def test_contact_clock_does_not_start_afresh(known: Firm, now: datetime) -> None:
    before = known.rows(Clock)
    answer(known, now + 2 * HOUR, answer="working")
    settle(known, now + 2 * HOUR)
    assert known.rows(Clock) == before
    assert len([row for row in known.rows(Effect) if row.kind == "handoff_note"]) == 1


def test_lead_that_was_out_is_back_too(known: Firm, now: datetime) -> None:
    answer(known, now + 2 * HOUR, answer="rejected", reason="wrong-industry")
    settle(known, now + 2 * HOUR)
    assert (stands(known), handoff(known).rejection_reason) == (("disqualified", "out"), "wrong-industry")
    answer(known, now + 3 * HOUR, answer="working")
    settle(known, now + 3 * HOUR)
    assert stands(known) == ("working", "sales")


def test_same_rejection_again_by_hand_says_so(known: Firm, now: datetime) -> None:
    with pytest.raises(UsageError, match="rejected for that reason already"):
        answer(known, now + 2 * HOUR, **REJECTED)
    assert len(known.rows(Disposition)) == 1


def test_lead_that_was_handed_over_anew_is_answered_there(known: Firm, now: datetime) -> None:
    later = now + 100 * DAY
    known.decide(handoff(known).subject_id, later)
    run_route(known.store, now=later)
    newer = known.rows(Handoff)[1].id
    with pytest.raises(UsageError, match=f"answer that one, `penstock handoff answer {newer} working`"):
        answer(known, later, answer="working")
    assert (handoff(known).status, len(known.rows(Disposition))) == ("rejected", 1)


@pytest.mark.parametrize("kind", ["won", "lost"])
def test_handoff_that_ended_with_its_deal_takes_no_answer(store: Sessions, now: datetime, kind: str) -> None:
    known = Firm(store)
    known.decide(known.lead("jana", received=LONG_AGO), now)
    run_route(store, now=now)
    with store.write() as tx:
        close_by_outcome(tx, now=now, subject="lead", subject_id=handoff(known).subject_id, kind=kind)
    before = handoff(known)
    with pytest.raises(UsageError, match=r"is over \((accepted|returned)\) and takes no answer.*lead promote"):
        answer(known, now + HOUR, answer="working")
    assert (handoff(known), known.rows(Disposition)) == (before, [])
    # A feed's is kept for the record.
    tell(known, now + HOUR, Record("a-1", now + HOUR, answer=Answer(str(before.id), "working", "anna")))
    assert handoff(known) == before
    assert [(row.answer, row.stage) for row in known.rows(Disposition)] == [("working", "")]


def tell(known: Firm, now: datetime, *records: Record) -> Any:
    return ingest(known.store, ListFeed(records, name="crm"), now)


def test_feed_takes_a_rejection_back(known: Firm, now: datetime) -> None:
    told = Record("a-1", now + 2 * HOUR, answer=Answer(str(handoff(known).id), "working", "anna"))
    for _ in range(2):
        tell(known, now + 3 * HOUR, told)
    settle(known, now + 3 * HOUR)
    assert (handoff(known).status, handoff(known).closed_at, stands(known)) == ("working", None, ("working", "sales"))
    assert len(known.rows(Disposition)) == 2


def test_answer_from_before_the_rejection_that_lands_late_changes_nothing(known: Firm, now: datetime) -> None:
    before = handoff(known)
    tell(known, now + 2 * HOUR, Record("a-1", now, answer=Answer(str(before.id), "working", "anna")))
    settle(known, now + 2 * HOUR)
    assert (handoff(known), stands(known)) == (before, ("nurture", "nurture"))
    assert [row.stage for row in known.rows(Disposition)] == ["nurture", ""]


def test_feed_that_answers_an_old_handoff_of_a_lead_handed_over_anew_is_told(known: Firm, now: datetime) -> None:
    later = now + 100 * DAY
    known.decide(handoff(known).subject_id, later)
    run_route(known.store, now=later)
    result = tell(known, later, Record("a-1", later, answer=Answer(str(handoff(known).id), "working", "anna")))
    assert result.quarantined == {"bad_answer": 1}
