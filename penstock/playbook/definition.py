"""One definition: fit, intent, tiers, gates, disqualifiers, triage, cooldown. What decides."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from penstock.playbook.conditions import Condition
from penstock.playbook.grades import Grades
from penstock.playbook.part import Id, Part
from penstock.playbook.rules import Fit, Intent
from penstock.playbook.values import Points, Span, SpanText

Branch = Literal["sales", "assisted", "nurture", "ask", "triage", "out", "none"]
STAGE_OF_BRANCH = {
    "sales": "mql", "assisted": "mql", "nurture": "nurture", "ask": "engaged", "triage": "triage",
    "out": "disqualified", "none": "engaged",
}  # fmt: skip
# The ways in which leads reach us, in words that both teams use; a motion decides nothing by itself.
MOTIONS = ("inbound", "outbound", "partner", "abm")
# Who gets a sequence: of the interest, in the owner's name, or one that asks for what is missing.
ENROLLING = frozenset({"nurture", "assisted", "ask"})
# An exception is made of whoever would otherwise be for sales.
EXCEPTED = frozenset({"sales", "assisted"})
# A mask is one BIGINT: two bits are taken, and the sign's is left alone.
MOST_FLAGS = 60


class Signals(Part):
    """How many different signals of a strength must speak for the lead; any one of the counts is enough."""

    high: int | None = Field(default=None, ge=1)
    """How many signals of the rules with strength high are enough."""
    medium: int | None = Field(default=None, ge=1)
    """How many signals of the rules with strength medium are enough."""
    low: int | None = Field(default=None, ge=1)
    """How many signals of the rules with strength low are enough."""
    different: Literal["rules", "kinds"] = "rules"
    """What makes two signals different: two rules (which may both hit one activity), or two kinds of activity.
    Default: rules."""


class Needs(Part):
    """The gates of a tier; all that are written must hold."""

    fit: Points | None = None
    """The least points of fit."""
    intent: Points | None = None
    """The least points of intent."""
    total: Points | None = None
    """The least points of fit and intent together."""
    grades: list[str] = []
    """Cells of the definition's matrix, any one of which is enough: [A1, A2, B1]."""
    any: list[Id] = []
    """Intent rules, one of which must give points."""
    all: list[Id] = []
    """Intent rules, each of which must give points."""
    signals: Signals | None = None


class Stays(Part):
    """What is enough to stay in a tier that a lead is in: lower thresholds, more cells; other needs stay as they
    are.
    """

    fit: Points | None = None
    """The least points of fit to stay."""
    intent: Points | None = None
    """The least points of intent to stay."""
    total: Points | None = None
    """The least points of fit and intent together to stay."""
    grades: list[str] = []
    """Cells of the matrix, any one of which is enough to stay."""


class Tier(Part):
    """One tier and its consequence; the first tier whose needs are met is taken."""

    needs: Needs = Needs()
    stays: Stays | None = None
    """What is enough to stay in it, or to fall into it from a better one: a lead on the edge does not come and go."""
    branch: Branch
    """What happens to whoever is in it: sales (a handoff), assisted (mails in the owner's name), nurture (mails on the
    interest), ask (for what is missing), triage (a person in marketing looks first), out, or none."""
    sequence: Id | None = None
    """The sequence of whoever is enrolled for it; default: the one for the interest."""
    stage: Id | None = None
    """Stage of whoever is in it: partner, or one of the team's own; default: that of the branch."""
    title: str = ""

    @property
    def staying(self) -> Needs | None:
        """Return the gates that hold for whoever is in the tier already; None where they are no others."""
        if self.stays is None:
            return None
        return self.needs.model_copy(update={name: getattr(self.stays, name) for name in self.stays.model_fields_set})


class Disqualifier(Condition):
    """A hard reason to say no, over the profile; kept apart from points."""

    title: str = ""


class TriageRule(Condition):
    """A reason for a person in marketing to look first, over the profile."""

    title: str = ""


class ExceptionRule(Condition):
    """A named exception for whoever would otherwise be for sales: over the profile, what they did, or both."""

    branch: Branch
    """What happens to whoever meets it, in place of the tier's branch."""
    any: list[Id] = []
    """Intent rules, one of which gives points: asks for something that is not sold, for example."""
    sequence: Id | None = None
    """The sequence of whoever is enrolled for it; default: the one for the interest."""
    title: str = ""


class Applies(Part):
    """What a definition is for. With a line, activities of other lines do not count; those that name none do."""

    line: Id | None = None
    """Product line that it is for, a term of the vocabulary; without one every activity counts."""
    motion: list[Id] = []
    """Motions that it is for, in words that both teams use: inbound, outbound, partner, abm."""


class Definition(Part):
    """One named way to qualify, for a product line and motion, a subject being a lead or an account."""

    definition: Id
    """Its id: what decisions, routes and exports call it. Keep it when you rename the file."""
    title: str = ""
    subject: Literal["lead", "account"] = "lead"
    """Who is judged: each lead, or each account as a whole. Default: lead."""
    applies: Applies = Field(default=Applies(), alias="for")
    fit: Fit = Fit()
    intent: Intent = Intent()
    grades: Grades | None = None
    """Fit and intent as grades, for tiers that need a cell of their matrix instead of thresholds."""
    tiers: dict[Id, Tier]
    """The tiers, the best first; the first whose needs are met is taken."""
    disqualify: dict[Id, Disqualifier] = Field(default={}, max_length=30)
    """Hard reasons to say no, whatever the points; all that hold are named in the decision."""
    triage: dict[Id, TriageRule] = Field(default={}, max_length=30)
    """Reasons for a person in marketing to look first, beside a source that the vocabulary does not know."""
    exceptions: dict[Id, ExceptionRule] = Field(default={}, max_length=30)
    """What comes before the branch of a tier that is for sales; the first that holds."""
    cooldown: SpanText = Span(90, "days")
    """How long after sales closed a handoff no new conversation begins. Default: 90 days."""

    @model_validator(mode="after")
    def _fits_a_mask(self) -> Self:
        if len(self.disqualify) + len(self.triage) + len(self.exceptions) > MOST_FLAGS:
            msg = f"exceptions: more than {MOST_FLAGS} with disqualifiers and triage rules; join some into one"
            raise ValueError(msg)
        return self

    @property
    def tiers_for_sales(self) -> tuple[str, ...]:
        """Return the tiers that hand over to sales, by themselves or where an exception says so."""
        excepted = any(one.branch == "sales" for one in self.exceptions.values())
        return tuple(
            name
            for name, tier in self.tiers.items()
            if tier.branch == "sales" or (excepted and tier.branch in EXCEPTED)
        )

    def rises(self, before: str, after: str) -> bool:
        """Whether a tier stands above another; none stands below all of them, one of another version nowhere."""
        order = [*self.tiers, ""]
        return before in order and after in order and order.index(after) < order.index(before)
