"""Checks what rules say beside each other: two that cancel or repeat one another, some that count for nobody because
whoever meets them is out, some that count for everybody, and weights of nothing.

All of it may be meant, so it is said and nothing is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from penstock.playbook.check_findings import Findings
from penstock.playbook.check_nodes import meets_all, same
from penstock.playbook.conditions import Among, Condition, Node
from penstock.playbook.definition import Definition
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.operations import Route
from penstock.playbook.rules import FitRule, IntentRule
from penstock.playbook.terms import entries_of
from penstock.playbook.values import points_text
from penstock.playbook.vocabulary import Vocabulary

# One of two names little; only a list that goes on is a way to say "any".
MANY = 3


def check_sense(playbook: Playbook, found: Findings) -> None:
    """Find rules that cancel or repeat each other, and those that count for nobody or for everybody."""
    vocabulary = playbook.deciding.vocabulary
    for name, definition in playbook.deciding.definitions.items():
        root: KeyPath = ("definitions", name)
        _pairs((*root, "fit", "rules"), definition.fit.rules, found)
        _pairs((*root, "intent", "rules"), definition.intent.rules, found)
        _out(root, definition, found)
        _weighed((*root, "intent", "rules"), definition, found)
        for path, rule in _rules(root, definition):
            _everybody(path, rule, vocabulary, found)
    for name, route in playbook.operations.routes.items():
        _nobody(("routes", name), route, playbook, found)


def _rules(root: KeyPath, definition: Definition) -> Iterator[tuple[KeyPath, Condition]]:
    for path, rules in (
        (("fit", "rules"), definition.fit.rules), (("intent", "rules"), definition.intent.rules),
        (("disqualify",), definition.disqualify), (("triage",), definition.triage),
        (("exceptions",), definition.exceptions),
    ):  # fmt: skip
        yield from (((*root, *path, name), rule) for name, rule in rules.items())


def _pairs(root: KeyPath, rules: Mapping[str, FitRule | IntentRule], found: Findings) -> None:
    for (first, one), (name, other) in combinations(rules.items(), 2):
        if not same(one.nodes, other.nodes):
            continue
        if one.points + other.points == 0:
            what = f"{name} takes what {first} gives ({points_text(abs(one.points))} points for the same)"
            found.warn((*root, name), what, "leave both out, or let them ask for different things")
        elif getattr(one, "fades", None) == getattr(other, "fades", None):
            found.warn((*root, name), f"{name} asks the same as {first}", "make one rule of the two")


def _out(root: KeyPath, definition: Definition, found: Findings) -> None:
    """Find fit and triage rules that only those meet who are out anyway."""
    for out, disqualifier in definition.disqualify.items():
        for path, rules in ((("fit", "rules"), definition.fit.rules), (("triage",), definition.triage)):
            for name, rule in rules.items():
                if meets_all(rule.nodes, disqualifier.nodes):
                    what = f"{name} matters to nobody: whoever meets it is disqualified by {out}"
                    found.warn((*root, *path, name), what, f"leave it out, or narrow {out}")


def _weighed(root: KeyPath, definition: Definition, found: Findings) -> None:
    weights = definition.intent.channels
    for name, rule in definition.intent.rules.items():
        for node in rule.nodes:
            is_named = isinstance(node, Among) and node.field == "channel" and not node.negated
            if is_named and isinstance(node, Among) and all(weights.get(channel) == 0 for channel in node.terms):
                what = f"{name} can never count: the channel weighs 0"
                found.warn((*root, name, "channel"), what, "give the channel a weight, or leave the rule out")


def _everybody(path: KeyPath, rule: Condition, vocabulary: Vocabulary, found: Findings) -> None:
    for word, node in zip(rule.model_extra or {}, rule.nodes, strict=True):
        terms = _all_terms(node, vocabulary)
        if isinstance(node, Among) and not node.negated and len(terms) >= MANY and terms <= set(node.terms):
            what = f"{word} names every one that the vocabulary has, so it asks for nothing but a known one"
            found.warn((*path, word), what, f"write {word}: {{is: known}}, or leave some out")


def _all_terms(node: Node, vocabulary: Vocabulary) -> set[str]:
    return set(entries_of(vocabulary, node.field))


def _nobody(path: KeyPath, route: Route, playbook: Playbook, found: Findings) -> None:
    """Find routes to which only those could come who are out under each definition that they are for."""
    blocking = []
    for name, definition in playbook.deciding.definitions.items():
        if not _serves(route, name, definition):
            continue
        out = next((o for o, rule in definition.disqualify.items() if meets_all(route.nodes, rule.nodes)), None)
        if out is None:
            return
        blocking.append(out)
    if blocking:
        what = f"nobody comes here: whoever the route asks for is disqualified by {blocking[0]}"
        found.warn(path, what, f"leave the route out, or narrow {blocking[0]}")


def _serves(route: Route, name: str, definition: Definition) -> bool:
    """Return whether leads of the definition may come to the route at all."""
    asked = {node.field: node for node in route.nodes if isinstance(node, Among)}
    of_line = asked.get("line")
    line_fits = (
        of_line is None
        or definition.applies.line is None
        or (definition.applies.line in of_line.terms) is not of_line.negated
    )
    of_name = asked.get("definition")
    return line_fits and (of_name is None or name in of_name.terms)
