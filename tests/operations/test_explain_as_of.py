"""What is explained of a past moment: who had the lead then, and how it showed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from penstock.operations.answer import answer_handoff
from penstock.operations.explain import explain
from penstock.operations.explain.shape import OpenHandoff
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.store.engine import Sessions, table
from penstock.store.tables import Clock, Handoff, Outcome
from tests.cast import LONG_AGO, Firm
from tests.history import DAY, HYDRAULICS, History, playbook

HOUR = timedelta(hours=1)
ANSWERS: list[dict[str, Any]] = [
    {"answer": "working"},
    {"answer": "rejected", "reason": "bad-timing"},
    {"answer": "accepted", "next_step": "plant visit", "next_on": date(2026, 3, 12)},
]


@pytest.fixture
def answered(store: Sessions, now: datetime) -> Firm:
    """The firm, with one handoff offered at ``now`` and answered in each of the hours after it."""
    found = Firm(store)
    found.decide(found.lead("email:jana@brunner.example", received=LONG_AGO, country="DE"), now)
    run_route(store, now=now)
    for number, said in enumerate(ANSWERS, start=1):
        answer_handoff(store, now=now + number * HOUR, handoff_id=1, actor="anna", **said)
    return found


def handoff_at(known: Firm, at: datetime) -> OpenHandoff | None:
    return explain(known.store, named="1", now=at).handoff


@pytest.mark.parametrize(
    ("hours", "status"), [(-1, None), (0, "offered"), (1, "working"), (2, None), (3, "accepted"), (99, "accepted")]
)
def test_handoff_is_told_as_it_stood(answered: Firm, now: datetime, hours: int, status: str | None) -> None:
    found = handoff_at(answered, now + hours * HOUR)
    assert (found.status if found else None) == status
    assert found is None or found.definitions == ("hydraulics",)


def test_contact_is_due_until_the_clock_was_stopped(answered: Firm, now: datetime) -> None:
    due = answered.rows(Clock)[0].due_at
    told = [handoff_at(answered, now + hours * HOUR) for hours in (0, 1)]
    assert [one.due_at if one else None for one in told] == [due, None]


def test_owner_is_the_one_of_then(answered: Firm, now: datetime) -> None:
    given = answered.rows(Handoff)[0].owner
    with answered.store.write() as tx:
        tx.execute(update(table(Handoff)).values(owner="felix"))
    told = handoff_at(answered, now)
    assert told is not None
    assert told.owner == given != "felix"


def test_lead_shows_what_was_known_of_it_then(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now - DAY)
    lead = history.lead("jana", received=now, first_name="Jana", title="Buyer", country="DE")
    history.fact("lead", lead, "title", "Design Engineer", received=now + HOUR)
    history.fact("lead", lead, "last_name", "Keller", received=now + HOUR)
    run_qualify(store, now=now + 2 * HOUR)
    told = [explain(store, named="1", now=at).lead for at in (now, now + 2 * HOUR)]
    assert [(one.name, one.title, one.country) for one in told if one] == [
        ("Jana", "Buyer", "DE"),
        ("Jana Keller", "Design Engineer", "DE"),
    ]


def test_account_has_the_leads_that_it_had_then(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now - DAY)
    firm = history.account("firm", received=now, industry="machinery", company="Firm AG")
    for hours in (0, 1):
        history.lead(f"lead {hours}", account=firm, received=now + hours * HOUR)
    told = [explain(store, named=f"account:{firm}", now=now + hours * HOUR).account for hours in (0, 1)]
    assert [(one.name, one.industry, one.leads) for one in told if one] == [
        ("Firm AG", "machinery", 1),
        ("Firm AG", "machinery", 2),
    ]


def test_timeline_has_the_deals_that_feeds_told_of_by_then(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    lead = known.lead("jana", received=now - DAY)
    told = [("opportunity", now, None, ""), ("won", now + 2 * DAY, 12_000, "EUR"), ("lost", now + 9 * DAY, None, "")]
    with store.write() as tx:
        for number, (kind, at, value, currency) in enumerate(told):
            row = {"feed": "crm", "external_id": str(number), "kind": kind, "at": at, "value": value}
            subject = {"subject": "lead", "subject_id": lead, "currency": currency}
            tx.execute(insert(table(Outcome)), row | subject | {"received_at": at, "landed_at": now})
    found = explain(store, named=str(lead), now=now + 3 * DAY).timeline
    assert [(event.at, event.what) for event in found if "crm" in event.what] == [
        (now, "crm says opportunity"),
        (now + 2 * DAY, "crm says won, 12,000 EUR"),
    ]
