"""Batches, cursors and quarantine: what was read, up to where, and what could not be."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from penstock.store.types import Row, instant, own_id


class Batch(Row, table=True):
    """One page of a feed as it landed, with counts that reconcile.

    ``rows = mapped + folded + skipped + quarantined`` and ``mapped = landed + known`` (mapped rows are records).
    """

    id: int | None = own_id()
    feed: str
    stream: str
    run: str
    page: str
    at: datetime = instant()
    rows: int = 0
    mapped: int = 0
    folded: int = 0
    skipped: int = 0
    skipped_by: str = "{}"
    """JSON object: name of the skip rule → rows."""
    quarantined: int = 0
    landed: int = 0
    known: int = 0


class Cursor(Row, table=True):
    """Where to resume a stream; moves only in the transaction that stores its page."""

    feed: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    position: str
    moved_at: datetime = instant()


class Quarantine(Row, table=True):
    """A record that could not be read, with its error; kept after a replay, with the moment it succeeded.

    It waits until it landed (``replayed_at``) or somebody said that it is dealt with otherwise (``resolved_at``).
    """

    __table_args__ = (UniqueConstraint("feed", "stream", "external_id"),)  # read twice, kept once

    id: int | None = own_id()
    feed: str
    stream: str
    external_id: str
    seen_at: datetime = instant()
    error: str
    detail: str
    place: str
    record: str
    replayed_at: datetime | None = instant(default=None, nullable=True)
    batch_id: int | None = None
    resolved_at: datetime | None = instant(default=None, nullable=True)
    resolved_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    resolution: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The reason of whoever said last that it is dealt with, or that it waits again."""
