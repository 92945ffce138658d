"""Each starter's own examples come out as written: ten and more, and of every sort that a team argues about."""

from __future__ import annotations

import pytest

from penstock.operations.try_examples import try_examples
from penstock.playbook.load_examples import LoadedExamples, read_examples
from tests.starters.catalogue import STARTERS, folder, loaded

pytestmark = pytest.mark.parametrize("starter", STARTERS)


def examples(starter: str) -> LoadedExamples:
    return read_examples(folder(starter) / "playbook", loaded(starter).playbook)


def test_examples_come_out_as_written(starter: str) -> None:
    tried = try_examples(loaded(starter).playbook, examples(starter))
    assert [one for one in tried.examples if not one.ok] == []


def test_examples_are_many_and_varied(starter: str) -> None:
    found = examples(starter).examples
    expected = [one for example in found.values() for one in example.expect.values()]
    assert len(found) >= 10
    assert {one.branch for one in expected} >= {"sales", "nurture", "triage", "out"}
    assert {one.tier for one in expected} >= set(
        next(iter(loaded(starter).playbook.deciding.definitions.values())).tiers
    ) - {"emergency"}
    assert any(said.says == "rejected" for example in found.values() for said in example.sales)
    assert all(example.title for example in found.values())
