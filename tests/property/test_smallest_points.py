"""The smallest points count as much as any: a signal is whatever gives some."""

from __future__ import annotations

import pytest

from penstock.playbook.definition import Definition
from penstock.store.engine import Sessions
from tests.property.examples import Example, wanted
from tests.property.histories import Deed, Life, SubjectOf
from tests.property.kinds import Counted
from tests.property.landed import Landed
from tests.property.test_reference import compare
from tests.property.words import DAY, NOW

OPENED = {"kind": "email_opened", "channel": "web"}


@pytest.mark.parametrize("different", ["kinds", "rules"])
def test_thousandth_of_a_point_is_a_signal(stores: list[Sessions], different: str) -> None:
    rule = {"points": 0.001, "did": "rfq_submitted", "strength": "high"}
    tier = {"needs": {"signals": {"high": 1, "different": different}}, "branch": "sales"}
    said = {"definition": "d", "intent": {"rules": {"i0": rule}}, "tiers": {"A": tier}}
    life = Life([], [Deed(DAY, -DAY, {"kind": "rfq_submitted"})])
    example = Example(Definition.model_validate(said), [SubjectOf(life, Life([], []), [], [])], [NOW])
    compare(stores, example, Counted())
    assert [one.tier for one in wanted(example, Landed("lead", example.subjects)).values()] == ["A"]


def test_thousandth_of_a_point_is_given_by_what_belongs_together(stores: list[Sessions]) -> None:
    rules = {"sheet": {"points": 0.001, "did": "content_downloaded", "asset": "datasheet"}}
    related = {"twice": {"points": 0.001, "of": ["sheet"], "same": "asset", "at_least": 2, "within": "9d"}}
    tier = {"needs": {"any": ["twice"]}, "branch": "sales"}
    said = {"definition": "d", "intent": {"rules": rules, "related": related}, "tiers": {"A": tier}}
    sheet = {"kind": "content_downloaded", "asset": "HX-200 Datasheet"}
    life = Life([], [Deed(DAY, -DAY, sheet), Deed(2 * DAY, -DAY, sheet)])
    example = Example(Definition.model_validate(said), [SubjectOf(life, Life([], []), [], [])], [NOW])
    compare(stores, example, Counted())
    assert [one.tier for one in wanted(example, Landed("lead", example.subjects)).values()] == ["A"]


def test_opened_mails_count_beside_a_thousandth_of_a_point(stores: list[Sessions]) -> None:
    rules = {"rfq": {"points": 0.001, "did": "rfq_submitted"}, "opened": {"points": 2, "did": "email_opened"}}
    intent = {"opens": {"at_most": 5, "human": ["web"]}, "rules": rules}
    said = {"definition": "d", "intent": intent, "tiers": {"A": {"branch": "sales"}}}
    life = Life([], [Deed(DAY, -DAY, {"kind": "rfq_submitted"}), Deed(DAY, -DAY, OPENED)])
    example = Example(Definition.model_validate(said), [SubjectOf(life, Life([], []), [], [])], [NOW])
    compare(stores, example, Counted())
    assert [one.intent for one in wanted(example, Landed("lead", example.subjects)).values()] == [2001]
