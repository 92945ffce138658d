"""An outcome that is dated ahead counts from its date on: for the stage, the handoff, its promise and corrections."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from penstock.errors import UsageError
from penstock.operations.answer import answer_handoff
from penstock.operations.check_slas import run_check_slas
from penstock.operations.ended_deals import close_ended
from penstock.operations.merge import merge_leads
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.records import OutcomeSaid, Record
from penstock.store.engine import Sessions, table
from penstock.store.tables import Clock, Escalation, Handoff, Identifier, Outcome
from tests.cast import LONG_AGO, Firm
from tests.history import DAY
from tests.operations.landing import KEYRING, ListFeed, ingest

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
JANA = "jana@firm.example"


@pytest.fixture
def known(store: Sessions, now: datetime) -> Firm:
    """The firm, with one lead that was handed over at ``now``."""
    found = Firm(store)
    lead = found.lead("jana", received=LONG_AGO, source="Website")
    with store.write() as tx:
        tx.execute(insert(table(Identifier)), {"kind": "email", "value": JANA, "lead_id": lead})
    found.did(lead, "rfq_submitted", at=now, line="hydraulics")
    settle(found, now)
    return found


def settle(known: Firm, now: datetime) -> None:
    run_qualify(known.store, now=now)
    run_route(known.store, now=now)


def told(known: Firm, kind: str, at: datetime | None, *, now: datetime, key: str = "deal 1", feed: str = "crm") -> None:
    """Land what a feed says of the deal, as the next row of its stream."""
    record = Record(key, at, JANA, outcome=OutcomeSaid(kind), raw=f"{kind} {at}")
    ingest(known.store, ListFeed([record], name=feed, stream=f"deals {now} {kind}"), now)


def stage(known: Firm) -> str:
    return str({row["definition"]: row["stage"] for row in known.scores()}["hydraulics"])


def handoff(known: Firm) -> tuple[str, datetime | None]:
    row = known.rows(Handoff)[0]
    return row.status, row.closed_at


@pytest.mark.parametrize(
    ("kind", "counts", "status"),
    [("won", "customer", "accepted"), ("lost", "nurture", "returned"), ("opportunity", "opportunity", "offered")],
)
def test_stage_and_handoff_stay_until_the_date(known: Firm, now: datetime, kind: str, counts: str, status: str) -> None:
    date = now + 10 * DAY
    told(known, kind, date, now=now + HOUR)
    for before in (now + HOUR, date - SECOND):
        settle(known, before)
        assert (stage(known), handoff(known)) == ("mql", ("offered", None))
    settle(known, date)
    assert (stage(known), handoff(known)) == (counts, (status, None if kind == "opportunity" else date))


@pytest.mark.parametrize("steps", [1, 3, 12])
def test_decision_is_of_the_date_whatever_the_pace(known: Firm, now: datetime, steps: int) -> None:
    told(known, "won", now + 10 * DAY, now=now + HOUR)
    for step in range(1, steps + 1):
        settle(known, now + HOUR + step * 12 * DAY / steps)
    moved = [row for row in known.decisions() if row["stage_to"] == "customer"]
    assert [(row["definition"], row["moment"]) for row in moved] == [
        ("hydraulics", now + 10 * DAY),
        ("seals", now + 10 * DAY),
    ]
    assert handoff(known) == ("accepted", now + 10 * DAY)


def test_what_is_dated_now_or_before_counts_at_once(known: Firm, now: datetime) -> None:
    for hours, at in ((1, now + HOUR), (2, now - DAY), (3, None)):
        told(known, "opportunity", at, now=now + hours * HOUR, key=f"deal {hours}")
    assert [row.received_at for row in known.rows(Outcome)] == [now + hours * HOUR for hours in (1, 2, 3)]
    told(known, "won", now, now=now + 4 * HOUR)
    assert handoff(known) == ("accepted", now + 4 * HOUR)


def test_date_that_is_put_off_counts_only_as_told_last(known: Firm, now: datetime) -> None:
    for day, hours in ((10, 1), (20, 2)):
        told(known, "won", now + day * DAY, now=now + hours * HOUR)
    settle(known, now + 15 * DAY)
    assert (stage(known), handoff(known)) == ("mql", ("offered", None))
    settle(known, now + 20 * DAY)
    assert (stage(known), handoff(known)) == ("customer", ("accepted", now + 20 * DAY))


def test_plan_that_came_to_nothing_never_counts(known: Firm, now: datetime) -> None:
    told(known, "won", now + 10 * DAY, now=now + HOUR)
    told(known, "lost", None, now=now + DAY)
    settle(known, now + 30 * DAY)
    assert (stage(known), handoff(known)) == ("nurture", ("returned", now + DAY))


@pytest.mark.parametrize(("key", "feed"), [("deal 2", "crm"), ("deal 1", "erp")])
def test_word_on_another_deal_takes_no_plan_back(known: Firm, now: datetime, key: str, feed: str) -> None:
    told(known, "won", now + 10 * DAY, now=now + HOUR)
    told(known, "lost", None, now=now + DAY, key=key, feed=feed)
    settle(known, now + 10 * DAY)
    assert stage(known) == "customer"


def test_word_after_the_date_leaves_what_counted_since(known: Firm, now: datetime) -> None:
    told(known, "won", now + 10 * DAY, now=now + HOUR)
    settle(known, now + 10 * DAY)
    told(known, "lost", None, now=now + 11 * DAY)
    settle(known, now + 11 * DAY)
    assert (stage(known), handoff(known)) == ("nurture", ("accepted", now + 10 * DAY))


def test_plan_told_again_is_known(known: Firm, now: datetime) -> None:
    for hours in (1, 2):
        told(known, "won", now + 10 * DAY, now=now + hours * HOUR)
    assert len(known.rows(Outcome)) == 1


def test_rejection_may_be_corrected_until_the_date(known: Firm, now: datetime) -> None:
    told(known, "won", now + 10 * DAY, now=now + HOUR)
    said: dict[str, Any] = {"handoff_id": 1, "actor": "anna"}
    answer_handoff(known.store, now=now + DAY, answer="rejected", reason="bad-timing", **said)
    assert answer_handoff(known.store, now=now + 2 * DAY, answer="working", **said).reopened
    settle(known, now + 10 * DAY)
    with pytest.raises(UsageError, match="is over"):
        answer_handoff(known.store, now=now + 11 * DAY, answer="working", **said)


def test_promise_is_kept_an_eye_on_until_the_date_and_not_after(known: Firm, now: datetime) -> None:
    told(known, "lost", now + HOUR + SECOND, now=now + HOUR)
    run_check_slas(known.store, now=now + 5 * DAY)
    assert (known.rows(Escalation), handoff(known)[0]) == ([], "returned")
    assert known.rows(Clock)[0].stopped_at == now + HOUR + SECOND


def test_handoff_made_after_the_date_is_another_conversation(known: Firm, now: datetime) -> None:
    told(known, "lost", now + 10 * DAY, now=now + HOUR)
    settle(known, now + 10 * DAY)
    known.did(1, "rfq_submitted", at=now + 200 * DAY, line="hydraulics")
    settle(known, now + 200 * DAY)
    assert close_ended(known.store, now=now + 201 * DAY) == 0
    assert [row.status for row in known.rows(Handoff)] in (["returned"], ["returned", "offered"])


def test_merged_lead_takes_its_plan_along(known: Firm, now: datetime) -> None:
    other = known.lead("other", received=LONG_AGO)
    told(known, "won", now + 10 * DAY, now=now + HOUR)
    merge_leads(known.store, now=now + DAY, kept=str(other), merged="1", reason="same", actor="eva", keyring=KEYRING)
    settle(known, now + 9 * DAY)
    assert handoff(known) == ("offered", None)
    settle(known, now + 10 * DAY)
    assert handoff(known) == ("accepted", now + 10 * DAY)
    assert {row["stage"] for row in known.scores() if row["subject_id"] == other} == {"customer"}


def test_account_is_a_customer_from_the_date_on(known: Firm, now: datetime) -> None:
    won = Record("d-1", now + 10 * DAY, company_id="K-7", outcome=OutcomeSaid("won"))
    opened = replace(won, external_id="d-0", at=now, outcome=OutcomeSaid("opportunity"))
    ingest(known.store, ListFeed([opened, won], name="erp"), now + HOUR)
    for at, stands in ((now + HOUR, "opportunity"), (now + 9 * DAY, "opportunity"), (now + 10 * DAY, "customer")):
        run_qualify(known.store, now=at)
        assert [row["stage"] for row in known.scores() if row["subject"] == "account"] == [stands]
