"""The most points that a definition can give; for the checks, and for explanations that say "of how many"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.playbook.compiled import CompiledDefinition, CompiledIntent, compile_definition
from penstock.playbook.definition import Definition
from penstock.playbook.exclusive import cliques
from penstock.playbook.tally import grouped
from penstock.playbook.vocabulary import Vocabulary

# More points than any cap lets through.
ENDLESS = 10**12


@dataclass(frozen=True, slots=True)
class Most:
    """The most points a definition can give, in thousandths; never less than anybody can have."""

    fit: int
    intent: int

    @property
    def total(self) -> int:
        """Return both together."""
        return self.fit + self.intent


def most_points(definition: Definition, vocabulary: Vocabulary) -> Most:
    """Return the most points a definition can give: its rules under their caps, and groups of them under theirs.

    Of fit rules that exclude each other only the best counts.
    """
    compiled = compile_definition(definition)
    intent = {rule.id: most_of(rule) for rule in compiled.intent}
    return Most(
        min(_most_fit(compiled, vocabulary), definition.fit.at_most),
        min(grouped(compiled.intent_groups, intent), definition.intent.at_most),
    )


def most_of(rule: CompiledIntent) -> int:
    """Return the most points of an intent rule; without a cap it counts once per activity, as often as there are
    any.
    """
    if rule.points < 0:
        return 0
    return ENDLESS if rule.cap is None else rule.cap


def _most_fit(compiled: CompiledDefinition, vocabulary: Vocabulary) -> int:
    """Return the lower of two bounds. Which of two rules is better depends on the caps of their groups, so one keeps
    to rules that exclude each other within a group and minds the caps, the other minds exclusion and each rule alone.
    """
    points = {rule.id: max(rule.points, 0) for rule in compiled.fit}
    nodes = {rule.id: rule.nodes for rule in compiled.fit}
    group_of = {name: group.id for group in compiled.fit_groups for name in group.rules}
    apart = [
        clique
        for group in dict.fromkeys(group_of.get(name, "") for name in points)
        for clique in cliques({name: nodes[name] for name in points if group_of.get(name, "") == group}, vocabulary)
    ]
    caps = {name: group.cap for group in compiled.fit_groups for name in group.rules}
    at_best = {name: min(given, caps.get(name, given)) for name, given in points.items()}
    under_caps = grouped(compiled.fit_groups, _best_of(apart, points))
    return min(under_caps, sum(_best_of(cliques(nodes, vocabulary), at_best).values()))


def _best_of(groups: list[list[str]], points: Mapping[str, int]) -> dict[str, int]:
    best = (max(group, key=lambda name: points[name]) for group in groups)
    return {name: points[name] for name in best}
