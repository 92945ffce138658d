"""A definition made ready to score: rules numbered, points worked out per band and channel, as plain numbers.

SQL (compile.py), the reference evaluator (reference_score.py) and the reader of evidence (evidence.py) all start here,
so a bit, a band and a rounding mean the same to each. Points are thousandths, ages microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from penstock.playbook.conditions import TEXT_FIELDS, Among, Between, Known, Node, OnList
from penstock.playbook.definition import Definition, Needs
from penstock.playbook.rules import Fit, Intent, IntentRule, Strength, bands
from penstock.playbook.values import Share, Span

MICROS = 1_000_000
STRENGTHS: tuple[Strength, ...] = ("high", "medium", "low")
OPENED = "email_opened"
# Bits of a verdict's flags; disqualifiers and triage rules follow from FIRST_RULE_FLAG on, in this order.
ENGAGED = 1
SOURCE_UNKNOWN = 2
FIRST_RULE_FLAG = 2


@dataclass(frozen=True, slots=True)
class Band:
    """The points one activity counts while younger than ``edge`` (microseconds), per channel class."""

    edge: int
    points: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CompiledFit:
    """A numbered fit rule."""

    id: str
    bit: int
    points: int
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """How activities belong together: what they share (line or asset), how many, how close, over how long
    (microseconds).
    """

    same: str
    at_least: int
    within: int | None
    over: int | None


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many people of an account, in which roles, and how long ago (microseconds); ``bit`` is among these rules."""

    bit: int
    at_least: int
    roles: tuple[str, ...]
    within: int


@dataclass(frozen=True, slots=True)
class CompiledIntent:
    """A numbered intent rule; its bands are half open: age < edge, and at the edge the next value holds.

    A related rule has no condition of its own: its bits are those of the rules whose activities it counts, and it gives
    the points of one activity, once: of the one that completes it and gives most. A rule over people has neither bit
    nor bands: it gives its points while it holds.
    """

    id: str
    bit: int
    strength: str
    points: int
    cap: int | None
    """Cap of the sum over all activities; for negative points their floor, as a positive number."""
    bands: tuple[Band, ...]
    nodes: tuple[Node, ...]
    together: Together | None = None
    of_opens: bool = False
    """Whether it counts opened mails, which are no signal by themselves."""
    crowd: Crowd | None = None

    @property
    def is_single(self) -> bool:
        """Whether it asks one activity of the subject at a time."""
        return self.together is None and self.crowd is None


