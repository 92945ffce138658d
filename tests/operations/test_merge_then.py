"""After a merge: one conversation with sales, one sequence, one voice, and nobody in lists who is somebody else."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest

from penstock.operations.answer import answer_handoff, close_by_outcome
from penstock.operations.export import export_table
from penstock.operations.lift import lift_disqualifier
from penstock.operations.promote import promote_lead
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.operations.status import read_status
from penstock.operations.touch import touch_lead
from penstock.operations.unsubscribe import run_unsubscribe
from penstock.routing.reasons import read_reasons
from penstock.store.engine import Sessions
from penstock.store.playbooks import read_live
from penstock.store.tables import (
    Consent,
    Decision,
    Disposition,
    Handoff,
    Lead,
    Lift,
    Promotion,
    Score,
    Suppression,
    Touch,
)
from tests.cast import Firm
from tests.history import DAY, HYDRAULICS, History, playbook
from tests.operations.landing import KEYRING, ListFeed, begin, form, ingest
from tests.operations.merging import merge, rows, unmerge
from tests.property.test_cadence import PEOPLE

HOUR = timedelta(hours=1)


@pytest.fixture
def known(store: Sessions, now: datetime) -> Firm:
    """The firm, and two leads of whom the second is with sales."""
    found = Firm(store)
    found.people(2)
    found.decide(2, now - HOUR)
    run_route(store, now=now)
    return found


def handoffs(known: Firm) -> list[tuple[int, int, str]]:
    return [(row.subject_id, row.conversation, row.status) for row in known.rows(Handoff)]


def test_sales_decision_joins_the_conversation_of_the_merged_lead(known: Firm, store: Sessions, now: datetime) -> None:
    merge(store, now, 1, 2)
    known.decide(1, now + HOUR)
    known.decide(1, now + HOUR, definition="seals")
    done = run_route(store, now=now + HOUR)
    assert (done.handoffs, done.joined) == (1, 1)  # the seals go to another queue
    assert handoffs(known)[0] == (2, 1, "offered")
    assert len(known.rows(Handoff)) == 2


def test_conversation_after_that_of_the_merged_lead_has_a_number_of_its_own(
    known: Firm, store: Sessions, now: datetime
) -> None:
    answer_handoff(store, now=now, handoff_id=1, answer="rejected", reason="no-need", actor="anna")
    merge(store, now + HOUR, 1, 2)
    known.decide(1, now + 2 * HOUR)
    run_route(store, now=now + 2 * HOUR)
    assert handoffs(known) == [(2, 1, "rejected"), (1, 2, "offered")]


def test_answer_to_the_merged_ones_handoff_counts_for_the_kept_lead(
    known: Firm, store: Sessions, now: datetime
) -> None:
    merge(store, now, 1, 2)
    answer_handoff(store, now=now + HOUR, handoff_id=1, answer="working", actor="anna")
    assert rows(store, Disposition, "subject_id", "found_by") == [(1, "xx")]
    run_qualify(store, now=now + HOUR)
    assert {(row.subject_id, row.stage) for row in rows(store, Score) if row.definition == "hydraulics"} >= {
        (1, "working")
    }
    unmerge(store, now + 2 * HOUR, 2)
    assert rows(store, Disposition, "subject_id", "found_by") == [(2, "")]


def test_rejection_of_the_merged_ones_handoff_is_taken_back(known: Firm, store: Sessions, now: datetime) -> None:
    merge(store, now, 1, 2)
    answer_handoff(store, now=now + HOUR, handoff_id=1, answer="rejected", reason="no-need", actor="anna")
    assert answer_handoff(store, now=now + 2 * HOUR, handoff_id=1, answer="working", actor="anna").reopened


def test_outcome_and_touch_of_the_kept_lead_reach_the_merged_ones_handoff(
    known: Firm, store: Sessions, now: datetime
) -> None:
    merge(store, now, 1, 2)
    assert touch_lead(store, now=now + HOUR, lead="1", kind="call", actor="anna").handoffs == 1
    with store.write() as tx:
        assert close_by_outcome(tx, now=now + 2 * HOUR, subject="lead", subject_id=1, kind="won") == 1
    assert handoffs(known) == [(2, 1, "accepted")]


def test_what_a_person_says_of_the_merged_lead_goes_back_with_it(known: Firm, store: Sessions, now: datetime) -> None:
    merge(store, now, 1, 2)
    for lead in ("1", "2"):
        touch_lead(store, now=now + HOUR, lead=lead, kind="call", actor="anna")
        promote_lead(store, now=now + HOUR, lead=lead, reason="known", actor="eva", definition="seals")
    both = [(1, ""), (1, "xx")]
    for model in (Touch, Promotion):
        assert rows(store, model, *("lead_id" if model is Touch else "subject_id", "found_by")) == both
    unmerge(store, now + 2 * HOUR, 2)
    for model in (Touch, Promotion):
        assert rows(store, model, *("lead_id" if model is Touch else "subject_id", "found_by")) == [(1, ""), (2, "")]


def test_decision_of_the_merged_lead_is_not_routed_until_undone(known: Firm, store: Sessions, now: datetime) -> None:
    known.decide(2, now, definition="seals")
    merge(store, now, 1, 2)
    run_route(store, now=now + HOUR)
    assert len(known.rows(Handoff)) == 1
    unmerge(store, now + 2 * HOUR, 2)
    run_route(store, now=now + 3 * HOUR)
    assert handoffs(known) == [(2, 1, "offered"), (2, 1, "offered")]


def test_who_unsubscribes_by_a_link_to_the_merged_lead_leaves_as_one(store: Sessions, now: datetime) -> None:
    begin(store)
    ingest(store, ListFeed([form("a@a.example"), form("b@b.example")]), now)
    merge(store, now, 1, 2)
    left = run_unsubscribe(store, now=now + HOUR, lead_id=2, purpose="marketing", keyring=KEYRING)
    assert left.lead_id == 1
    hashes = {KEYRING.address_hash(one) for one in ("a@a.example", "b@b.example")}
    assert {one for (one,) in rows(store, Suppression, "hash")} == hashes
    assert rows(store, Consent, "lead_id", "granted", "found_by") == [(1, False, "email:b@b.example")]


def test_who_unsubscribes_while_merged_takes_it_along_though_the_other_had_said_no(
    store: Sessions, now: datetime
) -> None:
    begin(store)
    ingest(store, ListFeed([form("a@a.example"), form("b@b.example")]), now)
    said: Any = {"purpose": "marketing", "keyring": KEYRING}
    run_unsubscribe(store, now=now, lead_id=1, **said)
    merge(store, now, 1, 2)
    for hours in (1, 2):
        run_unsubscribe(store, now=now + hours * HOUR, lead_id=2, **said)
    assert [lead for (lead,) in rows(store, Consent, "lead_id", granted=False)] == [1, 1]
    unmerge(store, now + 3 * HOUR, 2)
    assert rows(store, Consent, "lead_id", granted=False) == [(1,), (2,)]


def test_lists_pass_over_the_merged_lead(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now)
    for name in ("jana", "eva"):
        history.did(history.lead(name, received=now, industry="machinery"), "rfq_submitted", at=now)
    run_qualify(store, now=now)
    merge(store, now + HOUR, 1, 2)
    for name, column in (("scores", "subject_id"), ("leads", "lead_id"), ("activities", "lead_id")):
        out = BytesIO()
        export_table(store, now=now + HOUR, name=name, fmt="json", out=out)
        assert {line[column] for line in json.loads(out.getvalue())} == {1}, name
    found = read_status(store, now=now + HOUR)
    assert (found.leads, sum(found.stages.values())) == (1, 1)


def test_new_definition_judges_the_merged_lead_only_when_undone(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now)
    for name in ("jana", "eva"):
        history.did(history.lead(name, received=now, industry="machinery"), "rfq_submitted", at=now)
    merge(store, now + HOUR, 1, 2)
    other = HYDRAULICS | {"tiers": {"A": {"needs": {"intent": 1}, "branch": "sales"}}}
    history.adopt(playbook(other), now=now + 2 * HOUR)
    run_qualify(store, now=now + 3 * HOUR)
    assert {row.subject_id for row in rows(store, Decision) if row.moment > now + HOUR} == {1}
    unmerge(store, now + 4 * HOUR, 2)
    run_qualify(store, now=now + 4 * HOUR)
    assert {row.version_id for row in rows(store, Score)} == {max(row.version_id for row in rows(store, Score))}


OF_ACCOUNTS = {**PEOPLE, "definition": "firms", "subject": "account", "intent": {**PEOPLE["intent"], "whose": "people"}}


def test_accounts_of_both_and_their_people_are_judged_again(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(PEOPLE, OF_ACCOUNTS), live_from=now)
    firms = [history.account(name, received=now) for name in ("one", "two")]
    leads = [
        history.lead(name, account=firms[at], received=now)
        for name, at in (("a", 0), ("bb", 0), ("ccc", 1), ("dddd", 1))
    ]
    for lead in leads:
        history.did(lead, "rfq_submitted", at=now)
    run_qualify(store, now=now)

    def points() -> dict[tuple[str, int], int]:
        return {(row.subject, row.subject_id): row.intent for row in rows(store, Score)}

    before = points()
    assert before == {("lead", one): 20_000 for one in leads} | {("account", one): 30_000 for one in firms}
    merge(store, now + HOUR, leads[0], leads[2])
    run_qualify(store, now=now + HOUR)
    after = points()
    assert after["account", firms[1]] == after["lead", leads[3]] == 10_000
    assert after["lead", leads[0]] == 30_000
    unmerge(store, now + 2 * HOUR, leads[2])
    run_qualify(store, now=now + 2 * HOUR)
    assert points() == before


def test_reasons_of_the_merged_ones_handoff_name_its_colleagues_only(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(PEOPLE), live_from=now)
    firm = history.account("one", received=now)
    leads = [history.lead(name, account=firm, received=now) for name in ("a", "bb")]
    for lead in (history.lead("kept", received=now), *leads):
        history.did(lead, "rfq_submitted", at=now)
    run_qualify(store, now=now)
    decided = [row.id for row in rows(store, Decision) if row.subject_id == leads[0]]
    merge(store, now + HOUR, leads[1] + 1, leads[0])
    with store.read() as tx:
        assert read_reasons(tx, read_live(tx), decided[-1]).colleagues == (leads[1],)


def test_cadence_decides_nothing_with_a_merge_in_between(store: Sessions, now: datetime) -> None:
    told = []
    for every in (1, 24, 24 * 30):
        with store.write() as tx:
            for one in reversed(Lead.metadata.sorted_tables):
                tx.execute(one.delete())
        told.append(_decided(store, now, every))
    assert told[0] == told[1] == told[2]
    assert any(branch == "sales" for *_, branch in told[0])


def _decided(store: Sessions, now: datetime, every: int) -> list[Any]:
    """Live a day with a merge and its undoing, qualified ``every`` so many hours."""
    tiers = {"A": {"needs": {"intent": 40}, "branch": "sales"}, "C": {"needs": {"intent": 20}, "branch": "nurture"}}
    history = History(store, playbook(HYDRAULICS | {"tiers": tiers}), live_from=now)
    leads = [history.lead(name, received=now) for name in ("jana", "eva")]
    for hour in range(1, 25):
        at = now + hour * HOUR
        if hour in (3, 9, 20):
            history.did(leads[hour == 9], "content_downloaded", at=at, asset="HX-200 datasheet")
        if hour == 10:
            merge(store, at, *leads)
        if hour == 22:
            unmerge(store, at, leads[1])
        if hour % every == 0:
            run_qualify(store, now=at)
    run_qualify(store, now=now + 120 * DAY)
    return [(row["subject_id"] - leads[0], row["moment"], row["tier_to"], row["branch"]) for row in history.decisions()]


def test_lift_of_the_merged_lead_goes_back_with_it(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now)
    for name in ("jana", "eva"):
        history.lead(name, received=now)
    merge(store, now, 1, 2)
    lift_disqualifier(store, now=now, named="2", disqualifier="student", reason="doctorate", actor="eva")
    unmerge(store, now + HOUR, 2)
    assert rows(store, Lift, "subject_id", "found_by") == [(2, "")]
