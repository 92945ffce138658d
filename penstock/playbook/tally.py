"""Points from hits, in plain Python: what the statement sums, said again one activity at a time.

Used to read evidence (explain, the handoff note), to look ahead (when will the tier fall), and by the reference
evaluator that the compiled SQL is checked against. Points are thousandths, instants and ages microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from penstock.playbook.compiled import CompiledDefinition, CompiledFit, CompiledGroup, CompiledIntent
from penstock.playbook.definition import Needs, Signals
from penstock.playbook.show_sentences import either
from penstock.playbook.tally_hits import Hit, RuleTally, points_of
from penstock.playbook.tally_related import tally_related


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate of a tier: what it asks, what there is, whether it holds."""

    asks: str
    has: str
    holds: bool


# How a gate of the matrix begins.
INTENT_CELL = "grade"


def capped(rule: CompiledIntent, points: int) -> int:
    """Return a rule's sum within its cap (for negative points: above its floor)."""
    return points if rule.cap is None else min(max(points, -rule.cap), rule.cap)


def within(points: int, most: int) -> int:
    """Return a total between its cap and the same depth below zero."""
    return max(min(points, most), -most)


def tally(compiled: CompiledDefinition, hits: Sequence[Hit], as_of: int, held: int = 0) -> tuple[RuleTally, ...]:
    """Return what every intent rule gives at a moment, in the definition's order; ``held`` is the mask of rules over
    people that hold.
    """
    return tuple(_tally(rule, hits, as_of, held) for rule in compiled.intent)


def _tally(rule: CompiledIntent, hits: Sequence[Hit], as_of: int, held: int) -> RuleTally:
    if rule.crowd is not None:
        points = rule.points if rule.crowd.bit & held else 0
        return RuleTally(rule, points, points, points, (), frozenset())
    if rule.together is not None:
        return tally_related(rule, rule.together, hits, as_of)
    return _tally_rule(rule, hits, as_of)


def _tally_rule(rule: CompiledIntent, hits: Sequence[Hit], as_of: int) -> RuleTally:
    mine = [hit for hit in hits if hit.mask & rule.bit and hit.occurred_at <= as_of]
    given = [(hit.activity_id, points_of(rule, hit, as_of)) for hit in mine]
    counting = tuple(sorted((activity, points) for activity, points in given if points))
    faded = sum(points for _, points in counting)
    kinds = frozenset(hit.kind for hit in mine if points_of(rule, hit, as_of))
    fresh = sum(rule.bands[0].points[hit.channel_class] for hit in mine if points_of(rule, hit, as_of))
    return RuleTally(rule, fresh, faded, capped(rule, faded), counting, kinds)


def fit_points(compiled: CompiledDefinition, mask: int) -> int:
    """Return the fit of a mask of fit rules."""
    held = {rule.id: rule.points for rule in compiled.fit if mask & rule.bit}
    return within(grouped(compiled.fit_groups, held), compiled.definition.fit.at_most)


def fit_rules(compiled: CompiledDefinition, mask: int) -> tuple[CompiledFit, ...]:
    """Return the fit rules of a mask."""
    return tuple(rule for rule in compiled.fit if mask & rule.bit)


def intent_points(compiled: CompiledDefinition, tallies: Sequence[RuleTally]) -> int:
    """Return the intent of what the rules give."""
    given = {one.rule.id: one.points for one in tallies}
    return within(grouped(compiled.intent_groups, given), compiled.definition.intent.at_most)


def grouped(groups: Sequence[CompiledGroup], given: Mapping[str, int]) -> int:
    """Return the sum of what rules give, those of a group together under its cap."""
    apart = {name for group in groups for name in group.rules}
    found = sum(points for name, points in given.items() if name not in apart)
    found += sum(_together(group, given) for group in groups if not group.beside)
    return found + (sum(_together(group, given) for group in groups if group.beside) if found > 0 else 0)


def _together(group: CompiledGroup, given: Mapping[str, int]) -> int:
    return within(sum(given.get(name, 0) for name in group.rules), group.cap)


