"""One definition: fit, intent, tiers, gates, disqualifiers, triage, cooldown. What decides."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from penstock.playbook.conditions import ACTIVITY_FIELDS, Condition
from penstock.playbook.values import Points, Share, Span, SpanText, read_span

Branch = Literal["sales", "nurture", "triage", "out", "none"]
Strength = Literal["high", "medium", "low"]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=60)]
STAGE_OF_BRANCH = {"sales": "mql", "nurture": "nurture", "triage": "triage", "out": "disqualified", "none": "engaged"}


class Part(BaseModel):
    """Base of every part of the playbook: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class FitRule(Condition):
    """Points for who they are: a condition over the profile."""

    points: Points
    title: str = ""


class IntentRule(Condition):
    """Points for what they did: a condition over one activity (did, asset, line, channel, source, campaign, says)."""

    points: Points
    strength: Strength = "low"
    fades: dict[str, Share] | None = None
    """Span → share of the points up to that age; nothing counts after the last one. Default: the definition's."""
    at_most: Points | None = None
    """Cap of this rule's points over all activities (for negative points: the floor)."""
    title: str = ""

    @classmethod
    def renamed(cls) -> dict[str, str]:
        """Return the words of activities."""
        return ACTIVITY_FIELDS

    @model_validator(mode="after")
    def _counts(self) -> Self:
        if self.points == 0:
            msg = "points: 0 never counts; leave the rule out, or give it points"
            raise ValueError(msg)
        return self


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
    rules: dict[Id, FitRule] = Field(default={}, max_length=62)


class Intent(Part):
    """Intent rules, their decay, the weight of each channel, and the cap of their sum."""

    at_most: Points = 100_000
    fades: dict[str, Share] = {"30d": 1000, "60d": 600, "90d": 300}
    channels: dict[Id, float] = {}
    rules: dict[Id, IntentRule] = Field(default={}, max_length=62)

    @model_validator(mode="after")
    def _bands_rise(self) -> Self:
        for rule in self.rules.values():
            bands(self.fades if rule.fades is None else rule.fades)
        return self


class Signals(Part):
    """How many different rules of a strength must have hit; any one of the counts is enough."""

    high: int | None = Field(default=None, ge=1)
    medium: int | None = Field(default=None, ge=1)
    low: int | None = Field(default=None, ge=1)


class Needs(Part):
    """The gates of a tier; all that are written must hold."""

    fit: Points | None = None
    intent: Points | None = None
    total: Points | None = None
    any: list[Id] = []
    all: list[Id] = []
    signals: Signals | None = None


class Tier(Part):
    """One tier and its consequence; the first tier whose needs are met is taken."""

    needs: Needs = Needs()
    branch: Branch
    title: str = ""


class Disqualifier(Condition):
    """A hard reason to say no, over the profile; kept apart from points."""

    title: str = ""


class TriageRule(Condition):
    """A reason for a person in marketing to look first, over the profile."""

    title: str = ""


class Applies(Part):
    """What a definition is for. With a line, activities of other lines do not count; those that name none do."""

    line: Id | None = None
    motion: list[Id] = []


class Definition(Part):
    """One named way to qualify, for a product line and motion, a subject being a lead or an account."""

    definition: Id
    title: str = ""
    subject: Literal["lead", "account"] = "lead"
    applies: Applies = Field(default=Applies(), alias="for")
    fit: Fit = Fit()
    intent: Intent = Intent()
    tiers: dict[Id, Tier]
    disqualify: dict[Id, Disqualifier] = Field(default={}, max_length=30)
    triage: dict[Id, TriageRule] = Field(default={}, max_length=30)
    cooldown: SpanText = Span(90, "days")
    """How long after sales closed a handoff no new conversation begins."""

    def rises(self, before: str, after: str) -> bool:
        """Whether a tier stands above another; none stands below all of them, one of another version nowhere."""
        order = [*self.tiers, ""]
        return before in order and after in order and order.index(after) < order.index(before)
