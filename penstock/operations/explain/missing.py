"""What each tier asks and what is missing of it, with the single new signals, and the single things to know, that would
make up for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from penstock.operations.explain.found import Found
from penstock.operations.explain.shape import GateLine, TierLine
from penstock.playbook.compiled import CompiledFit
from penstock.playbook.conditions import Among, OnList
from penstock.playbook.definition import Needs
from penstock.playbook.reference import holds
from penstock.playbook.show_sentences import either, people_sentence, related_asks
from penstock.playbook.tally import INTENT_CELL, Gate, capped, fit_points, gates
from penstock.playbook.tally_hits import RuleTally


def tier_line(found: Found, name: str) -> TierLine:
    """Return the gates of a tier, and what is missing."""
    tier = found.compiled.definition.tiers[name]
    report = gates(tier.needs, found.compiled, found.fit, found.rules)
    stays = name == found.tier and not all(gate.holds for gate in report)
    if stays and tier.staying is not None:
        report = gates(tier.staying, found.compiled, found.fit, found.rules)
    lines = tuple(GateLine(gate.asks, gate.has, gate.holds) for gate in report)
    holds = all(gate.holds for gate in report)
    return TierLine(name, tier.branch, holds, lines, _would_do(found, tier.needs, report), stays=stays)


def _would_do(found: Found, needs: Needs, report: Sequence[Gate]) -> str:
    """Say what is missing, and which single new signal, or value that is not known, would make up for all of it."""
    failing = [gate for gate in report if not gate.holds]
    several = dict(_of_several(found))
    said = "; ".join(_missing(gate, several) for gate in failing)
    if all(_is_of_rules(gate) for gate in failing):  # the gates name the rules that would do
        return said
    enough = [rule.id for rule in found.compiled.fit if _fits_if_known(found, needs, rule)]
    enough += [one.rule.id for one in found.rules if _makes_up(found, needs, one)]
    return f"{said} ({either(enough[:3])} would do)" if enough else said


def _of_several(found: Found) -> Iterator[tuple[str, str]]:
    """Yield each rule that no single activity meets, with what it asks: its name alone is no hint what to wait for."""
    intent = found.compiled.definition.intent
    yield from ((name, related_asks(rule)) for name, rule in intent.related.items())
    yield from ((name, people_sentence(rule, found.vocabulary)) for name, rule in intent.people.items())


def _missing(gate: Gate, several: Mapping[str, str]) -> str:
    """Say what there is, or that there is nothing of what a gate names."""
    if not _is_of_rules(gate):
        return f"{gate.asks}: has {gate.has}"
    asks = several.get(gate.asks.removeprefix("one of "))
    return f"{gate.asks} is missing ({asks})" if asks else f"{gate.asks} is missing"


def _is_of_rules(gate: Gate) -> bool:
    return gate.has in ("no", "none") and not gate.asks.startswith(INTENT_CELL)


def _fits_if_known(found: Found, needs: Needs, rule: CompiledFit) -> bool:
    """Return whether all gates would hold with a fit rule more, which only lacks values that nobody knows."""
    # What is known to be otherwise will not change by asking, so it is no way up.
    lacking = [node for node in rule.nodes if not holds(node, found.profile.values.get(node.field))]
    open_ = all(not isinstance(node, OnList) and not found.profile.values.get(node.field) for node in lacking)
    if not lacking or not open_ or rule.points <= 0:
        return False
    fit = fit_points(found.compiled, found.fit_mask | rule.bit)
    return all(gate.holds for gate in gates(needs, found.compiled, fit, found.rules))


def _makes_up(found: Found, needs: Needs, one: RuleTally) -> bool:
    """Return whether all gates would hold with one fresh activity more under a rule, by a channel without a weight."""
    rule = one.rule
    if not rule.is_single or rule.of_opens or rule.points <= 0 or not rule.bands:
        return False
    points = capped(rule, one.faded + rule.bands[0].points[0])
    asked = [node.terms for node in rule.nodes if isinstance(node, Among) and node.field == "kind" and not node.negated]
    # A rule that asks no kind takes any; '' is one that nobody has done yet.
    for kind in asked[0] if asked else ("",):
        more = replace(one, points=points, kinds=one.kinds | {kind})
        then = tuple(more if each is one else each for each in found.rules)
        if all(gate.holds for gate in gates(needs, found.compiled, found.fit, then)):
            return True
    return False
