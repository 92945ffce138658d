"""Activities, immutable, and the raw payloads they came from, apart."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint

from penstock.store.types import Row, big, instant, own_id


class Activity(Row, table=True):
    """One dated fact about a lead, or about an account where the record names no person.

    Words are interned spellings (of the fields kind, channel, source, campaign, asset, line, text). ``line_id`` is the
    line as stated; a line that only the asset knows comes from the vocabulary.
    """

    # Unique: the same key again is already known. By lead and by account with the time: a score reads one subject's
    # window and nothing else.
    __table_args__ = (
        UniqueConstraint("feed", "stream", "external_id"),
        Index(None, "lead_id", "occurred_at"),
        Index(None, "account_id", "occurred_at"),
    )

    id: int | None = own_id()
    feed: str
    stream: str
    external_id: str
    lead_id: int | None = big(default=None, nullable=True)
    account_id: int | None = big(default=None, nullable=True)
    """Set only where the record names no person; a lead's account is looked up."""
    occurred_at: datetime = instant()
    received_at: datetime = instant()
    landed_at: datetime = instant()
    kind_id: int = big()
    channel_id: int | None = big(default=None, nullable=True)
    source_id: int | None = big(default=None, nullable=True)
    campaign_id: int | None = big(default=None, nullable=True)
    asset_id: int | None = big(default=None, nullable=True)
    line_id: int | None = big(default=None, nullable=True)
    text_id: int | None = big(default=None, nullable=True)
    batch_id: int | None = big(default=None, nullable=True)
    found_by: str = ""


class Payload(Row, table=True):
    """The raw payload of an activity, as JSON text; apart, so that scoring never reads it."""

    activity_id: int = big(primary_key=True)
    body: str
