"""Adopted playbook versions and which pair is live."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from penstock.store.types import Row, big, instant, own_id


class PlaybookVersion(Row, table=True):
    """One version of what decides (``part`` = definition) or of the rest (operations), whole, as canonical JSON."""

    __table_args__ = (UniqueConstraint("part", "hash"),)

    id: int | None = own_id()
    part: str
    hash: str
    body: str
    adopted_at: datetime = instant()


class PlaybookStart(Row, table=True):
    """From when a definition version judges. The first start is the beginning of time (0)."""

    started_at: datetime = instant(primary_key=True)
    version_id: int = big()


class PlaybookLive(Row, table=True):
    """The one row that names the live pair and when the workspace went live.

    Landings read it FOR SHARE and adoption writes it, so no spelling lands untermed between two versions.
    """

    id: int = Field(primary_key=True)
    definition_id: int = big()
    operations_id: int = big()
    live_from: datetime = instant()
    now: datetime = instant()
    """The greatest ``now`` of a run in this store: a simulated clock never goes back."""


class Agreement(Row, table=True):
    """Somebody agreed to a version of one half of the playbook."""

    __table_args__ = (UniqueConstraint("part", "hash", "who"),)  # saying it again says nothing new

    id: int | None = own_id()
    part: str
    hash: str
    who: str
    agreed_at: datetime = instant()


class PlaybookHeld(Row, table=True):
    """The one changed playbook that a guard rail holds: what it would hand over and enrol at once, and the limits."""

    id: int = Field(primary_key=True)
    definition: str
    operations: str
    held_at: datetime = instant()
    handoffs: int = big()
    enrolments: int = big()
    most_handoffs: int = big()
    most_enrolments: int = big()
    whom: str
    """JSON: the first of those concerned, in words."""
    approved_by: str | None = None


class ImportHeld(Row, table=True):
    """What a feed brought at once that would be far more handoffs or enrolments (``what``) than usual (``most``)."""

    id: int | None = own_id()
    feed: str
    what: str
    decisions: int = big()
    most: int = big()
    held_at: datetime = instant()
    whom: str
    """JSON: the first of those concerned, in words."""
    approved_by: str | None = None
    approved_at: datetime | None = instant(default=None, nullable=True)
