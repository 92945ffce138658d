"""One definition: fit, intent, tiers, gates, disqualifiers, triage, cooldown. What decides."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from penstock.playbook.conditions import Condition
from penstock.playbook.part import Id, Part
from penstock.playbook.rules import Fit, Intent
from penstock.playbook.values import Points, Span, SpanText

Branch = Literal["sales", "nurture", "triage", "out", "none"]
STAGE_OF_BRANCH = {"sales": "mql", "nurture": "nurture", "triage": "triage", "out": "disqualified", "none": "engaged"}


class Signals(Part):
    """How many different signals of a strength must speak for the lead; any one of the counts is enough."""

    high: int | None = Field(default=None, ge=1)
    medium: int | None = Field(default=None, ge=1)
    low: int | None = Field(default=None, ge=1)
    different: Literal["rules", "kinds"] = "rules"
    """What makes two signals different: two rules (which may both hit one activity), or two kinds of activity."""


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
