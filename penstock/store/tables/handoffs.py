"""Handoffs: who got which lead, why, and what sales said."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from penstock.store.types import Row, big, instant, own_id


class Handoff(Row, table=True):
    """A lead (or account) given to sales through a queue. ``conversation`` rises only after the last one closed."""

    # Unique: one handoff per subject, queue and conversation. By status: open ones are listed and counted per owner.
    __table_args__ = (
        UniqueConstraint("subject", "subject_id", "queue", "conversation"),
        Index(None, "status", "owner"),
    )

    id: int | None = own_id()
    subject: str
    subject_id: int = big()
    queue: str
    conversation: int
    account_id: int | None = big(default=None, nullable=True)
    owner: str | None = None
    tier: str
    reason: str
    decision_id: int = big()
    status: str = "offered"
    created_at: datetime = instant()
    working_at: datetime | None = instant(default=None, nullable=True)
    first_contact_at: datetime | None = instant(default=None, nullable=True)
    """From a recorded touch only, never from an answer."""
    closed_at: datetime | None = instant(default=None, nullable=True)
    disposition: str | None = None
    rejection_reason: str | None = None
    next_step: str | None = None
    next_on: date | None = None


class HandoffDefinition(Row, table=True):
    """A definition joined to a handoff: its stage follows what sales says."""

    __table_args__ = (Index(None, "handoff_id"),)

    handoff_id: int = big(primary_key=True)
    definition: str = Field(primary_key=True)
    decision_id: int = big()
    joined_at: datetime = instant()


class Assignment(Row, table=True):
    """One round of giving a handoff to an owner: by which rule, why, by whom."""

    handoff_id: int = big(primary_key=True)
    round: int = Field(primary_key=True)
    owner: str | None = None
    rule: str
    why: str
    by_whom: str = "penstock"
    at: datetime = instant()


class Rotation(Row, table=True):
    """How many turns a queue's round robin has taken; also the lock that makes routing serial."""

    queue: str = Field(primary_key=True)
    turns: int = big(default=0)


class Absence(Row, table=True):
    """Days on which a person gets nothing new; changed by people, without a playbook version."""

    person: str = Field(primary_key=True)
    first_day: date = Field(primary_key=True)
    last_day: date


class Disposition(Row, table=True):
    """What sales said of a handoff; append-only, the latest holds. By hand: feed = ``person``."""

    __table_args__ = (UniqueConstraint("handoff_id", "feed", "external_id"), Index(None, "subject", "subject_id"))

    id: int | None = own_id()
    handoff_id: int = big()
    feed: str
    external_id: str
    subject: str
    subject_id: int = big()
    answer: str
    reason: str = ""
    next_step: str = ""
    next_on: date | None = None
    actor: str = ""
    stage: str = ""
    """The stage it moves the joined definitions to, resolved from the playbook's reasons when it landed."""
    said_at: datetime = instant()
    received_at: datetime = instant()
    batch_id: int | None = big(default=None, nullable=True)
    found_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The key of the handoff's own lead, where that had been merged into this one."""


class Outcome(Row, table=True):
    """What became of a lead or an account; append-only, the latest receipt holds.

    One that is dated ahead is received at its date (``penstock.store.outcomes``); ``landed_at`` says when it came.
    """

    __table_args__ = (
        # Of one page, several may be received at once: each says something else, and the last one holds.
        UniqueConstraint("feed", "external_id", "kind", "received_at", "at", "value", "currency"),
        Index(None, "subject", "subject_id"),
    )

    id: int | None = own_id()
    subject: str
    subject_id: int = big()
    feed: str
    external_id: str
    kind: str
    at: datetime = instant()
    value: int | None = big(default=None, nullable=True)
    currency: str = ""
    received_at: datetime = instant()
    landed_at: datetime = instant()
    batch_id: int | None = big(default=None, nullable=True)
    found_by: str = Field(default="", sa_column_kwargs={"server_default": ""})


class Touch(Row, table=True):
    """A call, meeting or message of a rep, recorded by hand or from the CRM: what first contact is read from."""

    id: int | None = own_id()
    lead_id: int = big(index=True)
    handoff_id: int | None = big(default=None, nullable=True)
    kind: str
    actor: str
    note: str = ""
    at: datetime = instant()
    received_at: datetime = instant()
    found_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Who was named, where that lead had been merged into this one: its key."""