def tier_of(compiled: CompiledDefinition, fit: int, tallies: Sequence[RuleTally], before: str = "") -> str:
    """Return the first tier whose gates all hold, '' for none.

    For the tier ``before`` and those below it, what is enough to stay is enough: who falls out of one tier is in the
    next until that is left, too.
    """
    was_there = False
    for name, tier in compiled.definition.tiers.items():
        was_there = was_there or name == before
        ways = [tier.needs, *([tier.staying] if was_there and tier.staying is not None else [])]
        if any(all(gate.holds for gate in gates(needs, compiled, fit, tallies)) for needs in ways):
            return name
    return ""


def kept_tier(compiled: CompiledDefinition, tier: str, staying: int, before: str) -> str:
    """Return the tier of somebody who was in ``before``, where the gates alone give ``tier``; ``staying`` is the mask
    of tiers whose lower gates hold.
    """
    kept = (one.id for one in compiled.kept if before in one.by and staying & one.bit and tier in one.over)
    return next(kept, tier)


def gates(needs: Needs, compiled: CompiledDefinition, fit: int, tallies: Sequence[RuleTally]) -> tuple[Gate, ...]:
    """Return each gate of a tier with what there is."""
    intent = intent_points(compiled, tallies)
    hit = {one.rule.id: one.points for one in tallies}
    found = [
        _threshold(name, least, has)
        for name, least, has in (
            ("fit", needs.fit, fit),
            ("intent", needs.intent, intent),
            ("fit and intent together", needs.total, fit + intent),
        )
        if least is not None
    ]
    if needs.grades:
        found.append(_cell(needs.grades, compiled, fit, intent))
    if needs.any:
        found.append(_one_of(needs.any, hit))
    found += [Gate(name, "yes" if hit[name] else "no", bool(hit[name])) for name in needs.all]
    if needs.signals is not None:
        found.append(_enough_signals(needs.signals, tallies))
    return tuple(found)


def _threshold(name: str, least: int, has: int) -> Gate:
    return Gate(f"{name} {least / 1000:g}", f"{has / 1000:g}", has >= least)


def _cell(names: Sequence[str], compiled: CompiledDefinition, fit: int, intent: int) -> Gate:
    grades = compiled.definition.grades
    cells = grades.cells if grades is not None else {}
    has = next((name for name, cell in cells.items() if cell.holds(fit, intent)), "none")
    return Gate(f"{INTENT_CELL} {either(names)}", has, has in names)


def _one_of(names: Sequence[str], hit: Mapping[str, int]) -> Gate:
    held = [name for name in names if hit[name]]
    return Gate(f"one of {either(names)}", ", ".join(held) or "none", bool(held))


def _enough_signals(signals: Signals, tallies: Sequence[RuleTally]) -> Gate:
    asked = [(s, n) for s, n in (("high", signals.high), ("medium", signals.medium), ("low", signals.low)) if n]
    by_kind = signals.different == "kinds"
    has = {strength: (kinds_of if by_kind else signals_of)(strength, tallies) for strength, _ in asked}
    asks = " or ".join(f"{least} {strength}" for strength, least in asked) + (" of different kinds" if by_kind else "")
    said = ", ".join(f"{count} {strength}" for strength, count in has.items())
    return Gate(f"signals: {asks}", said, any(has[strength] >= least for strength, least in asked))


def signals_of(strength: str, tallies: Sequence[RuleTally]) -> int:
    """Return how many different rules of a strength speak for the lead (points against it are no signal)."""
    return sum(1 for one in tallies if one.rule.strength == strength and one.points > 0 and not one.rule.of_opens)


def kinds_of(strength: str, tallies: Sequence[RuleTally]) -> int:
    """Return how many kinds of activities speak for the lead under the rules of a strength."""
    single = (one for one in tallies if one.rule.is_single and not one.rule.of_opens)
    speaking = (one.kinds for one in single if one.rule.strength == strength and one.rule.points > 0)
    return len(frozenset[str]().union(*speaking))


def next_edge(compiled: CompiledDefinition, hits: Sequence[Hit], as_of: int) -> int | None:
    """Return the next moment at which an activity crosses an edge, or one that lies ahead comes to count."""
    if not compiled.edges:
        return None
    ahead = [hit.occurred_at for hit in hits if hit.occurred_at > as_of]
    crossings = [
        hit.occurred_at + edge
        for hit in hits
        if hit.occurred_at <= as_of
        for mask, edges in compiled.edges
        if hit.mask & mask
        for edge in edges
        if as_of - hit.occurred_at < edge
    ]
    return min([*ahead, *crossings], default=None)
