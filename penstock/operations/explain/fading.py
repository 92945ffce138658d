"""When an intent rule begins to give less: its activities fade in steps before the day on which they count no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from penstock.playbook.compiled import CompiledIntent
from penstock.playbook.tally import capped
from penstock.playbook.tally_hits import Hit, RuleTally
from penstock.playbook.tally_related import tally_related

# Of a related rule each step is counted anew; who has more steps before them is told the end only.
MOST_STEPS = 50


def less_from(one: RuleTally, hits: Sequence[Hit], as_of: int) -> int | None:
    """Return the moment from which a rule gives less than at ``as_of``, None where that is when it gives nothing."""
    mine = [hit for hit in hits if hit.mask & one.rule.bit and hit.occurred_at <= as_of]
    if one.rule.together is not None:
        return _of_related(one, mine, as_of)
    sums, left = _steps(one.rule, mine, as_of), one.faded
    for moment in sorted(sums):
        left += sums[moment]
        if abs(capped(one.rule, left)) < abs(one.points):
            return moment if left else None
    return None


def _steps(rule: CompiledIntent, hits: Sequence[Hit], as_of: int) -> Counter[int]:
    """Return moment → by how much the sum of a rule's activities changes then, of all moments to come."""
    steps = Counter[int]()
    for hit in hits:
        given = [band.points[hit.channel_class] for band in rule.bands]
        for band, points, after in zip(rule.bands, given, [*given[1:], 0], strict=True):
            if hit.occurred_at + band.edge > as_of:
                steps[hit.occurred_at + band.edge] += after - points
    return steps


def _of_related(one: RuleTally, hits: Sequence[Hit], as_of: int) -> int | None:
    """Look ahead along the steps of activities that give their points once, together."""
    assert one.rule.together is not None  # noqa: S101 - asked by the caller
    for moment in sorted(_steps(one.rule, hits, as_of))[:MOST_STEPS]:
        then = tally_related(one.rule, one.rule.together, hits, moment)
        if then.points < one.points:
            return moment if then.points else None
    return None
