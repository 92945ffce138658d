"""Explain says when points begin to fade, not only on which day they are gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from penstock.operations.explain import explain, in_words
from penstock.operations.explain.shape import IntentLine
from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions
from tests.history import DAY, History, playbook

MOMENT = timedelta(microseconds=1)
STEPS = {"10d": "100 %", "30d": "50 %"}
ONE: dict[str, Any] = {"points": 10, "did": "form_submitted"}
ANYBODY = {"A": {"branch": "none"}}
RELATED = {"points": 20, "of": ["asks"], "at_least": 2, "fades": STEPS}


def lines(store: Sessions, at: datetime) -> dict[str, IntentLine]:
    [one] = explain(store, named="1", now=at).definitions
    return {line.rule: line for line in one.intent_rules}


# The rule · the days of its activities · the day on which less begins (None: not before the end), and the end.
FADING: dict[str, tuple[dict[str, Any], list[int], int | None, int]] = {
    "one that fades in steps": (ONE, [0], 10, 30),
    "one that stays as it is to its end": (ONE | {"fades": {"30d": "100 %"}}, [0], None, 30),
    "two that end on different days": (ONE | {"fades": {"30d": "100 %"}}, [0, 1], 30, 31),
    "a cap that the second one fills": (ONE | {"at_most": 15}, [0, 1], 11, 31),
    "a cap that halves fill": (ONE | {"at_most": 5}, [0], None, 30),
    "points against": (ONE | {"points": -10}, [0], 10, 30),
    "a share that rounds to nothing": (ONE | {"points": 0.01, "fades": {"10d": "100 %", "20d": "1 %"}}, [0], None, 10),
}  # fmt: skip


@pytest.mark.parametrize("name", FADING)
def test_first_day_of_less_is_told_beside_the_last(store: Sessions, now: datetime, name: str) -> None:
    rule, days, less, end = FADING[name]
    intent = {"fades": STEPS, "rules": {"asks": rule}}
    history = History(store, playbook({"definition": "d", "intent": intent, "tiers": ANYBODY}), live_from=now)
    lead = history.lead("jana", received=now)
    for day in days:
        history.did(lead, "form_submitted", at=now + day * DAY)
    at = now + 2 * DAY
    run_qualify(store, now=at)
    line = lines(store, at)["asks"]
    assert line.less_from == (None if less is None else now + less * DAY)
    assert max(one.until for one in line.activities) == now + end * DAY
    if line.less_from is not None:
        before, after = (lines(store, moment)["asks"] for moment in (line.less_from - MOMENT, line.less_from))
        assert abs(after.points) < abs(before.points) == abs(line.points)


def test_words_name_both_days(store: Sessions, now: datetime) -> None:
    intent = {"fades": STEPS, "rules": {"asks": ONE}}
    history = History(store, playbook({"definition": "d", "intent": intent, "tiers": ANYBODY}), live_from=now)
    history.did(history.lead("jana", received=now), "form_submitted", at=now, asset="/contact")
    run_qualify(store, now=now)
    said = in_words(explain(store, named="1", now=now))
    assert f"/contact, less from {now + 10 * DAY:%d %b}, none from {now + 30 * DAY:%d %b}\n" in said
    later = in_words(explain(store, named="1", now=now + 10 * DAY))
    assert f"5 of 10 fresh   {now:%d %b} /contact, until {now + 30 * DAY:%d %b}\n" in later


def test_related_rule_gives_less_once_the_best_that_completes_it_fades(store: Sessions, now: datetime) -> None:
    intent = {"fades": {"90d": "100 %"}, "rules": {"asks": ONE}, "related": {"depth": RELATED}}
    history = History(store, playbook({"definition": "d", "intent": intent, "tiers": ANYBODY}), live_from=now)
    lead = history.lead("jana", received=now)
    for day in (0, 1, 3):
        history.did(lead, "form_submitted", at=now + day * DAY, line="hydraulics")
    run_qualify(store, now=now + 3 * DAY)
    line = lines(store, now + 3 * DAY)["depth"]
    assert line.less_from == now + 13 * DAY
    points = [lines(store, moment)["depth"].points for moment in (line.less_from - MOMENT, line.less_from)]
    assert points == [20, 10]
