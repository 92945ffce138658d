"""The other half of the playbook: routing, people, calendars, SLA, sequences, content, reasons, mail. Changes rescore
nothing.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from penstock.playbook.conditions import Condition
from penstock.playbook.part import Id, Part
from penstock.playbook.values import Span, SpanText


class Route(Condition):
    """Where a lead goes: conditions over tier, definition, line, region, country, industry, source, account; the first
    that fits.

    ``account: has-owner`` holds where the account has an owner; ``to: owner`` gives it to them.
    """

    to: Id
    title: str = ""


class Queue(Part):
    """Who takes from a queue, in which proportion, how many at once, under which SLA."""

    title: str = ""
    members: dict[Id, int] = {}
    at_most: int | None = Field(default=None, ge=1)
    """Handoffs a member may hold, in whatever queue, before being passed over here: offered, working or in review; one
    that was accepted no longer counts.
    """
    sla: Id
    if_nobody: Id | None = None
    """The queue to fall back to when nobody here is eligible."""


class Sla(Part):
    """The time to first contact, when to warn before it is over, and who hears of it when it is late."""

    contact: SpanText
    warn: SpanText | None = None
    late: dict[str, Literal["owner", "manager", "queue"]] = {}
    """Span after the due moment → whom; level 1 is the first, 2 the second …"""


class Calendar(Part):
    """Working hours in a zone, and the holidays of a country (``DE``) or part of it (``DE-BY``)."""

    zone: str
    hours: dict[str, str | list[str]]
    """``mon-fri: 08:00-12:00`` or a list of such spans; days that are not named are free."""
    holidays: str | None = None
    closed: list[date] = []
    """Days off beside the public ones."""


class Person(Part):
    """Somebody of ours: rep, manager, marketer."""

    name: str
    email: str
    calendar: Id
    manager: Id | None = None
    phone: str = ""
    """Also how a feed may spell them."""
    spelt: list[str] = []


class Step(Part):
    """One mail of a sequence: which body, how long after the step before, which content it offers."""

    mail: str
    """Name of the body below ``mails/``, without ``.md``."""
    after: SpanText = Span(0, "days")
    content: list[Id] = []


class Sequence(Part):
    """Mails on one interest, with the purpose that consent is asked for."""

    title: str = ""
    interest: list[Id] = []
    """Lines it is for; empty: the one for every interest that has none of its own."""
    purpose: Id = "marketing"
    steps: dict[Id, Step] = Field(min_length=1)


class Content(Part):
    """An asset in the catalogue; ``facts`` are the standards and figures that mails may quote for its product."""

    title: str
    kind: Id
    interest: list[Id] = []
    url: str
    facts: list[str] = []
    stage: Literal["early", "middle", "late"] | None = None
    valid_until: date | None = None


class Reason(Part):
    """Why sales says no, and where the lead goes then: nurture (after the definition's cooldown it may come back) or
    out.
    """

    title: str
    to: Literal["nurture", "out"]
    sequence: Id | None = None


class Sender(Part):
    """Whom mail comes from, and the postal address that the law wants in its footer."""

    name: str
    email: str
    company: str
    postal_address: str
    website: str = ""


# What a country's law asks for before mail to somebody who has said nothing. Not here: the customer whom one may write
# about similar goods (soft opt-in). It depends on the person, and a word for a whole country would permit mail to all.
BASES = ("consent", "legitimate-interest", "opt-out")


def _basis(value: Any) -> Any:  # noqa: ANN401 - what YAML gave
    # No "did you mean": what looks most like "opt-in" is "opt-out", its opposite.
    if value not in BASES:
        known = "consent (a stated yes, as where nothing is named), legitimate-interest or opt-out"
        msg = f'"{value}" is no basis: write {known}'
        raise ValueError(msg)
    return value


Basis = Annotated[Literal["consent", "legitimate-interest", "opt-out"], BeforeValidator(_basis)]


class Consent(Part):
    """Per purpose, what permits mail where a lead has said neither yes nor no: country → basis.

    Elsewhere, and where the basis is ``consent``, nothing does.
    """

    basis: dict[str, dict[str, Basis]] = {}

    def countries(self, purpose: str) -> list[str]:
        """Return the countries in which whoever said nothing may get mail of a purpose, sorted."""
        return sorted(country for country, basis in self.basis.get(purpose, {}).items() if basis != "consent")


class Goals(Part):
    """What both teams agreed on, in their own words; shown on the playbook's page."""

    agreed: list[str] = []
    review: date | None = None
    """When both teams look at the playbook again."""


class Stage(Part):
    """A stage of the team's own, or what it calls a built-in one."""

    title: str = ""
    after: Id | None = None
    """For a stage of your own: the one that it stands right above."""
    crm: str = ""
    """What the CRM calls it."""


class Guard(Part):
    """How many leads a change of what decides may hand over or enrol at once; above that it waits for a person."""

    handoffs: int | None = Field(default=None, ge=0)
    """Default: twice a usual week, and 25 at the least."""
    enrolments: int | None = Field(default=None, ge=0)
    """Default: twice a usual week, and 250 at the least."""


class Operations(Part):
    """Everything of the playbook that decides nothing about who is qualified."""

    routes: dict[Id, Route] = {}
    queues: dict[Id, Queue] = {}
    sla: dict[Id, Sla] = {}
    people: dict[Id, Person] = {}
    calendars: dict[Id, Calendar] = {}
    sequences: dict[Id, Sequence] = {}
    content: dict[Id, Content] = {}
    reasons: dict[Id, Reason] = {}
    sender: Sender
    consent: Consent = Consent()
    goals: Goals = Goals()
    guard: Guard = Guard()
    stages: dict[Id, Stage] = {}
    """Stages of the team's own with their order, and titles and CRM values of the built-in ones."""
    talk_tracks: dict[Id, str] = {}
    """Line → suggested next step of the handoff note."""
    mails: dict[str, str] = {}
    """Bodies below ``mails/``: a ``Subject:`` line, a blank line, Markdown with Jinja."""


def canonical(part: Part) -> dict[str, Any]:
    """Return a part as plain JSON values, defaults left out: what versions are hashed and stored as."""
    return part.model_dump(mode="json", by_alias=True, exclude_defaults=True)
