"""Which tiers can be reached: the most points there are, and what one tier's needs imply of another's."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.playbook.check_points import implies, most_points
from penstock.playbook.definition import Definition, Needs

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


def test_most_points_are_the_rules_under_their_caps() -> None:
    fit = {"at_most": 30, "rules": {"a": {"points": 25, "region": "x"}, "b": {"points": -9, "region": "y"}}}
    capped = {"rules": {"c": {"points": 10, "did": "page_viewed", "at_most": 15}}}
    assert most_points(definition(fit, capped)).total == 40_000


def test_rule_without_cap_reaches_the_definitions_cap() -> None:
    intent = {"at_most": 80, "rules": {"c": {"points": 1, "did": "page_viewed"}}}
    assert most_points(definition({}, intent)).intent == 80_000