@dataclass(frozen=True, slots=True)
class CompiledGroup:
    """Rules of one side (fit or intent) under one cap, which is also the depth of their sum below zero.

    ``beside``: they count only where the other rules together give points.
    """

    id: str
    cap: int
    rules: tuple[str, ...]
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """A numbered disqualifier or triage rule."""

    id: str
    bit: int
    kind: str
    nodes: tuple[Node, ...]
    any: tuple[str, ...] = ()
    """Intent rules, one of which must give points too."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A tier with lower gates for whoever is in it or in a better one (``by``); ``over`` are the tiers below it."""

    id: str
    bit: int
    needs: Needs
    by: tuple[str, ...]
    over: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompiledDefinition:
    """Everything about one definition that scoring asks for, worked out once per version."""

    definition: Definition
    fit: tuple[CompiledFit, ...]
    intent: tuple[CompiledIntent, ...]
    flags: tuple[Flag, ...]
    fit_groups: tuple[CompiledGroup, ...]
    intent_groups: tuple[CompiledGroup, ...]
    channels: tuple[tuple[str, float], ...]
    """Channels with a weight of their own; class 0 is every other one, class n the n-th of these."""
    edges: tuple[tuple[int, tuple[int, ...]], ...]
    """(mask of rules, their edges, rising): the ages at which an activity that hits one of them counts for less."""
    kept: tuple[Kept, ...] = ()

    @property
    def id(self) -> str:
        """Return the definition's id."""
        return self.definition.definition

    @property
    def signals(self) -> tuple[CompiledIntent, ...]:
        """Return the intent rules that can speak for a lead by themselves."""
        return tuple(rule for rule in self.intent if not rule.of_opens)

    @property
    def single(self) -> tuple[CompiledIntent, ...]:
        """Return the intent rules that ask one activity at a time."""
        return tuple(rule for rule in self.intent if rule.is_single)

    @property
    def related(self) -> tuple[CompiledIntent, ...]:
        """Return the intent rules that ask what belongs together."""
        return tuple(rule for rule in self.intent if rule.together is not None)

    @property
    def people(self) -> tuple[CompiledIntent, ...]:
        """Return the intent rules that ask what the people of the account did."""
        return tuple(rule for rule in self.intent if rule.crowd is not None)

    @property
    def counts_people(self) -> bool:
        """Whether what the people of an account did counts as the account's own."""
        return self.definition.subject == "account" and self.definition.intent.whose == "people"

    @property
    def window(self) -> int:
        """Return the age in microseconds from which nothing counts."""
        return max((edges[-1] for _, edges in self.edges), default=0)

    def counts_until(self, rule: CompiledIntent) -> int:
        """Return the age in microseconds from which an activity that meets a rule counts for nothing any more: neither
        for the rule nor for a related one that asks it.
        """
        return max((edges[-1] for mask, edges in self.edges if mask & rule.bit), default=0)

    @property
    def kinds_counted(self) -> dict[str, tuple[CompiledIntent, ...]]:
        """Return strength → its rules that speak for a lead, where a tier counts signals by kind of activity."""
        asked = [tier.needs.signals for tier in self.definition.tiers.values()]
        by_kind = [one for one in asked if one is not None and one.different == "kinds"]
        strengths = [name for name in STRENGTHS if any(getattr(one, name) is not None for one in by_kind)]
        speaking = [rule for rule in self.signals if rule.points > 0 and rule.is_single]
        return {name: tuple(rule for rule in speaking if rule.strength == name) for name in strengths}

    @property
    def asks_source(self) -> bool:
        """Whether leads of unclear source go to triage (accounts have no source)."""
        return self.definition.subject == "lead"

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the profile fields whose words it reads."""
        return tuple(sorted({node.field for node in self._profile_nodes if isinstance(node, Among | Known)}))

    @property
    def numbers(self) -> frozenset[str]:
        """Return the profile fields whose numbers it reads; a source called 2024 is a word."""
        asked = {node.field for node in self._profile_nodes if isinstance(node, Between | Known)}
        return frozenset(asked.difference(TEXT_FIELDS))

    @property
    def lists(self) -> tuple[OnList, ...]:
        """Return what it asks of the target lists that the account is on, each once."""
        return tuple(dict.fromkeys(node.asked for node in self._profile_nodes if isinstance(node, OnList)))

    @property
    def _profile_nodes(self) -> list[Node]:
        asked = [rule.nodes for rule in self.fit] + [flag.nodes for flag in self.flags]
        sources = [SOURCE_IS_UNKNOWN] if self.asks_source else []
        return [node for nodes in asked for node in nodes] + sources


@lru_cache(maxsize=256)
def _compiled(key: str) -> CompiledDefinition:
    return _compile(Definition.model_validate_json(key))


def compile_definition(definition: Definition) -> CompiledDefinition:
    """Return the numbered form of a definition (worked out once per process and definition)."""
    return _compiled(definition.model_dump_json(by_alias=True, exclude_defaults=True))


def _compile(definition: Definition) -> CompiledDefinition:
    weights = tuple(sorted(definition.intent.channels.items()))
    single = _intent_rules(definition.intent, weights)
    rules = (*single, *_related_rules(definition.intent, weights, {rule.id: rule.bit for rule in single}))
    rules = (*rules, *_people_rules(definition.intent))
    return CompiledDefinition(
        definition=definition,
        fit=_fit_rules(definition.fit),
        intent=rules,
        flags=_flags(definition),
        fit_groups=_groups(definition.fit),
        intent_groups=(*_groups(definition.intent), *_opens(definition.intent)),
        channels=weights,
        edges=_edges(rules),
        kept=_kept(definition),
    )


def _kept(definition: Definition) -> tuple[Kept, ...]:
    # Best first, and no tier last, so a place says which are better.
    names = [*definition.tiers, ""]
    return tuple(
        Kept(name, 1 << number, staying, by=tuple(names[: number + 1]), over=tuple(names[number + 1 :]))
        for number, (name, tier) in enumerate(definition.tiers.items())
        if (staying := tier.staying) is not None
    )


def _fit_rules(fit: Fit) -> tuple[CompiledFit, ...]:
    return tuple(
        CompiledFit(id=name, bit=1 << number, points=rule.points, nodes=rule.nodes)
        for number, (name, rule) in enumerate(fit.rules.items())
    )


def _intent_rules(intent: Intent, weights: tuple[tuple[str, float], ...]) -> tuple[CompiledIntent, ...]:
    return tuple(
        CompiledIntent(
            id=name,
            bit=1 << number,
            strength=rule.strength,
            points=rule.points,
            cap=None if rule.at_most is None else abs(rule.at_most),
            bands=_bands(rule.points, intent.fades_of(rule), weights),
            nodes=_but_opens(rule, intent),
            of_opens=_is_of_opens(rule, intent),
        )
        for number, (name, rule) in enumerate(intent.rules.items())
    )


def _is_of_opens(rule: IntentRule, intent: Intent) -> bool:
    return intent.opens is not None and rule.kinds == (OPENED,)


def _but_opens(rule: IntentRule, intent: Intent) -> tuple[Node, ...]:
    """Return the nodes of a rule, with what keeps opened mails out: all of them, or those of machines."""
    if intent.opens is not None and _is_of_opens(rule, intent):
        return (*rule.nodes, Among("channel", tuple(intent.opens.human)))
    if rule.kinds and OPENED not in rule.kinds:
        return rule.nodes
    # A rule that names no kind means every kind but this one.
    return (*rule.nodes, Among("kind", (OPENED,), negated=True))


def _related_rules(
    intent: Intent, weights: tuple[tuple[str, float], ...], bits: Mapping[str, int]
) -> Iterator[CompiledIntent]:
    for name, rule in intent.related.items():
        found = _bands(rule.points, intent.fades_of(rule), weights)
        yield CompiledIntent(
            id=name,
            bit=sum({bits.get(of, 0) for of in rule.of}),
            strength=rule.strength,
            points=rule.points,
            # Once, however many activities complete it.
            cap=max((points for band in found for points in band.points), default=0),
            bands=found,
            nodes=(),
            together=Together(
                same=rule.same,
                at_least=rule.at_least,
                within=None if rule.within is None else _micros(rule.within),
                over=None if rule.over is None else _micros(rule.over),
            ),
        )


def _people_rules(intent: Intent) -> Iterator[CompiledIntent]:
    for number, (name, rule) in enumerate(intent.people.items()):
        yield CompiledIntent(
            id=name,
            bit=0,
            strength=rule.strength,
            points=rule.points,
            cap=abs(rule.points),
            bands=(),
            nodes=(*rule.nodes, Among("kind", (OPENED,), negated=True)),
            crowd=Crowd(1 << number, rule.at_least, tuple(rule.roles), _micros(rule.within)),
        )


def _groups(side: Fit | Intent) -> tuple[CompiledGroup, ...]:
    """Return the groups that have a cap and any rules."""
    rules = side.all_rules if isinstance(side, Intent) else side.rules
    members = {name: tuple(id_ for id_, rule in rules.items() if rule.group == name) for name in side.groups}
    capped = [(name, group.at_most, members[name]) for name, group in side.groups.items()]
    return tuple(CompiledGroup(name, cap, rules) for name, cap, rules in capped if cap is not None and rules)


def _opens(intent: Intent) -> tuple[CompiledGroup, ...]:
    names = tuple(name for name, rule in intent.rules.items() if _is_of_opens(rule, intent))
    return (CompiledGroup("opened mails", intent.opens.at_most, names, beside=True),) if intent.opens and names else ()


def _edges(rules: tuple[CompiledIntent, ...]) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Group the rules by their edges; most share the definition's, so a statement asks for a few groups only."""
    masks: dict[tuple[int, ...], int] = {}
    for rule in (one for one in rules if one.bands):
        edges = tuple(band.edge for band in rule.bands)
        masks[edges] = masks.get(edges, 0) | rule.bit
    return tuple((mask, edges) for edges, mask in masks.items())


