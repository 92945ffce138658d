"""Which sequence a lead gets, and its steps; without a store."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.playbook.model import Playbook
from penstock.playbook.operations import Content, Sequence, Step
from penstock.sequence.choose import Chosen, choose, for_line
from penstock.sequence.machine import due, first_step, next_step, present_step
from penstock.sequence.offer import offer
from penstock.store.types import MICROSECOND, from_micros
from tests.mail.cast import CONTENT, SEQUENCES, playbook

NORDHAVEN: Playbook = playbook()
NOW = from_micros(1_772_442_000_000_000)


def chosen(rejection: str | None = None, leading: str | None = None, latest_line: str | None = None) -> Chosen | None:
    return choose(
        NORDHAVEN.deciding, NORDHAVEN.operations, rejection=rejection, leading=leading, latest_line=latest_line
    )


@pytest.mark.parametrize(
    ("rejection", "leading", "line", "expected"),
    [
        (None, "pumps-inbound", None, ("pumps", "pumps")),
        (None, "pumps-inbound", "valves", ("pumps", "pumps")),
        (None, "anyone", "pumps", ("pumps", "pumps")),
        (None, "anyone", "valves", ("general", "valves")),
        (None, "anyone", None, ("general", "")),
        (None, None, None, ("general", "")),
        ("no-need", "pumps-inbound", None, ("general", "pumps")),
        ("unheard-of", "pumps-inbound", None, ("pumps", "pumps")),
    ],
)
def test_rejection_goes_before_the_line_and_its_own_line_before_the_latest(
    rejection: str | None, leading: str | None, line: str | None, expected: tuple[str, str]
) -> None:
    assert chosen(rejection, leading, line) == Chosen(*expected)


def test_without_a_sequence_for_every_interest_there_may_be_none() -> None:
    only = {"pumps": Sequence.model_validate(SEQUENCES["pumps"])}
    assert for_line(only, "valves") is None
    assert for_line(only, "pumps") == "pumps"


def sequence(*names: str, after: str = "0d") -> Sequence:
    return Sequence(steps={name: Step.model_validate({"mail": "m", "after": after}) for name in names})


def test_steps_go_forward_to_the_end() -> None:
    three = sequence("a", "b", "c")
    assert (first_step(three), next_step(three, "a"), next_step(three, "c")) == ("a", "b", None)


@pytest.mark.parametrize(
    ("steps", "noted", "planned", "expected"),
    [
        ("abc", "b", "a", "b"),
        ("acd", "b", "a", "c"),
        ("xacd", "b", "a", "c"),
        ("bc", "a", "", "b"),
        ("a", "b", "a", None),
        ("cab", "x", "ab", None),
    ],
    ids=["kept", "removed", "inserted_before", "first_removed", "nothing_left", "moved"],
)  # fmt: skip
def test_changed_sequence_has_a_defined_next_step(steps: str, noted: str, planned: str, expected: str | None) -> None:
    assert present_step(sequence(*steps), noted, set(planned)) == expected


@given(st.integers(0, 400), st.integers(-500, 0))
def test_next_step_is_always_due_after_now(days: int, since: int) -> None:
    waits = sequence("a", "b", after=f"{days}d")
    found = due(waits, "b", NOW + timedelta(days=since), now=NOW)
    assert found == max(NOW + timedelta(days=since + days), NOW + MICROSECOND) > NOW


CATALOGUE = {name: Content.model_validate(item) for name, item in CONTENT.items()}


@pytest.mark.parametrize(
    ("content", "had", "left", "skip"),
    [
        (["sizing-guide", "hx-datasheet"], set(), 2, None),
        (["sizing-guide", "hx-datasheet"], {"sizing guide"}, 1, None),
        (["sizing-guide"], {"sizing-guide"}, 0, "seen_already"),
        (["sizing-guide"], {"https://nordhaven.example/sizing"}, 0, "seen_already"),
        ([], {"sizing-guide"}, 0, None),
    ],
)
def test_offer_is_what_was_not_had(content: list[str], had: set[str], left: int, skip: str | None) -> None:
    found = offer(Step(mail="m", content=content), CATALOGUE, had=had, today=date(2026, 3, 2))
    assert (len(found.content), found.skip) == (left, skip)


@pytest.mark.parametrize(("today", "skip"), [(date(2026, 3, 1), None), (date(2026, 3, 2), "content_expired")])
def test_content_is_offered_up_to_its_last_day(today: date, skip: str | None) -> None:
    item = CATALOGUE["sizing-guide"].model_copy(update={"valid_until": date(2026, 3, 1)})
    assert offer(Step(mail="m", content=["x"]), {"x": item}, had=set(), today=today).skip == skip
