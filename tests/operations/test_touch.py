"""Touches and promotions: what a person does by hand is a row, a receipt and its effect."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select

from penstock.errors import NotFoundError, UsageError
from penstock.operations.explain import explain
from penstock.operations.promote import promote_lead
from penstock.operations.qualify import run_qualify
from penstock.operations.touch import touch_lead
from penstock.store.engine import Sessions, table
from penstock.store.tables import Activity, Clock, Decision, Handoff, Promotion, Rescore, Spelling, Touch
from tests.operations.landing import ListFeed, begin, form, ingest

HOUR = timedelta(hours=1)


@pytest.fixture
def handed_over(store: Sessions, now: datetime) -> Sessions:
    """A lead with an open handoff and its contact clock."""
    begin(store)
    ingest(store, ListFeed([form("jana@firm.example")]), now)
    handoff = {
        "id": 1, "subject": "lead", "subject_id": 1, "queue": "desk", "conversation": 1, "tier": "A", "reason": "rfq",
        "decision_id": 1, "status": "offered", "created_at": now,
    }  # fmt: skip
    clock = {
        "of": "handoff", "of_id": 1, "kind": "contact", "round": 1, "sla": "hot", "started_at": now, "levels": "[]",
        "due_at": now + 4 * HOUR, "next_due": now + 3 * HOUR,
    }  # fmt: skip
    with store.write() as tx:
        tx.execute(insert(table(Handoff)), handoff)
        tx.execute(insert(table(Clock)), clock)
    return store


def test_touch_is_first_contact_and_stops_the_contact_clock(handed_over: Sessions, now: datetime) -> None:
    done = touch_lead(
        handed_over, now=now + 2 * HOUR, lead="jana@firm.example", kind="call", actor="anna", at=now + HOUR
    )
    assert done.handoffs == 1
    with handed_over.read() as tx:
        assert tx.scalar(select(table(Handoff).c.first_contact_at)) == now + HOUR
        clock = tx.execute(select(table(Clock))).one()
        touch = tx.execute(select(table(Touch))).one()
    assert (clock.stopped_by, clock.next_due) == ("contact", None)
    assert (touch.handoff_id, touch.actor, touch.at, touch.received_at) == (1, "anna", now + HOUR, now + 2 * HOUR)


@pytest.mark.parametrize(
    ("kind", "activity"), [("call", "call_made"), ("meeting", "meeting_held"), ("linkedin", "linkedin_touched")]
)
def test_touch_is_an_activity_by_hand_and_a_receipt(
    handed_over: Sessions, now: datetime, kind: str, activity: str
) -> None:
    with handed_over.write() as tx:
        tx.execute(table(Rescore).update().values(due_at=None))
    touch_lead(handed_over, now=now + HOUR, lead="1", kind=kind, actor="anna", note="asked for prices")
    a, s = table(Activity).c, table(Spelling).c
    with handed_over.read() as tx:
        of = table(Activity).join(table(Spelling), s.id == a.kind_id)
        found = tx.execute(select(s.text, a.occurred_at).select_from(of).where(a.feed == "person")).one()
        due = tx.scalars(select(table(Rescore).c.due_at).where(table(Rescore).c.subject == "lead")).one()
    assert tuple(found) == (activity, now + HOUR)
    assert due == now + HOUR


@pytest.mark.parametrize("is_judged", [False, True])
def test_touch_from_before_going_live_is_history(store: Sessions, now: datetime, *, is_judged: bool) -> None:
    begin(store, live_from=now)
    before = now - HOUR
    ingest(store, ListFeed([form("jana@firm.example", at=before)]), now)
    if is_judged:
        run_qualify(store, now=now)
    touch_lead(store, now=now + HOUR, lead="jana@firm.example", kind="call", actor="anna", at=before)
    run_qualify(store, now=now + HOUR)
    with store.read() as tx:
        received = tx.scalars(select(table(Activity).c.received_at).where(table(Activity).c.feed == "person")).one()
        assert tx.scalar(select(table(Rescore).c.live_at).where(table(Rescore).c.subject == "lead")) is None
        branches = tx.scalars(select(table(Decision).c.branch)).all()
    assert received == before
    assert set(branches) == {"baseline"}


def test_first_touch_after_going_live_ends_the_baseline(store: Sessions, now: datetime) -> None:
    begin(store, live_from=now)
    ingest(store, ListFeed([form("jana@firm.example", at=now - HOUR)]), now)
    touch_lead(store, now=now + HOUR, lead="jana@firm.example", kind="call", actor="anna", at=now)
    run_qualify(store, now=now + HOUR)
    with store.read() as tx:
        branches = tx.scalars(select(table(Decision).c.branch).order_by(table(Decision).c.id)).all()
    assert branches == ["baseline", "sales"]


def test_touch_that_makes_no_sense_is_refused(handed_over: Sessions, now: datetime) -> None:
    with pytest.raises(UsageError, match="call, meeting, linkedin"):
        touch_lead(handed_over, now=now, lead="1", kind="fax", actor="anna")
    with pytest.raises(UsageError, match="future"):
        touch_lead(handed_over, now=now, lead="1", kind="call", actor="anna", at=now + HOUR)
    with pytest.raises(NotFoundError):
        touch_lead(handed_over, now=now, lead="99", kind="call", actor="anna")


def test_promotion_is_on_record_and_queues_the_lead(handed_over: Sessions, now: datetime) -> None:
    done = promote_lead(handed_over, now=now + HOUR, lead="jana@firm.example", reason=" met at the fair ", actor="eva")
    assert done.definitions == ("hydraulics",)
    with handed_over.read() as tx:
        row = tx.execute(select(table(Promotion))).one()
    assert (row.definition, row.reason, row.actor, row.received_at) == (
        "hydraulics",
        "met at the fair",
        "eva",
        now + HOUR,
    )


def test_promotion_needs_a_reason_and_a_definition_there_is(handed_over: Sessions, now: datetime) -> None:
    with pytest.raises(UsageError, match="--reason"):
        promote_lead(handed_over, now=now, lead="1", reason=" ", actor="eva")
    with pytest.raises(UsageError, match='"nope" is no definition for leads; the playbook has hydraulics'):
        promote_lead(handed_over, now=now, lead="1", reason="x", actor="eva", definition="nope")


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("wants a sample,\n by Friday", "call_made by anna: “wants a sample, by Friday”"),
        ("", "call_made by anna"),
        ("x" * 100, f"call_made by anna: “{'x' * 80}…”"),
    ],
)
def test_note_of_a_touch_stands_in_the_timeline(handed_over: Sessions, now: datetime, note: str, told: str) -> None:
    touch_lead(handed_over, now=now + HOUR, lead="1", kind="call", actor="anna", note=note)
    touch_lead(handed_over, now=now + 2 * HOUR, lead="1", kind="linkedin", actor="ben")
    events = explain(handed_over, named="1", now=now + 2 * HOUR).timeline
    said = [event.what for event in events if event.at > now]
    assert said == [told, "linkedin_touched by ben"]
