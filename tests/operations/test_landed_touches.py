"""A call that the CRM tells of is a contact, as one logged by hand is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from penstock.operations.route import run_route
from penstock.records import Answer, Happening, Record
from penstock.store.engine import Sessions
from penstock.store.tables import Clock, Handoff
from tests.cast import Firm
from tests.operations.landing import ListFeed, form, ingest

HOUR = timedelta(hours=1)
JANA = "jana@firm.example"


@pytest.fixture
def known(store: Sessions, now: datetime) -> Firm:
    """The firm, with one handoff offered at ``now``."""
    found = Firm(store)
    ingest(store, ListFeed([form(JANA, at=now - HOUR)]), now)
    found.decide(1, now)
    run_route(store, now=now)
    return found


def told(kind: str, at: datetime) -> Record:
    """Return an activity of the lead, as the CRM tells it."""
    return replace(form(JANA, at=at), happening=Happening(kind, channel="phone"))


def tell(known: Firm, at: datetime, *records: Record) -> tuple[datetime | None, str | None]:
    """Land what the CRM tells, twice, and return the first contact and what stopped the clock."""
    for _ in range(2):
        ingest(known.store, ListFeed(records, name="crm", page=10), at)
    return known.rows(Handoff)[0].first_contact_at, known.rows(Clock)[0].stopped_by


@pytest.mark.parametrize("kind", ["call_made", "meeting_held", "linkedin_touched"])
def test_touch_that_lands_is_the_first_contact(known: Firm, now: datetime, kind: str) -> None:
    assert tell(known, now + 3 * HOUR, told(kind, now + HOUR)) == (now + HOUR, "contact")


def test_earliest_of_several_is_the_first_contact(known: Firm, now: datetime) -> None:
    later, earlier = told("call_made", now + 2 * HOUR), told("call_made", now + HOUR)
    assert tell(known, now + 3 * HOUR, later, earlier) == (now + HOUR, "contact")


def test_rejection_in_the_same_page_does_not_hide_the_call_before_it(known: Firm, now: datetime) -> None:
    rejected = Record("a-1", now + 2 * HOUR, answer=Answer("1", "rejected", "felix", reason="no-need"))
    assert tell(known, now + 3 * HOUR, told("call_made", now + HOUR), rejected)[0] == now + HOUR


@pytest.mark.parametrize(("kind", "hours"), [("call_made", -1), ("call_made", 9), ("email_clicked", 1)])
def test_what_was_before_or_is_to_come_or_is_no_touch_reaches_nobody(
    known: Firm, now: datetime, kind: str, hours: int
) -> None:
    assert tell(known, now + 3 * HOUR, told(kind, now + hours * HOUR)) == (None, None)
