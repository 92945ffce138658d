"""Round robin with weights: the same owners for one lead at a time and for a batch of thousands, and again in a replay.

The order is that of smooth weighted round robin (as in nginx): weights 3:1:1 give a b a c a, exact over each cycle and
spread within it. A queue's position is a count of turns in the store; a member who cannot take a turn is passed over
and the turn is gone, so whoever comes back from leave takes their share from then on and is not flooded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache


def cycle(members: Mapping[str, int]) -> tuple[str, ...]:
    """Return one cycle of a queue: each member as often as their weight, spread evenly; () without members."""
    return _cycle(tuple(members.items()))


@lru_cache(maxsize=256)
def _cycle(members: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    total = sum(weight for _, weight in members)
    credit = dict.fromkeys((name for name, _ in members), 0)
    turns = []
    for _ in range(total):
        for name, weight in members:
            credit[name] += weight
        chosen = max(credit, key=lambda name: credit[name])
        credit[chosen] -= total
        turns.append(chosen)
    return tuple(turns)


def next_owner(order: tuple[str, ...], turns: int, is_eligible: Callable[[str], bool]) -> tuple[str | None, int]:
    """Return whose turn it is and the count of turns afterwards; None, and no turn taken, when nobody is eligible."""
    for passed in range(len(order)):
        name = order[(turns + passed) % len(order)]
        if is_eligible(name):
            return name, turns + passed + 1
    return None, turns
