"""Checks that no single form or download makes somebody ready for sales: what one of them gives, against each tier."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.playbook.check_findings import Findings
from penstock.playbook.compiled import CompiledDefinition, CompiledIntent, compile_definition
from penstock.playbook.conditions import Among, Node
from penstock.playbook.load_places import listed
from penstock.playbook.model import Playbook
from penstock.playbook.most import most_points
from penstock.playbook.tally import capped, gates
from penstock.playbook.tally_hits import RuleTally
from penstock.playbook.values import points_text

# What nobody should be called for by itself: it says that they read or asked to read, not that they need anything.
ALONE = {"form_submitted": "form", "content_downloaded": "download"}


def check_alone(playbook: Playbook, found: Findings) -> None:
    """Find tiers of sales that a single form or download reaches."""
    for name, definition in playbook.deciding.definitions.items():
        compiled, fit = compile_definition(definition), most_points(definition, playbook.deciding.vocabulary).fit
        for tier, rule in definition.tiers.items():
            if not {*rule.needs.any, *rule.needs.all} <= definition.intent.all_rules.keys():
                continue
            for kind, word in ALONE.items() if rule.branch == "sales" else ():
                by = _reaching(compiled, tier, kind, fit)
                if by:
                    remedy = "need more intent, or signals: {high: 1, medium: 2, different: kinds}"
                    found.warn(("definitions", name, "tiers", tier), f"one {word} alone reaches {tier}: {by}", remedy)


def _reaching(compiled: CompiledDefinition, tier: str, kind: str, fit: int) -> str:
    """Return the rules by which one fresh activity of the kind, whatever its asset, of somebody who fits best meets
    all gates, '' where none does.
    """
    needs = compiled.definition.tiers[tier].needs
    nodes = [node for rule in compiled.intent for node in rule.nodes if isinstance(node, Among)]
    assets = {term for node in nodes if node.field == "asset" for term in node.terms}
    did = ([_given(rule, {"kind": kind, "asset": asset}) for rule in compiled.intent] for asset in ("", *assets))
    for given in did:
        counting = [f"{one.rule.id} {points_text(one.points)}" for one in given if one.points]
        if counting and all(gate.holds for gate in gates(needs, compiled, fit, given)):
            return listed(counting) + _heaviest(compiled)
    return ""


def _heaviest(compiled: CompiledDefinition) -> str:
    """Return the channel that was reckoned with, where one makes an activity count for more."""
    channel, weight = max(compiled.channels, key=lambda one: one[1], default=("", 1))
    return f" by {channel}" if weight > 1 else ""


def _given(rule: CompiledIntent, words: Mapping[str, str]) -> RuleTally:
    """Return the most one activity gives under a rule that names its kind; what it says may be a need, so that is left
    out.
    """
    named = any(node.field == "kind" for node in rule.nodes) and all(_may_hold(node, words) for node in rule.nodes)
    points = max(rule.bands[0].points) if named and rule.is_single and rule.points > 0 and rule.bands else 0
    return RuleTally(rule, points, points, capped(rule, points), (), frozenset({words["kind"]} if points else ()))


def _may_hold(node: Node, words: Mapping[str, str]) -> bool:
    if node.field == "text":
        return False
    return not (isinstance(node, Among) and node.field in words and (words[node.field] in node.terms) is node.negated)
