"""Rules that give points: for who they are (fit) and for what they did (intent), alone and in groups under one cap."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from penstock.playbook.conditions import ACTIVITY_FIELDS, Among, Condition
from penstock.playbook.part import Id, Part
from penstock.playbook.values import Points, Share, Span, SpanText, read_span

Strength = Literal["high", "medium", "low"]


class FitRule(Condition):
    """Points for who they are: a condition over the profile."""

    points: Points
    """Points it gives while it holds; negative ones speak against."""
    group: Id | None = None
    """Group whose cap it shares."""
    title: str = ""


class IntentRule(Condition):
    """Points for what they did: a condition over one activity (did, asset, content_stage, line, channel, source,
    campaign, says).
    """

    points: Points
    """Points for each activity, before decay and channel weight; negative ones speak against."""
    strength: Strength = "low"
    """How much it says, for gates that count signals: high, medium or low. Default: low."""
    fades: dict[str, Share] | None = None
    """Span → share of the points up to that age; nothing counts after the last one. Default: its group's, else the
    definition's."""
    at_most: Points | None = None
    """Cap of this rule's points over all activities (for negative points: the floor)."""
    group: Id | None = None
    """Group whose cap it shares, and whose decay it has unless it says so itself."""
    title: str = ""

    @classmethod
    def renamed(cls) -> dict[str, str]:
        """Return the words of activities."""
        return ACTIVITY_FIELDS

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of activity it names, () where it takes any or all but some."""
        asked = [node for node in self.nodes if isinstance(node, Among) and node.field == "kind" and not node.negated]
        return asked[0].terms if asked else ()

    @model_validator(mode="after")
    def _counts(self) -> Self:
        if self.points == 0:
            msg = "points: 0 never counts; leave the rule out, or give it points"
            raise ValueError(msg)
        return self


class Related(Part):
    """Points for signals that belong together: several on one interest, close to each other or over a long time."""

    points: Points
    """Points it gives once, by the activity that completes it."""
    of: list[Id] = Field(min_length=1)
    """Intent rules whose activities count."""
    same: Literal["line", "asset"] = "line"
    """What they must have in common: the product line, or the kind of asset. An activity without one is related to
    nothing."""
    at_least: int = Field(default=2, ge=2, le=100)
    """How many activities it takes. Default: 2."""
    within: SpanText | None = None
    """So many of them no further apart than this."""
    over: SpanText | None = None
    """From the first to the last that counts, at least this long."""
    strength: Strength = "low"
    """How much it says, for gates that count signals: high, medium or low. Default: low."""
    fades: dict[str, Share] | None = None
    """Decay by the age of the activity that completes it; those that are older than its last age no longer count."""
    group: Id | None = None
    """Group whose cap it shares, and whose decay it has unless it says so itself."""
    title: str = ""


class People(Condition):
    """Points for what several people of one account did: a condition over their activities, how many, in which roles.

    For a lead, the people of its account (with the lead); for an account, its own.
    """

    points: Points
    """Points it gives while enough people did it lately."""
    at_least: int = Field(default=2, ge=1, le=1000)
    """How many people it takes. Default: 2."""
    roles: list[Id] = []
    """Functions that must all be among them."""
    within: SpanText = Span(90, "days")
    """How long ago they may have done it. Default: 90 days."""
    strength: Strength = "low"
    """How much it says, for gates that count signals: high, medium or low. Default: low."""
    group: Id | None = None
    """Group whose cap it shares."""
    title: str = ""

    @classmethod
    def renamed(cls) -> dict[str, str]:
        """Return the words of activities."""
        return ACTIVITY_FIELDS


class FitGroup(Part):
    """Several rules under one cap: the same thing known in several ways counts once."""

    at_most: Points
    """Cap of the sum of its rules, and its depth below zero."""
    title: str = ""


class IntentGroup(Part):
    """Several rules under one cap, and with one decay."""

    at_most: Points | None = None
    """Cap of the sum of its rules, and its depth below zero."""
    fades: dict[str, Share] | None = None
    """Decay of its rules; a rule's own goes before it."""
    title: str = ""


class Opens(Part):
    """Opened mails that count: where a person opened them, under one cap, and only beside something else."""

    at_most: Points
    """Cap of what all rules for opened mails give together."""
    human: list[Id] = Field(min_length=1)
    """Channels by which feeds say that a person opened it. Opens of any other channel are a machine's, and never
    count."""


def bands(fades: dict[str, Share]) -> tuple[tuple[Span, int], ...]:
    """Return (edge, share in thousandths) in rising order; raises ValueError when they do not rise."""
    read = tuple((read_span(edge), share) for edge, share in fades.items())
    lengths = [edge.length for edge, _ in read]
    if lengths != sorted(set(lengths)) or any(edge.business for edge, _ in read):
        msg = "fades: the ages must rise and be plain days or hours, for example {30d: 100 %, 90d: 30 %}"
        raise ValueError(msg)
    return read


class Fit(Part):
    """Fit rules and the cap of their sum."""

    at_most: Points = 100_000
    """Cap of the sum of all fit rules, and its depth below zero. Default: 100."""
    groups: dict[Id, FitGroup] = {}
    """Groups of fit rules under one cap."""
    rules: dict[Id, FitRule] = Field(default={}, max_length=62)
    """Rule id → points for who they are."""


class Intent(Part):
    """Intent rules, their decay, the weight of each channel, and the cap of their sum."""

    at_most: Points = 100_000
    """Cap of the sum of all intent rules, and its depth below zero. Default: 100."""
    fades: dict[str, Share] = {"30d": 1000, "60d": 600, "90d": 300}
    """Decay of every rule that has none of its own: age → share of the points up to it; nothing counts after the last
    one. Default: all of them for 30 days, 60 % until 60 days, 30 % until 90 days."""
    channels: dict[Id, float] = {}
    """Channel → its weight: 1.2 makes what came through it count for more, 0.5 for half. Others weigh 1."""
    whose: Literal["own", "people"] = "own"
    """Of an account: whether only what the account did counts, or what its people did as well."""
    opens: Opens | None = None
    """Switches opened mails on; without it none counts."""
    groups: dict[Id, IntentGroup] = {}
    """Groups of intent rules under one cap, with one decay."""
    rules: dict[Id, IntentRule] = Field(default={}, max_length=62)
    """Rule id → points for what they did."""
    related: dict[Id, Related] = Field(default={}, max_length=30)
    """Rules over what other rules found: several activities on one interest."""

    people: dict[Id, People] = Field(default={}, max_length=30)
    """Rules over what the people of an account did, each of them counted once."""

    @property
    def all_rules(self) -> dict[str, IntentRule | Related | People]:
        """Return the rules of every kind by id, in the order in which they are numbered."""
        return {**self.rules, **self.related, **self.people}

    def fades_of(self, rule: IntentRule | Related) -> dict[str, Share]:
        """Return the decay of a rule: its own, else its group's, else the definition's."""
        group = self.groups.get(rule.group or "")
        of_group = None if group is None else group.fades
        own = rule.fades if rule.fades is not None else of_group
        return self.fades if own is None else own

    @model_validator(mode="after")
    def _bands_rise(self) -> Self:
        for group in self.groups.values():
            bands(group.fades or {})
        for rule in self.rules.values():
            bands(self.fades_of(rule))
        for related in self.related.values():
            bands(self.fades_of(related))
        return self
