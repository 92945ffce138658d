"""Round robin: exact, spread, and the same for one at a time and for a batch."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from penstock.routing.rotation import cycle, next_owner

MEMBERS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 5), max_size=6)


def test_weights_are_spread_within_a_cycle() -> None:
    assert cycle({"a": 3, "b": 1, "c": 1}) == ("a", "b", "a", "c", "a")


@given(MEMBERS)
def test_weights_are_exact_over_a_cycle(members: dict[str, int]) -> None:
    assert Counter(cycle(members)) == Counter({name: weight for name, weight in members.items() if weight})


@given(MEMBERS, st.integers(0, 100), st.sets(st.sampled_from("abcdef")))
def test_turn_goes_to_the_next_who_can_take_it(members: dict[str, int], turns: int, there: set[str]) -> None:
    order = cycle(members)
    owner, after = next_owner(order, turns, there.__contains__)
    if owner is None:
        assert after == turns
        assert not there & set(order)
    else:
        assert order[(after - 1) % len(order)] == owner
        assert not there & {order[turn % len(order)] for turn in range(turns, after - 1)}


def test_who_comes_back_takes_their_share_and_no_more() -> None:
    order, turns = cycle({"a": 1, "b": 1}), 0
    for _ in range(6):
        _, turns = next_owner(order, turns, lambda name: name != "a")
    taken = []
    for _ in range(8):
        owner, turns = next_owner(order, turns, lambda _: True)
        taken.append(owner)
    assert Counter(taken) == {"a": 4, "b": 4}
