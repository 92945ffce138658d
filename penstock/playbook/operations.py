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
    """Queue that takes it, or owner: whoever owns the account."""
    title: str = ""


class Queue(Part):
    """Who takes from a queue, in which proportion, how many at once, under which SLA."""

    title: str = ""
    members: dict[Id, int] = {}
    """Person → share of what comes in: {anna: 2, ben: 1} gives Anna two of three."""
    at_most: int | None = Field(default=None, ge=1)
    """Handoffs a member may hold, in whatever queue, before being passed over here: offered, working or in review; one
    that was accepted no longer counts.
    """
    sla: Id
    """The promise that its handoffs are under."""
    if_nobody: Id | None = None
    """The queue to fall back to when nobody here is eligible."""


class Sla(Part):
    """The time to first contact, when to warn before it is over, and who hears of it when it is late."""

    contact: SpanText
    """How soon the first contact is due: 4 business hours, 1 business day, 2h."""
    warn: SpanText | None = None
    """How long before that the owner is reminded: 1 business hour before."""
    late: dict[str, Literal["owner", "manager", "queue"]] = {}
    """Span after the due moment → whom; level 1 is the first, 2 the second …"""


class Calendar(Part):
    """Working hours in a zone, and the holidays of a country (``DE``) or part of it (``DE-BY``)."""

    zone: str
    """Time zone, as Europe/Berlin."""
    hours: dict[str, str | list[str]]
    """``mon-fri: 08:00-12:00`` or a list of such spans; days that are not named are free."""
    holidays: str | None = None
    """Whose public holidays are free: a country (DE) or part of one (DE-BY)."""
    closed: list[date] = []
    """Days off beside the public ones."""


class Person(Part):
    """Somebody of ours: rep, manager, marketer."""

    name: str
    """Name, as leads read it."""
    email: str
    """Address that notes and alerts go to."""
    calendar: Id
    """Working hours by which what they promise is counted."""
    manager: Id | None = None
    """Person who hears of what is late."""
    phone: str = ""
    """Phone number, for colleagues."""
    spelt: list[str] = []
    """Other ways in which a feed may spell them."""


class Step(Part):
    """One mail of a sequence: which body, how long after the step before, which content it offers."""

    mail: str
    """Name of the body below ``mails/``, without ``.md``."""
    after: SpanText = Span(0, "days")
    """How long after the step before it: 3d. Default: at once."""
    content: list[Id] = []
    """Content it offers, in this order; what the lead has already is passed over."""


class Sequence(Part):
    """Mails on one interest, with the purpose that consent is asked for."""

    title: str = ""
    interest: list[Id] = []
    """Lines it is for; empty: the one for every interest that has none of its own."""
    purpose: Id = "marketing"
    """What consent is asked for. Default: marketing."""
    steps: dict[Id, Step] = Field(min_length=1)
    """Step id → the mails, in order."""


class Content(Part):
    """An asset in the catalogue; ``facts`` are the standards and figures that mails may quote for its product."""

    title: str
    """Title, as leads read it."""
    kind: Id
    """Kind of asset, a term of the vocabulary."""
    interest: list[Id] = []
    """Product lines it is about."""
    url: str
    """Where it is found."""
    facts: list[str] = []
    """Standards and figures that mails may quote."""
    stage: Literal["early", "middle", "late"] | None = None
    """How far somebody is who reads it."""
    valid_until: date | None = None
    """Last day on which mails offer it."""


class Reason(Part):
    """Why sales says no, and where the lead goes then: nurture (after the definition's cooldown it may come back) or
    out.
    """

    title: str
    """The reason, as sales reads it."""
    to: Literal["nurture", "out"]
    """Where the lead goes then: nurture (it may come back after the cooldown), or out for good."""
    sequence: Id | None = None
    """Sequence for whoever is rejected for it; default: the one for the interest."""


class Sender(Part):
    """Whom mail comes from, and the postal address that the law wants in its footer."""

    name: str
    """Name that mails come from."""
    email: str
    """Address that mails come from."""
    company: str
    """Company, as leads know it."""
    postal_address: str
    """Postal address for the footer of every mail."""
    website: str = ""
    """Address of the website."""


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
    """Purpose → country → consent, legitimate-interest or opt-out."""

    def countries(self, purpose: str) -> list[str]:
        """Return the countries in which whoever said nothing may get mail of a purpose, sorted."""
        return sorted(country for country, basis in self.basis.get(purpose, {}).items() if basis != "consent")


class Goals(Part):
    """What both teams agreed on, in their own words; shown on the playbook's page."""

    agreed: list[str] = []
    """What both teams agreed on, a sentence each."""
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
    """How many leads a change of what decides, or what one feed brings, may hand over or enrol at once; above that it
    waits for a person. In its first four weeks a workspace holds imports only where a limit is named here.
    """

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
