"""Enrolments in sequences, and the outbox: every effect on the outside, written ahead."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint

from penstock.store.types import Row, big, instant, own_id


class Enrolment(Row, table=True):
    """A lead in a sequence. ``step`` is the id of the next step, ``next_at`` when it is due."""

    # Unique: (lead, sequence, run). By status and next_at: nurture reads only who has a step due.
    __table_args__ = (UniqueConstraint("lead_id", "sequence", "run"), Index(None, "status", "next_at"))

    id: int | None = own_id()
    lead_id: int = big()
    sequence: str
    run: int
    status: str = "active"
    step: str | None = None
    interest: str = ""
    definition: str = ""
    decision_id: int | None = big(default=None, nullable=True)
    entered_at: datetime = instant()
    next_at: datetime | None = instant(default=None, nullable=True)
    ended_at: datetime | None = instant(default=None, nullable=True)
    exit_reason: str | None = None


class Effect(Row, table=True):
    """One row of the outbox: a mail, planned in the transaction of its cause, then claimed, attempted, settled.

    ``key`` is the key of its meaning (``enrolment:step``, ``handoff:round``, ``clock:level``); ``fence`` rises with
    each claim, and only the holder of the present fence may settle. ``attempted_at`` is committed before the message
    leaves: claimed and never attempted is safe to claim again, attempted and never settled is *unknown*.
    """

    # Unique: once per meaning. By status and due_at: claiming reads only what is due. By enrolment: exits cancel.
    __table_args__ = (UniqueConstraint("kind", "key"), Index(None, "status", "due_at"), Index(None, "enrolment_id"))

    id: int | None = own_id()
    kind: str
    key: str
    lead_id: int | None = big(default=None, nullable=True)
    handoff_id: int | None = big(default=None, nullable=True)
    clock_id: int | None = big(default=None, nullable=True)
    enrolment_id: int | None = big(default=None, nullable=True)
    sequence: str | None = None
    step: str | None = None
    purpose: str = ""
    """Purpose of consent for mails to leads; empty for notes and alerts, which no rail holds."""
    recipient: str | None = None
    """Person id of the playbook for notes and alerts; None for leads, whose address is read when claiming."""
    address: str | None = None
    subject: str | None = None
    status: str = "planned"
    rail: str | None = None
    held_until: datetime | None = instant(default=None, nullable=True)
    skip_reason: str | None = None
    planned_at: datetime = instant()
    due_at: datetime = instant()
    fence: int = 0
    claimed_until: datetime | None = instant(default=None, nullable=True)
    attempted_at: datetime | None = instant(default=None, nullable=True)
    settled_at: datetime | None = instant(default=None, nullable=True)
    rfc_message_id: str | None = None
    said: str = ""
    """What the far side said, or why it was resolved by hand."""
