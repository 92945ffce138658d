"""Which tiers can be reached: the most points there are, and what one tier's needs imply of another's."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.playbook.check_points import implies
from penstock.playbook.compiled import compile_definition
from penstock.playbook.definition import Definition, Needs
from penstock.playbook.exclusive import exclude
from penstock.playbook.most import most_points
from penstock.playbook.rules import FitRule
from penstock.playbook.vocabulary import Vocabulary

LOW = {"fit": 10, "intent": 20}


def needs(**written: Any) -> Needs:
    return Needs.model_validate(written)


@pytest.mark.parametrize(
    ("after", "before"),
    [
        (LOW, {}),
        (LOW, LOW),
        ({"fit": 15, "intent": 20}, LOW),
        (LOW, {"total": 30}),
        ({"total": 40}, {"total": 30}),
        ({"all": ["rfq"]}, {"any": ["rfq", "reply"]}),
        ({"any": ["rfq"]}, {"all": ["rfq"]}),
        ({"any": ["rfq", "reply"]}, {"any": ["rfq", "reply", "meeting"]}),
        ({"all": ["rfq", "reply"]}, {"all": ["rfq"]}),
        ({"signals": {"high": 2}}, {"signals": {"high": 1, "medium": 3}}),
        ({"grades": ["A1"], "fit": 10}, {"grades": ["A1", "A2"]}),
    ],
)
def test_stricter_needs_imply_the_looser(after: dict[str, Any], before: dict[str, Any]) -> None:
    assert implies(needs(**after), needs(**before))


@pytest.mark.parametrize(
    ("after", "before"),
    [
        ({}, LOW),
        ({"fit": 9, "intent": 20}, LOW),
        ({"fit": 10}, LOW),
        (LOW, {"total": 31}),
        ({"any": ["rfq", "reply"]}, {"any": ["rfq"]}),
        ({"any": ["rfq", "reply"]}, {"all": ["rfq"]}),
        ({"signals": {"high": 1, "medium": 2}}, {"signals": {"high": 1}}),
        ({"signals": {"high": 1}}, {"signals": {"high": 2}}),
        (LOW, {"signals": {"low": 1}}),
        ({"signals": {"low": 2}}, {"signals": {"low": 2, "different": "kinds"}}),
    ],
)
def test_other_needs_imply_nothing(after: dict[str, Any], before: dict[str, Any]) -> None:
    assert not implies(needs(**after), needs(**before))


def definition(fit: dict[str, Any], intent: dict[str, Any]) -> Definition:
    written = {"definition": "d", "tiers": {}, "fit": fit, "intent": intent}
    return Definition.model_validate(written)


WORDS = Vocabulary.model_validate({
    "industries": {"water": [], "chemicals": ["Process"], "food": ["Process"]},
    "regions": {
        "dach": {"countries": ["DE", "AT"]}, "alps": {"countries": ["AT", "CH"]}, "nordics": {"countries": ["SE"]},
    },
})  # fmt: skip


def most_fit(*rules: dict[str, Any], **more: Any) -> int:
    named = {f"r{number}": rule for number, rule in enumerate(rules)}
    return most_points(definition({"rules": named, **more}, {}), WORDS).fit // 1000


def test_most_points_are_the_rules_under_their_caps() -> None:
    fit = {"at_most": 30, "rules": {"a": {"points": 25, "region": "x"}, "b": {"points": -9, "region": "y"}}}
    capped = {"rules": {"c": {"points": 10, "did": "page_viewed", "at_most": 15}}}
    assert most_points(definition(fit, capped), Vocabulary()).total == 40_000


def test_rule_without_cap_reaches_the_definitions_cap() -> None:
    intent = {"at_most": 80, "rules": {"c": {"points": 1, "did": "page_viewed"}}}
    assert most_points(definition({}, intent), Vocabulary()).intent == 80_000


def test_what_belongs_together_gives_at_most_its_points_by_the_best_channel() -> None:
    rules = {"c": {"points": 1, "did": "page_viewed", "at_most": 1}}
    related = {"twice": {"points": 20, "of": ["c"], "same": "line", "at_least": 2, "within": "9d"}}
    intent = {"rules": rules, "related": related, "channels": {"webinar": 1.5, "mail": 0.5}}
    assert most_points(definition({}, intent), Vocabulary()).intent == 31_000


def test_rule_over_people_takes_away_no_more_than_its_points() -> None:
    people = {"quiet": {"points": -6, "at_least": 2, "did": "page_viewed", "within": "9d"}}
    assert [rule.cap for rule in compile_definition(definition({}, {"people": people})).people] == [6_000]


def nodes(**written: Any) -> Any:
    return FitRule.model_validate({"points": 1, **written}).nodes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"industry": "water"}, {"industry": ["food", "chemicals"]}),
        ({"industry": "water", "function": "quality"}, {"industry": "food"}),
        ({"region": "dach"}, {"region": "nordics"}),
        ({"function": "quality"}, {"function": "engineering"}),
        ({"employees": {"to": 49}}, {"employees": {"from": 50}}),
        ({"industry": "water"}, {"industry": {"not": ["water", "food"]}}),
        ({"industry": "water"}, {"industry": {"is": "missing"}}),
        ({"industry": "water"}, {"industry": {"is": "unknown"}}),
        ({"industry": {"not": "water"}}, {"industry": {"is": "missing"}}),
        ({"employees": {"from": 5}}, {"employees": {"is": "missing"}}),
    ],
)
def test_conditions_that_one_value_cannot_meet_exclude_each_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert exclude(nodes(**one), nodes(**other), WORDS)
    assert exclude(nodes(**other), nodes(**one), WORDS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"industry": "water"}, {"function": "quality"}),
        ({"industry": ["water", "food"]}, {"industry": ["food"]}),
        # What is spelt "Process" is both, and Austria lies in both.
        ({"industry": "chemicals"}, {"industry": "food"}),
        ({"region": "dach"}, {"region": "alps"}),
        ({"employees": {"to": 50}}, {"employees": {"from": 50}}),
        ({"industry": "water"}, {"industry": {"not": "food"}}),
        ({"industry": {"not": "water"}}, {"industry": {"not": "food"}}),
        ({"industry": {"not": "water"}}, {"industry": {"is": "unknown"}}),
        ({"industry": "water"}, {"industry": {"is": "known"}}),
    ],
)
def test_conditions_that_one_value_may_meet_do_not(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not exclude(nodes(**one), nodes(**other), WORDS)
    assert not exclude(nodes(**other), nodes(**one), WORDS)


def test_of_rules_that_exclude_each_other_the_best_counts() -> None:
    size = [{"points": 15, "employees": {"from": 50, "to": 500}}, {"points": 8, "employees": {"from": 501}}]
    roles = [{"points": 9, "function": "quality"}, {"points": 20, "function": "engineering"}]
    assert most_fit(*size, *roles) == 35
    assert most_fit(*size, *roles, {"points": 5, "industry": "water"}) == 40


def test_rules_that_a_value_meets_at_once_are_summed() -> None:
    assert most_fit({"points": 10, "region": "dach"}, {"points": 12, "region": "alps"}) == 22


def test_of_exclusive_rules_the_best_under_the_cap_of_its_group_counts() -> None:
    rules = [{"points": 20, "industry": "water", "group": "g"}, {"points": 10, "industry": "steel"}]
    assert most_fit(*rules, groups={"g": {"at_most": 5}}) == 10
    assert most_fit(*rules, groups={"g": {"at_most": 30}}) == 20
