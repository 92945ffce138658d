"""Which kinds of rules an example met: not what its playbook says, but what gave points, raised a flag or made a tier.

The differential tests count kinds and pairs of kinds met in one example, print them, and fail where one never was: a
rule that nobody meets tests nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from penstock.playbook.compiled import SOURCE_UNKNOWN, CompiledDefinition, CompiledIntent
from penstock.playbook.conditions import Among, Between, Node, OnList
from penstock.playbook.definition import Needs
from penstock.playbook.reference_verdict import ReferenceVerdict
from penstock.playbook.rules import IntentRule, People, Related
from tests.property.examples import Example

CONDITIONS = (
    "is one of",
    "is none of",
    "lies between",
    "is known",
    "is unknown",
    "is missing",
    "is on a list",
    "is on no list",
)
WORDS = ("did", "channel", "asset", "content_stage", "line", "source", "campaign", "says")
RULES = (
    "points for who they are", "points against who they are", "group of fit", "cap of fit",
    "points for what they did", "points against what they did", "decay of its own", "decay of its group",
    "cap of a rule", "group of intent", "cap of intent", "weight of a channel", "opened mail",
    "related by line", "related by asset", "close together", "over a long time",
    "people", "people in roles", "what people did is the account's",
)  # fmt: skip
GATES = ("fit", "intent", "total", "grades", "any", "all", "signals by rule", "signals by kind")
FLAGS = ("disqualified", "triage", "exception", "exception of what they did", "source unknown")
REST = ("lead", "account", "line of the definition", "stays in a tier", "no tier")
KINDS = (*CONDITIONS, *(f"word: {word}" for word in WORDS), *RULES, *(f"gate: {gate}" for gate in GATES), *FLAGS, *REST)

APART = {
    frozenset(pair)
    for pair in (
        ("lead", "account"),
        ("lead", "what people did is the account's"),
        # Accounts have no source.
        ("account", "source unknown"),
        ("what people did is the account's", "source unknown"),
    )
}
"""Pairs that no example can meet together."""


def met(example: Example, found: Iterable[ReferenceVerdict]) -> set[str]:
    """Return the kinds that an example met, by what the reference finds."""
    kinds: set[str] = {example.definition.subject}
    if example.definition.applies.line is not None:
        kinds.add("line of the definition")
    for one in found:
        kinds.update(_of_fit(example, one))
        kinds.update(_of_intent(example.compiled, one))
        kinds.update(_of_flags(example.compiled, one))
        kinds.update(_of_tier(example, one))
    return kinds


def _of_nodes(nodes: Iterable[Node]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Among):
            yield "is none of" if node.negated else "is one of"
        elif isinstance(node, OnList):
            yield "is on no list" if node.negated else "is on a list"
        else:
            yield "lies between" if isinstance(node, Between) else f"is {node.state}"


def _of_fit(example: Example, one: ReferenceVerdict) -> Iterator[str]:
    fit, compiled = example.definition.fit, example.compiled
    for rule in compiled.fit:
        if one.fit_mask & rule.bit:
            yield "points for who they are" if rule.points > 0 else "points against who they are"
            yield from _of_nodes(rule.nodes)
            if fit.rules[rule.id].group:
                yield "group of fit"
    if abs(one.fit) == fit.at_most:
        yield "cap of fit"


def _of_intent(compiled: CompiledDefinition, one: ReferenceVerdict) -> Iterator[str]:
    intent = compiled.definition.intent
    if abs(one.intent) == intent.at_most:
        yield "cap of intent"
    for given in one.rules:
        if given.points:
            said = intent.all_rules[given.rule.id]
            if said.group and any(given.rule.id in group.rules for group in compiled.intent_groups):
                yield "group of intent"
            if isinstance(said, IntentRule):
                yield from _of_single(compiled, given.rule, said)
                if given.points != given.faded:
                    yield "cap of a rule"
            elif isinstance(said, Related):
                yield from _of_related(said)
            else:
                yield from _of_people(said)
    if compiled.counts_people and one.activities:
        yield "what people did is the account's"


def _of_single(compiled: CompiledDefinition, rule: CompiledIntent, said: IntentRule) -> Iterator[str]:
    yield "points for what they did" if rule.points > 0 else "points against what they did"
    yield from _of_nodes(said.nodes)
    yield from (f"word: {word}" for word in said.model_extra or {})
    group = compiled.definition.intent.groups.get(said.group or "")
    if said.fades is not None:
        yield "decay of its own"
    elif group is not None and group.fades is not None:
        yield "decay of its group"
    if any(len(set(band.points)) > 1 for band in rule.bands):
        yield "weight of a channel"
    if rule.of_opens:
        yield "opened mail"


def _of_related(said: Related) -> Iterator[str]:
    yield f"related by {said.same}"
    if said.within is not None:
        yield "close together"
    if said.over is not None:
        yield "over a long time"


def _of_people(said: People) -> Iterator[str]:
    yield "people in roles" if said.roles else "people"
    yield from _of_nodes(said.nodes)


def _of_flags(compiled: CompiledDefinition, one: ReferenceVerdict) -> Iterator[str]:
    if one.flags & SOURCE_UNKNOWN:
        yield "source unknown"
    names = {"out": "disqualified", "triage": "triage", "exception": "exception"}
    for flag in compiled.flags:
        if one.flags & flag.bit:
            yield "exception of what they did" if flag.any else names[flag.kind]
            yield from _of_nodes(flag.nodes)


def _of_tier(example: Example, one: ReferenceVerdict) -> Iterator[str]:
    tiers = example.definition.tiers
    yield from _of_needs(tiers[one.tier].needs) if one.tier else ["no tier"]
    if any(kept != one.tier for kept in one.kept.values()):
        yield "stays in a tier"


def _of_needs(needs: Needs) -> Iterator[str]:
    asked = {name: getattr(needs, name) for name in ("fit", "intent", "total", "grades", "any", "all")}
    yield from (f"gate: {name}" for name, value in asked.items() if value not in (None, []))
    if needs.signals is not None:
        yield "gate: signals by kind" if needs.signals.different == "kinds" else "gate: signals by rule"


class Counted:
    """How often each kind and each pair of kinds was met, over all examples of a test."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.examples = self.verdicts = 0
        self.kinds: Counter[str] = Counter()
        self.pairs: Counter[frozenset[str]] = Counter()

    def add(self, example: Example, found: Mapping[tuple[int, int], ReferenceVerdict]) -> None:
        """Count one example."""
        kinds = met(example, found.values())
        self.examples += 1
        self.verdicts += len(found)
        self.kinds.update(kinds)
        self.pairs.update(frozenset(pair) for pair in combinations(kinds, 2))

    def told(self) -> dict[str, Any]:
        """Return the counts as plain values, which a worker can send."""
        return {
            "examples": self.examples, "verdicts": self.verdicts, "kinds": dict(self.kinds), "pairs": dict(self.pairs)
        }  # fmt: skip

    def take(self, told: Mapping[str, Any]) -> None:
        """Add what another one has told."""
        self.examples += told["examples"]
        self.verdicts += told["verdicts"]
        self.kinds.update(told["kinds"])
        self.pairs.update(told["pairs"])

    def never(self) -> list[str]:
        """Return the kinds, and the pairs that can be met together, that no example met."""
        pairs = (frozenset(pair) for pair in combinations(KINDS, 2))
        lacking = [" + ".join(sorted(pair)) for pair in pairs if pair not in APART and not self.pairs[pair]]
        return [kind for kind in KINDS if not self.kinds[kind]] + lacking

    def lines(self) -> Iterator[str]:
        """Yield how often each kind was met, with the pair that it was met in least."""
        yield f"{self.examples} examples, {self.verdicts} verdicts; kind: examples that met it; its rarest companion"
        for kind in KINDS:
            others = [other for other in KINDS if other != kind and frozenset((kind, other)) not in APART]
            rarest = min(others, key=lambda other: self.pairs[frozenset((kind, other))])
            yield f"  {kind}: {self.kinds[kind]}; with {rarest}: {self.pairs[frozenset((kind, rarest))]}"
        yield f"  pairs met: {len(self.pairs)}, never met though they could be: {len(self.never())}"
