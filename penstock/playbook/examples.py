"""The user's own examples: a small history, and the decision that they expect of it; for ``playbook test``.

They stand in ``playbook/examples.yaml``, are no part of either version, and hold no run up.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from penstock.playbook.part import Id, Part
from penstock.playbook.values import Points, Span, SpanText

# Written for "no tier at all".
NO_TIER = "none"
Fields = dict[str, str | int]


class Happened(Part):
    """One thing that somebody did, as a feed would spell it."""

    ago: SpanText = Span(0, "days")
    """How long before the decision is looked at: 10d, 36h."""
    did: str
    """Kind of activity."""
    channel: str = ""
    """Channel, as the feed spells it."""
    source: str = ""
    """Source, as the feed spells it."""
    campaign: str = ""
    """Campaign, as the feed spells it."""
    asset: str = ""
    """Name of the asset or page, in full."""
    line: str = ""
    """Product line, where the activity names one."""
    says: str = ""
    """What was written or said."""


class SaidBySales(Part):
    """What sales said of the handoff that was open then, or what came of it."""

    ago: SpanText = Span(0, "days")
    """How long before the decision is looked at: 10d, 36h."""
    says: Literal["working", "accepted", "review", "rejected", "meeting", "evaluation", "opportunity", "won", "lost"]
    """The answer, or what came of it."""
    reason: str = ""
    """Id of the rejection's reason."""


class Lifted(Part):
    """A disqualifier that somebody lifted for the lead or the company."""

    disqualifier: Id
    """Its id."""
    ago: SpanText = Span(0, "days")
    """How long before the decision is looked at it was lifted."""
    reason: str = "an example"
    """Why, as `penstock lead lift --reason` would say it."""


class Colleague(Part):
    """Somebody else of the same company."""

    lead: Fields = {}
    """Profile, as spelt in forms and lists."""
    did: list[Happened] = []
    """What they did, in any order."""


class Listing(Part):
    """A target list that the company is on, as a feed would spell it."""

    name: str = Field(alias="list")
    """Name of the list, as the feed spells it."""
    origin: str = ""
    """Who made the list."""
    since: SpanText | None = None
    """How long ago it came onto the list; left out: as long as anybody knows."""
    until: SpanText | None = None
    """How long ago it left the list; left out: it is still on it."""


class Expected(Part):
    """What is expected under one definition; what is left out may be anything."""

    tier: str | None = None
    """Id of the tier, or none."""
    branch: str | None = None
    """Branch that is taken."""
    stage: str | None = None
    """Stage that it gives."""
    fit: Points | None = None
    """Points of fit."""
    intent: Points | None = None
    """Points of intent."""
    reason: str | None = None
    """Words that the reason of the decision holds."""
    queue: str | None = None
    """Queue that the lead waits in, or none."""


class Example(Part):
    """A small history of one lead (or, with ``account`` alone, of a company), and what should follow from it."""

    title: str = ""
    """What it shows, for whoever reads that it failed."""
    lead: Fields | None = None
    """Profile of the person, as spelt in forms and lists; known from the beginning."""
    account: Fields | None = None
    """What is known of the company."""
    on_lists: list[Listing] = []
    """Target lists that the company is on, or was."""
    did: list[Happened] = []
    """What they did, in any order."""
    colleagues: dict[Id, Colleague] = {}
    """Others of the same company."""
    lifted: list[Lifted] = []
    """Disqualifiers lifted by hand."""
    sales: list[SaidBySales] = []
    """What sales said meanwhile."""
    expect: dict[str, Expected] = Field(min_length=1)
    """Definition → what is expected under it."""

    @property
    def is_of_account(self) -> bool:
        """Whether it is about a company rather than a person."""
        return self.lead is None and self.account is not None


class Examples(Part):
    """The file of examples."""

    examples: dict[Id, Example] = Field(min_length=1)
    """Example id → a small history, and what should follow from it."""


def texts(fields: Fields | None) -> dict[str, str]:
    """Return profile fields as a feed gives them: as texts."""
    return {name: str(value) for name, value in (fields or {}).items()}


def expectations(expected: Expected) -> dict[str, Any]:
    """Return what is expected, by name, in the order in which a decision is read."""
    return {name: value for name in Expected.model_fields if (value := getattr(expected, name)) is not None}
