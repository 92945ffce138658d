"""Ends of ranges and of the order of trust: what holds there, and just beyond."""

from __future__ import annotations

import pytest

from penstock.playbook.definition import Definition
from penstock.store.engine import Sessions
from tests.property.examples import Example, wanted
from tests.property.histories import FactSaid, Life, Listing, SubjectOf
from tests.property.kinds import Counted
from tests.property.landed import Landed
from tests.property.test_reference import compare
from tests.property.words import DAY, NOW


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ({"from": 50}, True), ({"from": 51}, False), ({"from": 50, "to": 50}, True), ({"to": 50}, True),
        ({"to": 49}, False), ({"from": 50.001}, False), ({"to": 49.999}, False),
    ],
    ids=str,
)  # fmt: skip
def test_range_holds_at_its_ends(stores: list[Sessions], asked: dict[str, float], holds: bool) -> None:
    rules = {"size": {"points": 7, "employees": asked}}
    said = {"definition": "d", "tiers": {"A": {"branch": "sales"}}, "fit": {"rules": rules}}
    life = Life([FactSaid("employees", "50", "crm", 24, -DAY, typed=False)], [])
    example = Example(Definition.model_validate(said), [SubjectOf(life, Life([], []), [], [])], [NOW])
    compare(stores, example, Counted())
    assert [one.fit for one in wanted(example, Landed("lead", example.subjects)).values()] == [7000 * holds]


@pytest.mark.parametrize(
    ("earlier", "later", "holds"),
    [
        ("crm", "forms", True), ("forms", "unheard of", True), ("unheard of", "forms", False), ("a", "b", False),
        ("person", "crm", True), ("crm", "person", False),
    ],
)  # fmt: skip
def test_earlier_word_holds_where_its_feed_is_trusted_more(
    stores: list[Sessions], earlier: str, later: str, holds: bool
) -> None:
    rules = {"builds": {"points": 7, "industry": "machinery"}}
    said = {"definition": "d", "tiers": {"A": {"branch": "sales"}}, "fit": {"rules": rules}}
    facts = [
        FactSaid("industry", "machinery", earlier, 48, -DAY, typed=False),
        FactSaid("industry", "mining", later, 24, -DAY, typed=False),
    ]
    example = Example(Definition.model_validate(said), [SubjectOf(Life(facts, []), Life([], []), [], [])], [NOW])
    compare(stores, example, Counted())
    assert [one.fit for one in wanted(example, Landed("lead", example.subjects)).values()] == [7000 * holds]


@pytest.mark.parametrize(("least", "tier"), [(40, "edge"), (40.001, "low"), (39.999, "edge")])
def test_grade_ends_below_where_the_next_one_begins(stores: list[Sessions], least: float, tier: str) -> None:
    tiers = {
        "low": {"needs": {"grades": ["B1"]}, "branch": "nurture"},
        "edge": {"needs": {"grades": ["A1"]}, "branch": "sales"},
    }
    rules = {"builds": {"points": 40, "industry": "machinery"}}
    grades = {"fit": {"A": least, "B": 1}, "intent": {"1": 0}}
    said = {"definition": "d", "grades": grades, "tiers": tiers, "fit": {"rules": rules}}
    life = Life([FactSaid("industry", "machinery", "crm", 24, -DAY, typed=False)], [])
    example = Example(Definition.model_validate(said), [SubjectOf(life, Life([], []), [], [])], [NOW])
    compare(stores, example, Counted())
    assert [one.tier for one in wanted(example, Landed("lead", example.subjects)).values()] == [tier]


@pytest.mark.parametrize(("feed", "holds"), [("person", True), ("crm", False)])
def test_what_we_say_of_a_list_holds_against_the_feed_trusted_most(
    stores: list[Sessions], feed: str, holds: bool
) -> None:
    rules = {"key": {"points": 7, "on_list": "key"}}
    said = {"definition": "d", "tiers": {"A": {"branch": "sales"}}, "fit": {"rules": rules}}
    on = Listing("Key accounts", "Vertrieb", None, None, feed, 48, -DAY)
    ended = Listing("Key accounts", "Vertrieb", None, -DAY, "crm", 24, -DAY)
    of = SubjectOf(Life([], []), Life([], []), [], [on, ended])
    example = Example(Definition.model_validate(said), [of], [NOW])
    compare(stores, example, Counted())
    assert [one.fit for one in wanted(example, Landed("lead", example.subjects)).values()] == [7000 * holds]
