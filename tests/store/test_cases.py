"""Whoever stands alike is decided alike at once; whoever is apart one by one, to the same end."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import event, insert, literal, select

from penstock.operations.qualify import run_qualify
from penstock.playbook.values import points_text
from penstock.store.cases import points_told
from penstock.store.engine import Sessions, table
from penstock.store.tables import Lift
from tests.history import DAY, HYDRAULICS, History, playbook

KINDS: tuple[tuple[str, str], ...] = (
    ("rfq_submitted", ""), ("content_downloaded", "hx datasheet"), ("webinar_attended", ""), ("page_viewed", ""),
)  # fmt: skip
PROFILES: tuple[dict[str, Any], ...] = (
    {"industry": "machinery", "employees": 820, "title": "Engineer"},
    {"industry": "machinery", "employees": 820, "title": "Engineer", "country": "DE"},
    {"industry": "mining", "source": "a fair nobody knows"},
    {"title": "Student", "country": "NL"},
    {},
)


@pytest.fixture(params=[False, True], ids=["takes-everybody", "some-without-route"])
def history(request: pytest.FixtureRequest, store: Sessions, now: datetime) -> History:
    routes = {"dach": {"region": "dach", "to": "desk"}} if request.param else {"else": {"to": "desk"}}
    return History(store, playbook(HYDRAULICS, routes=routes), live_from=now - 200 * DAY)


def twins(history: History, now: datetime) -> dict[int, int]:
    """Land every profile with every pair of activities, twice; return the id of one → that of the other."""
    found: dict[int, int] = {}
    for number, (profile, first, second) in enumerate(product(PROFILES, KINDS, KINDS)):
        alike, apart = (history.lead(f"{name}{number}", received=now, **profile) for name in ("alike", "apart"))
        for lead in (alike, apart):
            history.did(lead, first[0], asset=first[1], at=now - 10 * DAY, received=now)
            history.did(lead, second[0], asset=second[1], at=now - 40 * DAY, received=now)
        found[alike] = apart
    return found


def speak_of(store: Sessions, leads: list[int], now: datetime) -> None:
    """Say something of leads that changes nothing for them: it sets them apart."""
    row = {
        "subject": "lead",
        "definition": "another",
        "disqualifier": "x",
        "lifted": True,
        "reason": "",
        "actor": "eva",
    }
    with store.write() as tx:
        tx.execute(insert(table(Lift)), [row | {"subject_id": lead, "received_at": now} for lead in leads])


def told(rows: list[dict[str, Any]], lead: int) -> list[dict[str, Any]]:
    own = {"id", "subject_id", "evidence"}
    return [{name: row[name] for name in row.keys() - own} for row in rows if row["subject_id"] == lead]


def test_by_case_gives_what_one_by_one_gives(history: History, store: Sessions, now: datetime) -> None:
    pairs = twins(history, now)
    speak_of(store, list(pairs.values()), now - DAY)
    for run in (now, now + 21 * DAY, now + 100 * DAY):
        run_qualify(store, now=run)
        decisions, scores = history.decisions(), history.scores()
        assert {row["branch"] for row in decisions} >= {"sales", "nurture", "out", "triage", "none"}
        for alike, apart in pairs.items():
            assert told(decisions, alike) == told(decisions, apart)
            assert told(scores, alike) == told(scores, apart)


def test_first_activity_after_going_live_ends_the_baseline_by_case(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now)
    lead = history.lead("jana", received=now - DAY, industry="machinery", employees=100)
    run_qualify(store, now=now)
    history.did(lead, "rfq_submitted", at=now + DAY)
    run_qualify(store, now=now + DAY)
    assert [row["branch"] for row in history.decisions()][-1] == history.scores()[0]["branch"] == "sales"


def statements(store: Sessions, now: datetime) -> int:
    """Return how many statements and rows of parameters a run of qualify sends."""
    sent: list[int] = []

    def count(_c: Any, _cur: Any, _sql: str, given: Any, _ctx: Any, many: bool) -> None:
        sent.append(len(given) if many else 1)

    event.listen(store.engine, "before_cursor_execute", count)
    run_qualify(store, now=now)
    event.remove(store.engine, "before_cursor_execute", count)
    return sum(sent)


def test_many_alike_cost_no_more_statements_than_one(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now - DAY)

    def land(many: int, at: datetime) -> int:
        for number in range(many):
            lead = history.lead(f"{at}-{number}", received=at, industry="machinery", employees=100)
            history.did(lead, "rfq_submitted", at=at)
        return statements(store, at)

    land(1, now)  # the first round of a connection makes its scratch tables
    one, many = land(1, now + timedelta(hours=1)), land(40, now + timedelta(hours=2))
    assert many - one == (0 if store.is_sqlite else 1)  # PostgreSQL's planner is told of a batch of many


@pytest.mark.parametrize("points", [0, 1, 10, 100, 500, 1000, 1001, 1010, 62_500, 100_000, -1, -500, -20_250])
def test_points_read_in_sql_as_elsewhere(store: Sessions, points: int) -> None:
    with store.read() as tx:
        assert tx.scalar(select(points_told(literal(points)))) == points_text(points)


def test_definitions_are_decided_each_by_how_it_stood(store: Sessions, now: datetime) -> None:
    seals = HYDRAULICS | {"definition": "seals", "for": {"line": "seals"}, "disqualify": {}}
    history = History(store, playbook(HYDRAULICS, seals), live_from=now - DAY)
    lead = history.lead("jana", received=now, industry="machinery", employees=100)
    history.did(lead, "rfq_submitted", at=now, line="hydraulics")
    run_qualify(store, now=now)
    before = [(row["definition"], row["stage"], row["tier"], row["branch"]) for row in history.scores()]
    history.did(lead, "form_submitted", at=now + timedelta(hours=1))
    assert run_qualify(store, now=now + timedelta(hours=1)).decisions == 0
    assert [(row["definition"], row["stage"], row["tier"], row["branch"]) for row in history.scores()] == before
    assert [of for of, *_ in before] == ["hydraulics", "seals"]
    assert before[0][1:] != before[1][1:]


def test_who_has_no_route_any_more_is_decided_anew(store: Sessions, now: datetime) -> None:
    routes = {"small": {"employees": {"to": 200}, "to": "desk"}}
    history = History(store, playbook(HYDRAULICS, routes=routes), live_from=now - DAY)
    lead = history.lead("jana", received=now, industry="machinery", employees=100)
    history.did(lead, "rfq_submitted", at=now)
    run_qualify(store, now=now)
    history.fact("lead", lead, "employees", 820, received=now + timedelta(hours=1))
    run_qualify(store, now=now + timedelta(hours=1))
    assert [(row["tier_to"], row["branch"]) for row in history.decisions()] == [("A", "sales"), ("A", "triage")]


def test_first_activities_after_going_live_end_the_baseline_one_by_one(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now)
    lead = history.lead("jana", received=now - DAY, industry="machinery", employees=100)
    history.did(lead, "rfq_submitted", at=now - DAY)
    run_qualify(store, now=now)
    for hour in (1, 2):
        history.did(lead, "form_submitted", at=now + timedelta(hours=hour))
    run_qualify(store, now=now + DAY)
    told = [(row["tier_to"], row["branch"]) for row in history.decisions()]
    assert told == [("A", "baseline"), ("A", "sales")]


def test_who_has_no_route_is_in_triage_whatever_else_hands_over(store: Sessions, now: datetime) -> None:
    seals = HYDRAULICS | {"definition": "seals", "for": {"line": "seals"}}
    routes = {"dach": {"region": "dach", "to": "desk"}}
    history = History(store, playbook(HYDRAULICS, seals, routes=routes), live_from=now - DAY)
    lead = history.lead("jana", received=now, industry="machinery", employees=100)
    history.did(lead, "rfq_submitted", at=now, line="hydraulics")
    run_qualify(store, now=now)
    assert [row["branch"] for row in history.scores() if row["definition"] == "hydraulics"] == ["triage"]


@pytest.mark.parametrize("is_apart", [False, True])
def test_other_tier_of_the_same_branch_gives_nobody_anything_to_do(
    store: Sessions, now: datetime, is_apart: bool
) -> None:
    tiers = {name: {"needs": {"intent": least}, "branch": "nurture"} for name, least in (("A", 50), ("B", 20))}
    fading = {"asked": {"points": 50, "did": "rfq_submitted", "fades": {"10d": "100 %", "30d": "50 %"}}}
    said = {"definition": "d", "intent": {"rules": fading}, "tiers": tiers}
    history = History(store, playbook(said), live_from=now - DAY)
    lead = history.lead("jana", received=now)
    history.did(lead, "rfq_submitted", at=now)
    if is_apart:
        speak_of(store, [lead], now - DAY)
    for day in (0, 11):
        run_qualify(store, now=now + day * DAY)
    told = [(row["tier_to"], row["branch"], row["acted_at"] is not None) for row in history.decisions()]
    assert told == [("A", "nurture", False), ("B", "nurture", True)]


def test_same_tier_of_another_version_is_decided_anew_between_two_moments(store: Sessions, now: datetime) -> None:
    def agreed(branch: str) -> Any:
        asked = {"rules": {"asked": {"points": 50, "did": "rfq_submitted"}}}
        tiers = {"A": {"needs": {"intent": 50}, "branch": branch}}
        return playbook({"definition": "d", "intent": asked, "tiers": tiers}, routes={"else": {"to": "desk"}})

    history = History(store, agreed("nurture"), live_from=now - DAY)
    lead = history.lead("jana", received=now - DAY, industry="machinery")
    run_qualify(store, now=now - DAY)
    history.did(lead, "rfq_submitted", at=now)
    history.adopt(agreed("sales"), now=now + timedelta(hours=1))
    run_qualify(store, now=now + timedelta(hours=2))
    assert [(row["tier_to"], row["branch"]) for row in history.decisions()][-2:] == [("A", "nurture"), ("A", "sales")]
