"""What a feed brings at once that would be far more than usual is held, not lost, and goes on once approved."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from penstock.operations.guard import approve
from penstock.operations.nurture import run_nurture
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.operations.waits import read_waits
from penstock.records import Happening, Record
from penstock.store.engine import Sessions
from penstock.store.tables import Decision, Enrolment, Handoff
from tests.cast import ACCOUNTS, HYDRAULICS, LONG_AGO, OPERATIONS, SEALS, Firm
from tests.history import DAY, playbook
from tests.operations.landing import ListFeed, ingest

HOUR = timedelta(hours=1)
STRICT: dict[str, Any] = {"guard": {"handoffs": 3, "enrolments": 3}}
STEPS = {"one": {"mail": "x"}}
MAILED: dict[str, Any] = {"mails": {"x": "Subject: x\n\nx"}, "sequences": {"general": {"steps": STEPS}}}


def told(store: Sessions, **operations: Any) -> Firm:
    """A firm whose hydraulics hand over an RFQ and nurture a datasheet."""
    tiers = {**HYDRAULICS["tiers"], "C": {"needs": {"intent": 10}, "branch": "nurture"}}
    agreed = playbook({**HYDRAULICS, "tiers": tiers}, SEALS, ACCOUNTS, **(OPERATIONS | MAILED | operations))
    return Firm(store, agreed)


def bring(store: Sessions, now: datetime, leads: int, feed: str = "fair", kind: str = "rfq_submitted") -> None:
    """Land what so many leads did, all at once, and judge them."""
    did = Happening(kind, source="Website", line="hydraulics")
    records = [
        Record(f"{feed}-{now:%d%H}-{number}", now, f"{feed}{number}@firm{number}.example", happening=did)
        for number in range(leads)
    ]
    ingest(store, ListFeed(records, name=feed, stream=f"{feed}{now:%d%H}", page=100), now)
    run_qualify(store, now=now)


def test_import_of_many_is_held_and_everything_else_goes_on(store: Sessions, now: datetime) -> None:
    firm = told(store, **STRICT)
    bring(store, now, 4)
    bring(store, now, 2, feed="web")
    [held] = run_route(store, now=now).held
    assert (held.feed, held.what, held.decisions, held.most, held.held_at) == ("fair", "handoffs", 4, 3, now)
    assert len(held.whom) == 4
    assert held.whom[0].endswith(": sales, hydraulics A")
    assert len(firm.rows(Handoff)) == 2
    assert read_waits(store, now=now + HOUR).held_imports == (held,)


def test_rerun_changes_nothing_and_later_leads_of_the_feed_go_on(store: Sessions, now: datetime) -> None:
    firm = told(store, **STRICT)
    bring(store, now, 4)
    first = [run_route(store, now=now), run_route(store, now=now)]
    assert ([len(one.held) for one in first], firm.rows(Handoff)) == ([1, 0], [])
    bring(store, now + HOUR, 5, feed="web2", kind="page_viewed")
    bring(store, now + HOUR, 2, feed="fair")  # two of the same people, who did it again: no news of theirs
    later = run_route(store, now=now + HOUR)
    assert (later.held, later.handoffs) == ((), 0)


def test_approval_releases_exactly_once(store: Sessions, now: datetime) -> None:
    firm = told(store, **STRICT)
    agreed = playbook(HYDRAULICS)
    bring(store, now, 4)
    run_route(store, now=now)
    done = [approve(store, now=now + HOUR, playbook=agreed, who=who).decisions for who in ("Eva", "Tom")]
    assert done == [4, 0]
    assert read_waits(store, now=now + HOUR).held_imports == ()
    handed = [run_route(store, now=now + hours * HOUR) for hours in (2, 3)]
    assert [(one.handoffs, one.held) for one in handed] == [(4, ()), (0, ())]
    assert {row.acted_at for row in firm.rows(Decision) if row.branch == "sales"} == {now + 2 * HOUR}


def test_lead_of_a_held_import_that_asks_by_itself_is_handed_over_once(store: Sessions, now: datetime) -> None:
    firm = told(store, **STRICT)
    bring(store, now, 4, kind="content_downloaded")
    assert len(run_nurture(store, now=now).held) == 1
    bring(store, now + HOUR, 1)
    assert run_route(store, now=now + HOUR).handoffs == 1
    approve(store, now=now + HOUR, playbook=playbook(HYDRAULICS), who="Eva")
    later = run_nurture(store, now=now + 2 * HOUR)
    assert (later.enrolled, later.not_enrolled) == (3, {"superseded": 1})
    assert len(firm.rows(Handoff)) == 1


def test_held_lead_that_is_out_by_then_is_not_handed_over(store: Sessions, now: datetime) -> None:
    firm = told(store, **STRICT)
    bring(store, now, 4)
    run_route(store, now=now)
    lead = firm.rows(Decision)[0].subject_id
    firm.decide(lead, now + HOUR, branch="out")
    approve(store, now=now + HOUR, playbook=playbook(HYDRAULICS), who="Eva")
    after = run_route(store, now=now + 2 * HOUR)
    assert (after.handoffs, after.superseded) == (3, 1)


def test_enrolments_have_a_limit_of_their_own(store: Sessions, now: datetime) -> None:
    firm = told(store, guard={"enrolments": 5})
    bring(store, now, 6, kind="content_downloaded")
    [held] = run_nurture(store, now=now).held
    assert (held.what, held.decisions, firm.rows(Enrolment)) == ("enrolments", 6, [])
    assert run_nurture(store, now=now + HOUR).held == ()


@pytest.mark.parametrize(("days", "is_held"), [(27, False), (28, True)])
def test_first_weeks_hold_nothing_that_the_playbook_does_not_name(store: Sessions, days: int, is_held: bool) -> None:
    told(store)
    at = LONG_AGO + days * DAY
    bring(store, at, 26)
    assert bool(run_route(store, now=at).held) is is_held


def test_usual_weeks_raise_what_passes(store: Sessions, now: datetime) -> None:
    firm = told(store)
    firm.decide_all(firm.people(60), LONG_AGO)
    run_route(store, now=now - 20 * DAY)  # 15 a week
    bring(store, now, 30)
    assert run_route(store, now=now).handoffs == 30
    bring(store, now + HOUR, 60, feed="more")
    assert len(run_route(store, now=now + HOUR).held) == 1


def test_what_no_feed_caused_is_not_held(store: Sessions, now: datetime) -> None:
    firm = told(store, **STRICT)
    firm.decide_all(firm.people(4), now)
    assert run_route(store, now=now).handoffs == 4


def test_dry_run_says_what_would_be_held_and_holds_nothing(store: Sessions, now: datetime) -> None:
    told(store, **STRICT)
    bring(store, now, 4)
    bring(store, now, 2, feed="web")
    dry = run_route(Sessions(store.engine, dry_run=True), now=now)
    assert (len(dry.held), dry.handoffs) == (1, 2)
    assert read_waits(store, now=now).held_imports == ()
