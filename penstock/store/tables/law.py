"""Consents and suppressions: who may be written to, and who never again."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from penstock.store.types import Row, big, instant

# The scope of a suppression beside the purposes of the playbook.
EVERYTHING = "all"


class Consent(Row, table=True):
    """What a person agreed to or withdrew, per purpose and feed; the latest holds, the stricter wins a tie."""

    lead_id: int = big(primary_key=True)
    purpose: str = Field(primary_key=True)
    feed: str = Field(primary_key=True)
    said_at: datetime = instant(primary_key=True)
    granted: bool
    wording: str
    received_at: datetime = instant()
    batch_id: int | None = big(default=None, nullable=True)
    found_by: str = Field(default="", sa_column_kwargs={"server_default": ""})


class Suppression(Row, table=True):
    """An address that gets nothing (scope ``all``) or nothing of one purpose, kept as a keyed hash."""

    hash: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    reason: str
    feed: str
    received_at: datetime = instant()
    batch_id: int | None = big(default=None, nullable=True)
