"""A definition that the playbook drops while a handoff of it is open: what sales says then is said of the lead."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from penstock.operations.answer import answer_handoff
from penstock.operations.nurture import NurtureResult, run_nurture
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.playbook.model import Playbook
from penstock.records import OutcomeSaid, Record
from penstock.store.engine import Sessions, table
from penstock.store.tables import Decision, Enrolment, Handoff, Identifier
from tests.cast import ACCOUNTS, HYDRAULICS, LONG_AGO, OPERATIONS, REASONS, SEALS, Firm
from tests.history import playbook
from tests.operations.landing import ListFeed, ingest

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEPS = {"steps": {"one": {"mail": "hello", "after": "1 day"}}}
MAILS: dict[str, Any] = {
    "sequences": {"seals": {"interest": ["seals"], **STEPS}, "reconnect": {"interest": ["hydraulics"], **STEPS}},
    "mails": {"hello": "Subject: Hello\n\nHello."},
    "reasons": REASONS | {"no-budget": {"title": "No money", "to": "nurture", "sequence": "reconnect"}},
}


def agreed(*definitions: dict[str, Any]) -> Playbook:
    return playbook(*definitions, **(OPERATIONS | MAILS))


@pytest.fixture
def known(store: Sessions, now: datetime) -> Firm:
    """The firm, with a lead handed over for hydraulics, which its playbook dropped an hour later."""
    found = Firm(store, agreed(HYDRAULICS, SEALS, ACCOUNTS))
    lead = found.lead("jana", received=LONG_AGO, source="Website")
    found.did(lead, "rfq_submitted", at=now, line="hydraulics")
    settle(found, now)
    found.adopt(agreed(SEALS, ACCOUNTS), now=now + HOUR)
    settle(found, now + HOUR)
    return found


def settle(known: Firm, now: datetime) -> NurtureResult:
    run_qualify(known.store, now=now)
    run_route(known.store, now=now)
    return run_nurture(known.store, now=now)


def answer(known: Firm, now: datetime, answer: str, **more: Any) -> NurtureResult:
    """Let sales answer the first handoff, and return what nurture makes of it."""
    answer_handoff(known.store, now=now, handoff_id=known.rows(Handoff)[0].id, answer=answer, actor="anna", **more)
    return settle(known, now)


def stands(known: Firm) -> list[tuple[str, str, str]]:
    return [(row["definition"], row["stage"], row["branch"]) for row in known.scores()]


@pytest.mark.parametrize(
    ("said", "stage", "branch"),
    [
        ({"answer": "working"}, "working", "none"),
        ({"answer": "review"}, "working", "none"),
        ({"answer": "accepted", "next_step": "visit", "next_on": date(2026, 3, 12)}, "sql", "none"),
        ({"answer": "rejected", "reason": "bad-timing"}, "nurture", "nurture"),
        ({"answer": "rejected", "reason": "wrong-industry"}, "disqualified", "out"),
    ],
)
def test_answer_moves_the_lead_under_the_definitions_left(
    known: Firm, now: datetime, said: dict[str, Any], stage: str, branch: str
) -> None:
    assert stands(known) == [("seals", "lead", "none")]
    answer(known, now + 2 * HOUR, **said)
    assert stands(known) == [("seals", stage, branch)]
    assert len(known.rows(Handoff)) == 1


@pytest.mark.parametrize(
    ("kind", "stage", "status"),
    [("opportunity", "opportunity", "offered"), ("won", "customer", "accepted"), ("lost", "nurture", "returned")],
)
def test_outcome_speaks_for_the_definitions_left(
    known: Firm, now: datetime, kind: str, stage: str, status: str
) -> None:
    with known.store.write() as tx:
        row = {"kind": "email", "value": "jana@firm.example", "lead_id": known.rows(Handoff)[0].subject_id}
        tx.execute(insert(table(Identifier)), row)
    told = Record("o-1", now + 2 * HOUR, "jana@firm.example", outcome=OutcomeSaid(kind))
    ingest(known.store, ListFeed([told], name="crm"), now + 2 * HOUR)
    settle(known, now + 2 * HOUR)
    assert (stands(known)[0][1], known.rows(Handoff)[0].status) == (stage, status)


@pytest.mark.parametrize(("reason", "sequence"), [("no-budget", "reconnect"), ("bad-timing", "reconnect")])
def test_rejected_lead_goes_where_the_reason_or_its_interest_leads(
    known: Firm, now: datetime, reason: str, sequence: str
) -> None:
    told = answer(known, now + 2 * HOUR, "rejected", reason=reason)
    assert (told.acted, told.enrolled) == (1, 1)
    assert [(row.sequence, row.definition) for row in known.rows(Enrolment)] == [(sequence, "seals")]


def test_rejection_of_what_was_dropped_leaves_another_handoff_alone(known: Firm, now: datetime) -> None:
    lead = known.rows(Handoff)[0].subject_id
    known.did(lead, "content_downloaded", at=now + 2 * HOUR, line="seals")
    known.did(lead, "content_downloaded", at=now + 2 * HOUR, line="seals")
    settle(known, now + 2 * HOUR)
    other = known.rows(Handoff)[1]
    assert other.queue == "inside"
    answer_handoff(known.store, now=now + 3 * HOUR, handoff_id=other.id, answer="working", actor="felix")
    told = answer(known, now + 4 * HOUR, "rejected", reason="no-budget")
    assert stands(known) == [("seals", "working", "sales")]
    assert (told.acted, known.rows(Enrolment)) == (0, [])


def test_word_of_sales_outlives_a_definition_that_is_renamed(known: Firm, now: datetime) -> None:
    answer(known, now + 2 * HOUR, "working")
    known.adopt(agreed({**HYDRAULICS, "definition": "cylinders"}, ACCOUNTS), now=now + 3 * HOUR)
    settle(known, now + 3 * HOUR)
    assert stands(known) == [("cylinders", "working", "none")]
    answer(known, now + 4 * HOUR, "rejected", reason="no-budget")
    assert stands(known) == [("cylinders", "nurture", "nurture")]
    # It would be tier A: the cooldown holds.
    assert known.rows(Decision)[-1].tier_to == "A"
    assert [(row.sequence, row.definition) for row in known.rows(Enrolment)] == [("reconnect", "cylinders")]


def test_others_keep_their_scores_when_one_lead_is_judged(known: Firm, now: datetime) -> None:
    account = known.account("firm", received=now + HOUR)
    known.lead("eva", received=now + HOUR, source="Website")
    assert account == 1
    known.did(account, "opportunity_opened", subject="account", at=now + 2 * HOUR)
    settle(known, now + 3 * HOUR)
    known.did(1, "page_viewed", at=now + 4 * HOUR)
    settle(known, now + 5 * HOUR)
    scored = [(row["subject"], row["subject_id"], row["definition"]) for row in known.scores()]
    assert scored == [("account", 1, "accounts"), ("lead", 1, "seals"), ("lead", 2, "seals")]
