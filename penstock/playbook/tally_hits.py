"""Activities that hit rules, and what a rule gives for them; what tally.py and tally_related.py count with."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.playbook.compiled import CompiledIntent


@dataclass(frozen=True, slots=True)
class Hit:
    """An activity that hits rules: when it occurred, its channel class, the mask of rules whose condition it meets,
    its kind.
    """

    activity_id: int
    occurred_at: int
    channel_class: int
    mask: int
    kind: str = ""
    lines: frozenset[str] = frozenset()
    assets: frozenset[str] = frozenset()

    def interests(self, same: str) -> frozenset[str]:
        """Return the lines or the kinds of assets that the activity is about."""
        return self.lines if same == "line" else self.assets


@dataclass(frozen=True, slots=True)
class RuleTally:
    """What one intent rule gives at a moment: fresh (before decay), faded (after it), and capped points."""

    rule: CompiledIntent
    fresh: int
    faded: int
    points: int
    activities: tuple[tuple[int, int], ...]
    """(activity id, points it gives now) of those that still count."""
    kinds: frozenset[str]
    """Kinds of the activities that still count."""


def points_of(rule: CompiledIntent, hit: Hit, as_of: int) -> int:
    """Return the points of one activity under a rule at a moment; 0 past the last band or before it occurred."""
    age = as_of - hit.occurred_at
    if age < 0:
        return 0
    return next((band.points[hit.channel_class] for band in rule.bands if age < band.edge), 0)


def ends(rule: CompiledIntent, hit: Hit) -> int:
    """Return the moment from which an activity gives nothing any more under a rule."""
    counting = [band.edge for band in rule.bands if band.points[hit.channel_class]]
    return hit.occurred_at + max(counting, default=0)
