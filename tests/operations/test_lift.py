"""A disqualifier is lifted by hand, for one subject, with a reason: the next decision says so, and it can be taken
back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from penstock.errors import NotFoundError, UsageError
from penstock.operations.compare import compare
from penstock.operations.explain import explain
from penstock.operations.lift import LiftResult, lift_disqualifier
from penstock.operations.promote import promote_lead
from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions, table
from penstock.store.tables import Lift, Score
from tests.history import DAY, HYDRAULICS, History, playbook

OTHER = HYDRAULICS | {"definition": "seals", "for": {}, "disqualify": {"nobody": {"industry": "mining"}}}
AGREED = playbook(HYDRAULICS, OTHER)
STUDENT: dict[str, Any] = {"industry": "machinery", "employees": 100, "title": "Engineer", "function": "student"}
HOUR = timedelta(hours=1)


@pytest.fixture
def history(store: Sessions, now: datetime) -> History:
    found = History(store, AGREED, live_from=now - 30 * DAY)
    found.did(found.lead("jana", received=now - 2 * DAY, **STUDENT), "rfq_submitted", at=now - DAY)
    run_qualify(store, now=now)
    return found


def lift(store: Sessions, at: datetime, **more: Any) -> LiftResult:
    said = {"named": "1", "disqualifier": "student", "reason": " a doctorate beside the job ", "actor": "eva"} | more
    return lift_disqualifier(store, now=at, **said)


def decided(history: History, of: str = "hydraulics") -> list[tuple[str, str]]:
    return [(row["branch"], row["reason"]) for row in history.decisions() if row["definition"] == of]


def test_score_of_a_lifted_one_is_written_when_it_differs_only(
    store: Sessions, now: datetime, history: History
) -> None:
    lift(store, now + HOUR)
    assert run_qualify(store, now=now + 2 * HOUR).scores == 0
    history.fact("lead", 1, "last_name", "Adler", received=now + 3 * HOUR)
    assert run_qualify(store, now=now + 4 * HOUR).scores == 0
    history.did(1, "page_viewed", at=now + 5 * HOUR)
    assert run_qualify(store, now=now + 6 * HOUR).scores == 2
    with store.read() as tx:
        assert set(tx.scalars(select(table(Score).c.as_of))) == {now + 5 * HOUR}


def test_lifted_disqualifier_no_longer_decides_and_is_named(store: Sessions, now: datetime, history: History) -> None:
    assert lift(store, now + HOUR) == LiftResult("lead", 1, "student", ("hydraulics",), lifted=True)
    run_qualify(store, now=now + 2 * HOUR)
    assert decided(history)[-2:] == [
        ("out", "disqualified: student"),
        ("sales", "tier A: fit 40, intent 60; lifted by hand: student"),
    ]
    with store.read() as tx:
        [row] = tx.execute(select(table(Lift)))
    assert (row.reason, row.actor, row.lifted, row.received_at) == (
        "a doctorate beside the job",
        "eva",
        True,
        now + HOUR,
    )


def test_it_counts_again_once_taken_back(store: Sessions, now: datetime, history: History) -> None:
    lift(store, now + HOUR)
    run_qualify(store, now=now + HOUR)
    lift(store, now + 2 * HOUR, again=True, reason="left the job")
    run_qualify(store, now=now + 3 * HOUR)
    assert [branch for branch, _ in decided(history)][-1] == "out"
    assert len({branch for branch, _ in decided(history)}) == 2


def test_moments_of_then_are_decided_by_what_was_lifted_then(store: Sessions, now: datetime, history: History) -> None:
    lift(store, now + HOUR)
    lift(store, now + 2 * HOUR, again=True)
    run_qualify(store, now=now + 3 * HOUR)
    assert [branch == "out" for branch, _ in decided(history)][-3:] == [True, False, True]
    found = explain(store, named="1", now=now + HOUR).definitions[0]
    assert "lifted by hand: student" in found.reason


def test_other_disqualifiers_and_definitions_hold_on(store: Sessions, now: datetime, history: History) -> None:
    history.fact("lead", 1, "industry", "mining", received=now + HOUR)
    lift(store, now + HOUR)
    run_qualify(store, now=now + 2 * HOUR)
    assert decided(history, "seals")[-1] == ("out", "disqualified: nobody")


def test_comparison_knows_what_was_lifted(store: Sessions, now: datetime, history: History) -> None:
    lift(store, now + HOUR)
    new = playbook(HYDRAULICS | {"disqualify": {}}, OTHER).deciding
    assert compare(store, now=now + 2 * HOUR, old=AGREED.deciding, new=new).telling == ()


@pytest.mark.parametrize(
    ("said", "error", "what"),
    [
        ({"reason": " "}, UsageError, "--reason TEXT"),
        (
            {"disqualifier": "pupil"},
            UsageError,
            'no definition for leads has a disqualifier "pupil"; there are student, nobody',
        ),
        ({"definition": "seals"}, UsageError, 'the definition seals has no disqualifier "student"'),
        ({"named": "99"}, NotFoundError, "99"),
    ],
)
def test_lift_that_cannot_be_is_refused(
    store: Sessions, now: datetime, history: History, said: dict[str, Any], error: type[Exception], what: str
) -> None:
    with pytest.raises(error, match=what):
        lift(store, now, **said)


def test_lift_is_for_nobody_else(store: Sessions, now: datetime, history: History) -> None:
    eva = history.lead("eva", received=now + HOUR, **STUDENT)
    lift(store, now + HOUR)
    with store.write() as tx:
        # For an account that has the id of a lead.
        [row] = tx.execute(select(table(Lift))).mappings()
        tx.execute(insert(table(Lift)), {**row, "id": row["id"] + 1, "subject": "account", "subject_id": eva})
    history.did(eva, "rfq_submitted", at=now + 2 * HOUR)
    run_qualify(store, now=now + 2 * HOUR)
    branches = {row["subject_id"]: row["branch"] for row in history.decisions() if row["definition"] == "hydraulics"}
    assert branches == {1: "sales", eva: "out"}


def test_explain_names_the_disqualifiers_left_and_who_lifted_the_other(store: Sessions, now: datetime) -> None:
    two = HYDRAULICS | {"disqualify": {"student": {"function": "student"}, "miner": {"industry": "mining"}}}
    history = History(store, playbook(two), live_from=now - DAY)
    history.lead("jana", received=now, title="Student", industry="mining")
    run_qualify(store, now=now)
    lift(store, now + HOUR, disqualifier="miner", reason="consults them")
    assert run_qualify(store, now=now + HOUR).decisions == 0
    told = [explain(store, named="1", now=at).definitions[0].reason for at in (now, now + HOUR)]
    assert told == ["disqualified: student, miner", "disqualified: student; lifted by hand: miner"]
    assert explain(store, named="1", now=now + HOUR).timeline[-1].what == (
        "hydraulics: miner lifted by hand (eva: consults them)"
    )
    lift(store, now + 2 * HOUR, disqualifier="miner", reason="no longer", again=True)
    after = explain(store, named="1", now=now + 2 * HOUR)
    assert after.definitions[0].reason == "disqualified: student, miner"
    assert after.timeline[-1].what == "hydraulics: miner counts again (eva: no longer)"


def test_timeline_says_who_put_a_lead_forward(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now - DAY)
    history.lead("jana", received=now)
    promote_lead(store, now=now, lead="1", reason="met at the fair", actor="eva")
    assert [one.what for one in explain(store, named="1", now=now).timeline] == [
        "hydraulics: put forward by hand (eva: met at the fair)"
    ]


def test_what_was_not_lifted_cannot_count_again(store: Sessions, now: datetime, history: History) -> None:
    with pytest.raises(UsageError, match=r"student was not lifted for lead 1; `penstock explain 1` says what holds"):
        lift(store, now + HOUR, again=True)
    lift(store, now + HOUR)
    lift(store, now + 2 * HOUR, again=True)
    with pytest.raises(UsageError, match="was not lifted"):
        lift(store, now + 3 * HOUR, again=True)
    with store.read() as tx:
        assert tx.scalars(select(table(Lift).c.lifted)).all() == [True, False]