def _bands(points: int, fades: dict[str, Share], weights: tuple[tuple[str, float], ...]) -> tuple[Band, ...]:
    factors = (1.0, *(weight for _, weight in weights))
    return tuple(
        Band(edge=_micros(edge), points=tuple(_weighed(points, share, factor) for factor in factors))
        for edge, share in bands(fades)
    )


def _micros(edge: Span) -> int:
    return int(edge.length.total_seconds()) * MICROS


def _weighed(points: int, share: int, factor: float) -> int:
    """Return points × share × channel weight, rounded half up (away from zero): the one place where intent is
    rounded.
    """
    exact = Decimal(points) * share / 1000 * Decimal(str(factor))
    return int(exact.to_integral_value(ROUND_HALF_UP))


def _flags(definition: Definition) -> tuple[Flag, ...]:
    # New kinds come last: the bits of stored flags stay what they are.
    named = [("out", name, rule.nodes, ()) for name, rule in definition.disqualify.items()]
    named += [("triage", name, rule.nodes, ()) for name, rule in definition.triage.items()]
    excepted = [("exception", name, rule.nodes, tuple(rule.any)) for name, rule in definition.exceptions.items()]
    return tuple(
        Flag(id=name, bit=1 << (FIRST_RULE_FLAG + number), kind=kind, nodes=nodes, any=rules)
        for number, (kind, name, nodes, rules) in enumerate([*named, *excepted])
    )


SOURCE_IS_UNKNOWN = Known("source", "unknown")
