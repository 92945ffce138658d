"""While sales holds a lead, for a reason that is no answer to a handoff, its branch stays where it was acted on."""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.playbook.compiled import compile_definition
from penstock.playbook.decide import SalesWord, Standing, Verdict, decide
from penstock.playbook.definition import Definition

DEFINITION = Definition.model_validate({"definition": "d", "tiers": {"A": {"needs": {"fit": 1}, "branch": "nurture"}}})


@pytest.mark.parametrize(
    ("before", "kept"),
    [("sales", "sales"), ("nurture", "nurture"), ("ask", "ask"), ("triage", "none"), ("none", "none")],
)
def test_branch_stays_where_somebody_acts_on_it(now: datetime, before: str, kept: str) -> None:
    found = Verdict(1, now, 0, 0, "A", 0, "", live=True)
    word = SalesWord(stage="opportunity", since=now, why="opportunity")
    decided = decide(compile_definition(DEFINITION), found, Standing("engaged", "", before), word)
    assert (decided.stage, decided.branch) == ("opportunity", kept)
