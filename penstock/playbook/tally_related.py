"""Points of what belongs together, in plain Python, one activity at a time; beside its SQL (related_sql.py)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from penstock.playbook.compiled import CompiledIntent, Together
from penstock.playbook.tally_hits import Hit, RuleTally, points_of


def tally_related(rule: CompiledIntent, how: Together, hits: Sequence[Hit], as_of: int) -> RuleTally:
    """Return what a related rule gives at a moment: the points of the activity that completes it and gives most."""
    counting = [hit for hit in hits if hit.mask & rule.bit and points_of(rule, hit, as_of) > 0]
    completed = [(last, mine) for mine in _by_interest(counting, how.same) for last in _completing(mine, how)]
    if not completed:
        return RuleTally(rule, 0, 0, 0, (), frozenset())
    best, mine = max(completed, key=lambda one: (points_of(rule, one[0], as_of), one[0].occurred_at))
    points = points_of(rule, best, as_of)
    given = sorted((hit.activity_id, points if hit is best else 0) for hit in mine)
    fresh = rule.bands[0].points[best.channel_class]
    return RuleTally(rule, fresh, points, points, tuple(given), frozenset(hit.kind for hit in mine))


def _by_interest(hits: Sequence[Hit], same: str) -> Iterator[list[Hit]]:
    """Yield the activities of each interest as they occurred."""
    interests = {interest for hit in hits for interest in hit.interests(same)}
    for interest in sorted(interests):
        mine = (hit for hit in hits if interest in hit.interests(same))
        yield sorted(mine, key=lambda hit: (hit.occurred_at, hit.activity_id))


def _completing(mine: Sequence[Hit], how: Together) -> Iterable[Hit]:
    """Yield the activities with which there are enough, close enough together and over long enough."""
    for place, hit in enumerate(mine[how.at_least - 1 :]):
        is_close = how.within is None or hit.occurred_at - mine[place].occurred_at <= how.within
        is_long = how.over is None or hit.occurred_at - mine[0].occurred_at >= how.over
        if is_close and is_long:
            yield hit
