"""Moments, scores and decisions: what is due to be judged, how it stands, and what was decided."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from penstock.store.types import Row, big, instant, own_id


class Rescore(Row, table=True):
    """The standing row of a subject in the rescore queue.

    ``due_at`` is its earliest moment not yet folded (NULL: none in sight), ``folded_to`` the last one folded,
    ``live_at`` the first receipt of something that occurred after going live (NULL: still baseline).
    """

    # A run picks exactly the subjects that are due, those due for longest first: in the order of the index, so that it
    # does not matter what the planner believes of how many are due.
    __table_args__ = (Index(None, "subject", "due_at", "subject_id"),)

    subject: str = Field(primary_key=True)
    subject_id: int = big(primary_key=True)
    due_at: datetime | None = instant(default=None, nullable=True)
    folded_to: datetime | None = instant(default=None, nullable=True)
    live_at: datetime | None = instant(default=None, nullable=True)


class Receipt(Row, table=True):
    """A moment at which something about a subject was received; gone once folded."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    subject: str = Field(primary_key=True)
    subject_id: int = big(primary_key=True)
    at: datetime = instant(primary_key=True)


class Score(Row, table=True):
    """How a subject stands under a definition. Points are thousandths.

    ``evidence`` is JSON: [mask of fit rules, [[activity id, mask of intent rules], …]]; names, bands, channels and caps
    are added when it is read, from the definition version (penstock.playbook.evidence).
    """

    subject: str = Field(primary_key=True)
    subject_id: int = big(primary_key=True)
    definition: str = Field(primary_key=True)
    fit: int = big()
    intent: int = big()
    tier: str = ""
    stage: str = "lead"
    branch: str = "none"
    flags: int = big(default=0)
    """Bits of what decides beside the tier: engaged, source unknown, disqualifiers, triage rules
    (penstock.playbook.compiled)."""
    as_of: datetime = instant()
    next_change_at: datetime | None = instant(default=None, nullable=True)
    version_id: int = big()
    evidence: str = "[0,[]]"


class Decision(Row, table=True):
    """What was decided at a moment, with its evidence; append-only but for ``acted_at`` and ``hold``."""

    # Unique: a moment is decided once. By acted_at and branch: route and nurture find what nobody acted on yet.
    __table_args__ = (
        UniqueConstraint("subject", "subject_id", "definition", "moment"),
        Index(None, "acted_at", "branch", "moment"),
    )

    id: int | None = own_id()
    subject: str
    subject_id: int = big()
    definition: str
    moment: datetime = instant()
    decided_at: datetime = instant()
    """The run's now, beside the moment it judged."""
    version_id: int = big()
    stage_from: str = ""
    stage_to: str
    tier_from: str = ""
    tier_to: str = ""
    branch_from: str = ""
    branch: str
    fit: int = big()
    intent: int = big()
    reason: str
    exception: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The named exception that the branch follows from, '' for none."""
    evidence: str
    """As in ``Score``."""
    acted_at: datetime | None = instant(default=None, nullable=True)
    hold: int | None = big(default=None, nullable=True)
    """NULL until the guard rail over imports weighed it, 0: it may be acted on, -1: its lead is merged into
    another, else the held import."""


class Lift(Row, table=True):
    """A person lifted a disqualifier for a subject, or let it count again (``lifted`` false); the latest holds."""

    id: int | None = own_id()
    subject: str
    subject_id: int = big(index=True)
    definition: str
    disqualifier: str
    lifted: bool
    reason: str
    actor: str
    received_at: datetime = instant()
    found_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Who was named, where that lead had been merged into this one: its key."""


class Promotion(Row, table=True):
    """A person put a lead forward by hand, with the reason; ends triage."""

    id: int | None = own_id()
    subject: str
    subject_id: int = big(index=True)
    definition: str
    reason: str
    actor: str
    received_at: datetime = instant()
    found_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """As in ``Lift``."""
