"""What an explanation holds: plain frozen values, complete as JSON (``dataclasses.asdict``). Points are decimals
here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Person:
    """The lead's profile at the moment explained."""

    lead_id: int
    name: str
    email: str | None
    title: str | None
    company: str | None
    country: str | None


@dataclass(frozen=True, slots=True)
class Company:
    """The account's profile at the moment explained, how many leads it had, and those that stood highest."""

    account_id: int
    name: str
    domain: str | None
    industry: str | None
    country: str | None
    leads: int
    people: tuple[LeadLine, ...] = ()


@dataclass(frozen=True, slots=True)
class LeadLine:
    """One lead of an account, by the definition that came first for it then; '' where none had decided."""

    lead_id: int
    name: str
    title: str | None
    stage: str
    tier: str
    definition: str
    owner: str | None
    """Who in sales had it then."""


@dataclass(frozen=True, slots=True)
class FitLine:
    """A fit rule that holds, and the values it holds for."""

    rule: str
    points: float
    because: str


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """An activity behind an intent rule, with the points it gives now."""

    activity_id: int
    at: datetime
    kind: str
    what: str
    points: float
    until: datetime
    """When it gives nothing any more under the rule."""


@dataclass(frozen=True, slots=True)
class IntentLine:
    """An intent rule that gives points: fresh (before decay), faded, and after its cap."""

    rule: str
    strength: str
    points: float
    fresh: float
    faded: float
    at_most: float | None
    activities: tuple[ActivityLine, ...]
    people: tuple[str, ...] = ()
    """Whom a rule over the people of the account counts."""
    less_from: datetime | None = None
    """When it begins to give less; None where it gives as much until it gives nothing."""


@dataclass(frozen=True, slots=True)
class GroupLine:
    """Rules (of fit or intent) under one cap: what they give together, and what they would without it."""

    part: str
    group: str
    points: float
    before: float
    at_most: float
    rules: tuple[str, ...]
    counts: bool
    """False where they count beside something else only, and there is nothing else."""


@dataclass(frozen=True, slots=True)
class GateLine:
    """One gate of a tier."""

    asks: str
    has: str
    holds: bool


@dataclass(frozen=True, slots=True)
class TierLine:
    """A tier: its gates, whether all hold, and in words what would get there."""

    tier: str
    branch: str
    holds: bool
    gates: tuple[GateLine, ...]
    would_do: str
    stays: bool = False
    """Whether it is held on less than it is entered by: then ``gates`` are those that are enough to stay."""


@dataclass(frozen=True, slots=True)
class Change:
    """What happens by itself, when nothing new comes."""

    at: datetime
    tier: str
    branch: str
    """Where that tier leads, as far as nothing else comes first."""


@dataclass(frozen=True, slots=True)
class UnderDefinition:
    """How the lead or account stands under one definition."""

    definition: str
    title: str
    version: str
    stage: str
    tier: str
    branch: str
    since: datetime | None
    reason: str
    not_others: tuple[str, ...]
    """Why no better tier was reached, a sentence each."""
    not_branches: tuple[str, ...]
    """Why no other branch was taken, a sentence each."""
    fit: float
    fit_at_most: float
    """The most that anybody can have."""
    intent: float
    intent_at_most: float
    """The most that anybody can have."""
    fit_rules: tuple[FitLine, ...]
    unknown: tuple[str, ...]
    """What is said of it, and asked for, but in no spelling that the vocabulary knows; a sentence each."""
    intent_rules: tuple[IntentLine, ...]
    groups: tuple[GroupLine, ...]
    tiers: tuple[TierLine, ...]
    next_change: Change | None
    evidence_gone: int


@dataclass(frozen=True, slots=True)
class OpenHandoff:
    """The handoff that was open, with the contact due and the definitions that had joined it."""

    handoff_id: int
    queue: str
    owner: str | None
    status: str
    due_at: datetime | None
    definitions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything ``explain`` says of a lead or of an account; the other one is None."""

    lead: Person | None
    account: Company | None
    as_of: datetime
    leading: str | None
    definitions: tuple[UnderDefinition, ...]
    handoff: OpenHandoff | None
    timeline: tuple[Event, ...]
