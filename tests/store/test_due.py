"""A subject is due for what lies ahead of itself, and of nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update

from penstock.operations.qualify import run_qualify
from penstock.store import receipts
from penstock.store.engine import Sessions, table
from penstock.store.moments import MOST_MOMENTS, one
from penstock.store.tables import Disposition, HandoffDefinition, Lead, Outcome, Rescore
from tests.history import DAY, HYDRAULICS, History, playbook
from tests.property.test_cadence import PEOPLE


def test_nobody_is_due_for_what_lies_ahead_of_another(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now)
    jana, eva = (history.lead(name, received=now, industry="machinery") for name in ("jana", "eva"))
    history.did(jana, "rfq_submitted", at=now)
    run_qualify(store, now=now)
    queue = table(Rescore)
    with store.read() as tx:
        due = {row.subject_id: row.due_at is not None for row in tx.execute(select(queue))}
    assert due == {jana: True, eva: False}


@pytest.mark.parametrize(("late", "looks"), [(timedelta(), 0), (timedelta(seconds=1), 1)])
def test_who_is_due_right_now_has_no_moments_in_between(
    store: Sessions, now: datetime, late: timedelta, looks: int
) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now)
    history.lead("jana", received=now, industry="machinery")
    said: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *heard: said.append(heard[2]))
    run_qualify(store, now=now + late)
    assert sum("ranked" in statement for statement in said) == looks


def test_two_moments_of_a_round_are_both_folded(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now)
    lead = history.lead("jana", received=now, industry="machinery")
    history.did(lead, "rfq_submitted", at=now + timedelta(hours=1))
    assert run_qualify(store, now=now + timedelta(hours=2)).rounds == 1
    with store.read() as tx:
        assert tx.scalar(select(table(Rescore).c.folded_to)) == now + timedelta(hours=1)
    assert [row["as_of"] for row in history.scores()] == [now + timedelta(hours=1)]


def test_score_is_as_of_the_last_moment_that_changed_it(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now)
    lead = history.lead("jana", received=now, industry="machinery")
    history.did(lead, "rfq_submitted", at=now + timedelta(hours=1))
    history.fact("lead", lead, "last_name", "Adler", received=now + timedelta(hours=2))
    assert run_qualify(store, now=now + timedelta(hours=3)).rounds == 1
    assert [row["as_of"] for row in history.scores()] == [now + timedelta(hours=1)]


def test_what_one_does_makes_colleagues_due_and_nobody_else(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(PEOPLE), live_from=now)
    theirs, ours = (history.account(name, received=now) for name in ("theirs", "ours"))
    history.lead("tom", account=theirs, received=now, title="Buyer")
    jana, eva, ute = (history.lead(name, account=ours, received=now, title="Buyer") for name in ("jana", "eva", "ute"))
    run_qualify(store, now=now)
    with store.write() as tx:
        tx.execute(update(table(Lead)).where(table(Lead).c.id == ute).values(merged_into=eva))
    history.did(jana, "rfq_submitted", at=now + timedelta(hours=1))
    queue = table(Rescore)
    with store.read() as tx:
        due = set(tx.scalars(select(queue.c.subject_id).where(queue.c.subject == "lead", queue.c.due_at.is_not(None))))
    assert due == {jana, eva}


FIRMS: dict[str, Any] = {
    "definition": "firms", "subject": "account",
    "intent": {
        "whose": "people", "fades": {"10d": "100 %", "20d": "50 %"},
        "rules": {"asked": {"points": 60, "did": "rfq_submitted"}},
    },
    "tiers": {"A": {"needs": {"intent": 60}, "branch": "sales"}, "B": {"needs": {"intent": 30}, "branch": "nurture"}},
}  # fmt: skip


@pytest.mark.parametrize("announced", [timedelta(), timedelta(hours=1)])
def test_only_person_of_an_account_makes_its_moments(store: Sessions, now: datetime, announced: timedelta) -> None:
    history = History(store, playbook(FIRMS), live_from=now)
    firm = history.account("firm", received=now, industry="machinery")
    jana, asked = history.lead("jana", account=firm, received=now), now + timedelta(hours=1)
    history.did(jana, "rfq_submitted", at=asked, received=asked - announced)
    # One for the account and one for the lead: none more for an edge that is not seen beforehand.
    assert run_qualify(store, now=now + 30 * DAY).rounds == 2
    told = [(row["tier_to"], row["moment"]) for row in history.decisions()]
    assert told[-3:] == [("A", asked), ("B", asked + 10 * DAY), ("", asked + 20 * DAY)]


def test_lead_alone_at_its_account_is_judged_when_what_it_did_grows_old(store: Sessions, now: datetime) -> None:
    alone = {"points": 10, "at_least": 1, "did": "rfq_submitted", "within": "9d"}
    said = {
        "definition": "d",
        "intent": {"people": {"one": alone}},
        "tiers": {"A": {"needs": {"any": ["one"]}, "branch": "sales"}},
    }
    history = History(store, playbook(said), live_from=now)
    jana = history.lead("jana", account=history.account("firm", received=now), received=now)
    asked = now + timedelta(hours=1)
    history.did(jana, "rfq_submitted", at=asked)
    history.fact("lead", jana, "title", "Engineer", received=now + 20 * DAY)
    run_qualify(store, now=now + 30 * DAY)
    told = [(row["tier_to"], row["moment"]) for row in history.decisions()]
    assert told == [("A", asked), ("", asked + 9 * DAY)]


@pytest.mark.parametrize("before", [0, MOST_MOMENTS - 1])
def test_start_of_a_version_is_a_moment_between_two_others(store: Sessions, now: datetime, before: int) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now - DAY)
    lead = history.lead("jana", received=now, industry="machinery", employees=100)
    history.did(lead, "rfq_submitted", at=now)
    # As many as a round takes, so that the start is left to the next one.
    for number in range(before):
        history.fact("lead", lead, "last_name", f"Adler {number}", received=now + (number + 1) * timedelta(minutes=1))
    starts = [now + hours * timedelta(hours=1) for hours in (1, 2)]
    for number, start in enumerate(starts):
        out = {"branch": "nurture" if number else "none", "needs": {"fit": 40, "intent": 61 + number}}
        history.adopt(playbook({**HYDRAULICS, "tiers": {"A": out, "Z": {"branch": "sales"}}}), now=start)
    history.fact("lead", lead, "last_name", "Adler", received=now + timedelta(hours=3))
    run_qualify(store, now=now + timedelta(hours=4))
    assert [(row["tier_to"], row["moment"]) for row in history.decisions()] == [("A", now), ("Z", starts[0])]


def test_moment_before_everything_is_judged_by_the_first_version(store: Sessions, now: datetime) -> None:
    starts = [(now, 7), (now + DAY, 8)]
    with store.read() as tx:
        found = [one(tx, 1, as_of=now + days * DAY, starts=starts) for days in (-1, 0, 1)]
    assert found == [7, 7, 8]


def test_what_is_still_to_come_of_one_is_not_forgotten_with_another(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now)
    eva, jana = (history.lead(name, received=now, industry="machinery") for name in ("eva", "jana"))
    many = 2 * MOST_MOMENTS
    for day in range(1, many + 1):
        title = "Student" if day % 2 else "Engineer"
        history.fact("lead", jana, "title", title, received=now + day * DAY)
    history.fact("lead", eva, "title", "Engineer", received=now + many * DAY)
    run_qualify(store, now=now + (many + 1) * DAY)
    moments = [row["moment"] for row in history.decisions() if row["subject_id"] == jana]
    assert moments == [now + day * DAY for day in range(many + 1)]


def test_cooldown_ends_at_its_moment_also_where_qualify_comes_late(store: Sessions, now: datetime) -> None:
    history = History(store, playbook({**HYDRAULICS, "cooldown": "9d"}), live_from=now)
    lead = history.lead("jana", received=now, industry="machinery", employees=100)
    history.did(lead, "rfq_submitted", at=now + timedelta(hours=1))
    rejected = now + DAY
    word = {"handoff_id": 1, "feed": "person", "external_id": "1", "answer": "rejected", "stage": "nurture"}
    with store.write() as tx:
        joined = {"handoff_id": 1, "definition": "hydraulics", "decision_id": 1, "joined_at": now}
        tx.execute(insert(table(HandoffDefinition)), joined)
        received = receipts.stamp(tx, "lead", lead, now=rejected)
        whom = {"subject": "lead", "subject_id": lead, "said_at": rejected, "received_at": received}
        tx.execute(insert(table(Disposition)), word | whom)
    assert run_qualify(store, now=now + 11 * DAY).rounds == 1
    told = [(row["moment"], row["branch"]) for row in history.decisions()]
    assert told[-2:] == [(rejected, "nurture"), (rejected + 9 * DAY, "sales")]


def test_definition_dropped_for_one_is_not_kept_by_another_who_is_behind(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now)
    eva, jana = (history.lead(name, received=now, industry="machinery") for name in ("eva", "jana"))
    run_qualify(store, now=now)
    for day in range(1, 2 * MOST_MOMENTS):
        history.fact("lead", jana, "title", "Student" if day % 2 else "Engineer", received=now + day * DAY)
    later = now + 2 * MOST_MOMENTS * DAY
    history.adopt(playbook({**HYDRAULICS, "definition": "pumps"}), now=later)
    run_qualify(store, now=later)
    assert [(row["subject_id"], row["definition"]) for row in history.scores()] == [(eva, "pumps"), (jana, "pumps")]


def test_what_became_of_an_account_became_of_no_lead_with_its_number(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS, FIRMS), live_from=now)
    firm, lead = history.account("firm", received=now), history.lead("jana", received=now, industry="machinery")
    assert firm == lead
    won = {"feed": "crm", "external_id": "1", "kind": "won", "at": now, "landed_at": now}
    with store.write() as tx:
        receipts.stamp(tx, "lead", lead, now=now)
        received = receipts.stamp(tx, "account", firm, now=now)
        tx.execute(insert(table(Outcome)), won | {"subject": "account", "subject_id": firm, "received_at": received})
    # Of whoever has two moments, the words are read.
    history.did(lead, "page_viewed", at=now + timedelta(hours=1))
    run_qualify(store, now=now + timedelta(hours=2))
    stands = {row["definition"]: row["stage"] for row in history.scores()}
    assert stands == {"firms": "customer", "hydraulics": "engaged"}
