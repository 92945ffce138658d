"""Exceptions have a name, a condition and a branch of their own.

Whoever reaches a tier that is for sales may still be an exception: an existing customer belongs to the account
manager, where an opportunity is open nobody else calls, whose role or company is not known is asked for it first, and a
request for something that is not sold goes to marketing. Write each down with its condition (over the profile, over
what they did, or both) and where it leads. The first that holds is taken; routes may ask for it by name, and the
decision says it. ``ask`` and ``assisted`` enrol in the sequence that they name.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from penstock.operations.nurture import run_nurture
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.playbook.decide import ACTED_ON
from penstock.store.engine import Sessions, table
from penstock.store.tables import Decision, Enrolment, Handoff
from tests.cast import CALENDARS, PEOPLE, SLA
from tests.history import DAY
from tests.spec.tables import Case, decided, told

PLAYBOOK = """
vocabulary:
  fields: {status: text, opportunity: text}
  words: {brakes: [brakes, brake pads], urgent: [urgent]}
definition: hydraulics
intent:
  rules:
    webinar: {points: 40, strength: medium, did: webinar_attended}
    rfq:     {points: 60, strength: high, did: rfq_submitted}
    brakes:  {points: 1, says: brakes}
    page:    {points: 1, did: page_viewed}
tiers:
  A: {needs: {intent: 60}, branch: sales}
  B: {needs: {intent: 40}, branch: assisted, sequence: from-the-owner}
  C: {needs: {intent: 1}, branch: nurture}
exceptions:
  not-sold:     {any: [brakes], branch: triage}
  customer:     {status: customer, branch: sales}
  open-deal:    {opportunity: open, branch: none, title: Somebody in sales is at it already}
  role-unknown: {function: {is: missing}, branch: ask, sequence: your-role}
  incomplete:   {company: {is: missing}, branch: ask, sequence: your-role, title: Nobody knows which company}
"""
KNOWN = {"function": "engineering", "company": "Brunner"}
RFQ, SEEN = ["1d rfq_submitted"], ["1d webinar_attended"]
CASES = [
    Case("no exception", {"branch": "sales", "stage": "mql", "reason": "tier A: fit 0, intent 60"}, RFQ, KNOWN),
    Case("attended, and the role is known", {"tier": "B", "branch": "assisted", "stage": "mql"}, SEEN, KNOWN),
    Case("attended, but the role is not known", {"tier": "B", "branch": "ask", "stage": "engaged"}, SEEN),
    Case("the role is known to be another", {"branch": "assisted"}, SEEN, {**KNOWN, "function": "cook"}),
    Case("an existing customer", {"branch": "sales", "reason": "exception customer; tier B: fit 0, intent 40"}, SEEN,
         {"status": "customer"}),
    Case("somebody with an open opportunity", {"branch": "none", "stage": "engaged"}, RFQ,
         {**KNOWN, "opportunity": "open"}),
    Case("contact data with a gap", {"branch": "ask", "reason": "exception incomplete; tier A: fit 0, intent 60"}, RFQ,
         {"function": "engineering"}),
    Case("asks for what is not sold", {"tier": "A", "branch": "triage"}, ["1d rfq_submitted, text Brake pads!"], KNOWN),
    Case("the first that holds", {"branch": "triage"}, ["1d rfq_submitted, text brakes"], {"status": "customer"}),
    Case("nobody for sales is no exception", {"tier": "C", "branch": "nurture"}, ["80d webinar_attended"]),
    Case("below every tier too", {"tier": "", "branch": "none"}, lead={"industry": "mining"}),
]  # fmt: skip
PLACES: dict[str, Any] = {
    "people": PEOPLE, "calendars": CALENDARS, "sla": SLA,
    "queues": {"accounts": {"members": {"petra": 1}, "sla": "hot"}, "inside": {"members": {"felix": 1}, "sla": "hot"}},
    "routes": {"customers": {"exception": "customer", "to": "accounts"}, "else": {"to": "inside"}},
    "sequences": {
        name: {"interest": interest, "steps": {"first": {"mail": "x"}}}
        for name, interest in (("general", []), ("from-the-owner", ["hydraulics"]), ("your-role", ["seals"]))
    },
    "mails": {"x": "Subject: x\n\nx"},
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exception_comes_before_the_branch_of_the_tier(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides


def acted(store: Sessions, now: datetime, did: str, **facts: str) -> tuple[list[str], list[str]]:
    """The queues and the sequences in which one lead ends."""
    told(store, now, PLAYBOOK, Case("", {}, [did], facts), **PLACES)
    run_qualify(store, now=now)
    run_route(store, now=now)
    run_nurture(store, now=now)
    with store.read() as tx:
        d = table(Decision).c
        assert tx.scalars(select(d.id).where(d.acted_at.is_(None), d.branch.in_(ACTED_ON))).all() == []
        return list(tx.scalars(select(table(Handoff).c.queue))), list(tx.scalars(select(table(Enrolment).c.sequence)))


@pytest.mark.parametrize(
    ("did", "facts", "queues", "sequences"),
    [
        ("1d rfq_submitted", KNOWN, ["inside"], []),
        ("1d rfq_submitted", {"status": "customer"}, ["accounts"], []),
        ("1d rfq_submitted", {}, [], ["your-role"]),
        ("1d webinar_attended", KNOWN, [], ["from-the-owner"]),
        ("60d webinar_attended", KNOWN, [], ["from-the-owner"]),
    ],
)
def test_exception_is_routed_and_enrolled_by_name(
    store: Sessions, now: datetime, did: str, facts: dict[str, str], queues: list[str], sequences: list[str]
) -> None:
    assert acted(store, now, did, **facts) == (queues, sequences)


def test_better_branch_ends_the_sequence_of_the_old_one(store: Sessions, now: datetime) -> None:
    did = ["80d webinar_attended"]
    history = told(store, now, PLAYBOOK, Case("", {}, did, {**KNOWN, "industry": "x"}), **PLACES)
    run_qualify(store, now=now - 85 * DAY)
    history.did(1, "page_viewed", at=now - 84 * DAY)
    run_qualify(store, now=now - 83 * DAY)
    run_nurture(store, now=now - 83 * DAY)
    run_qualify(store, now=now)
    run_nurture(store, now=now)
    run_nurture(store, now=now)
    with store.read() as tx:
        e = table(Enrolment).c
        rows = tx.execute(select(e.sequence, e.status, e.exit_reason).order_by(e.id)).all()
    assert [tuple(row) for row in rows] == [("general", "exited", "tier_changed"), ("from-the-owner", "active", None)]
