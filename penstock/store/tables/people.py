"""Accounts, leads, what finds them, and the dated facts about them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from penstock.store.types import Row, big, instant, own_id


class Account(Row, table=True):
    """A company. Its profile columns are a projection of facts; ``merged_into`` leads on."""

    __table_args__ = (UniqueConstraint("key"),)  # the identifier that made it: two landings make one account

    id: int | None = own_id()
    key: str
    name: str | None = None
    domain: str | None = None
    industry: str | None = None
    employees: int | None = big(default=None, nullable=True)
    country: str | None = None
    region: str | None = None
    owner: str | None = None
    status: str | None = None
    parent_id: int | None = big(default=None, nullable=True)
    merged_into: int | None = big(default=None, nullable=True)
    created_at: datetime = instant()


class Lead(Row, table=True):
    """A person. Its profile columns are a projection of facts; ``merged_into`` leads on."""

    # Unique key: the identifier that made it, so that two landings make one lead.
    # By account: an account fact queues all leads of its account.
    # By email_hash: a suppression reaches its lead at once.
    # By merged_into: who was merged into a lead, and who is passed over; only of those, or ingest would pay for it.
    __table_args__ = (
        UniqueConstraint("key"),
        Index(None, "account_id"),
        Index(None, "email_hash"),
        Index(
            None,
            "merged_into",
            sqlite_where=text("merged_into IS NOT NULL"),
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
    )

    id: int | None = own_id()
    key: str
    rank: int = big()
    """A 63-bit hash of ``key``: the same order in every run, whatever ids the database gave."""
    account_id: int | None = big(default=None, nullable=True)
    email: str | None = None
    email_hash: str | None = None
    """Keyed hash of the normalised address, compared with suppressions."""
    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    job_function: str | None = None
    seniority: str | None = None
    company: str | None = None
    country: str | None = None
    region: str | None = None
    source: str | None = None
    campaign: str | None = None
    merged_into: int | None = big(default=None, nullable=True)
    created_at: datetime = instant()
    updated_at: datetime = instant()


class Identifier(Row, table=True):
    """What finds a lead: (kind, value, share). Kinds: email, ``feed:NAME``, visitor."""

    __table_args__ = (Index(None, "lead_id"),)  # the identifiers of a lead, for explain and merge

    kind: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    share: int = Field(primary_key=True, default=0)
    lead_id: int = big()
    batch_id: int | None = big(default=None, nullable=True)
    home: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The key of the lead that it came with by a merge, '' where it is this lead's own."""


class Merge(Row, table=True):
    """A person said that two leads are one; undone, it stays on record with who undid it, and why."""

    __table_args__ = (Index(None, "kept_id"), Index(None, "merged_id"))  # both are asked for, to undo it and to explain

    id: int | None = own_id()
    subject: str
    kept_id: int = big()
    """The one that it was merged into then; ``merged_into`` leads on past later merges."""
    merged_id: int = big()
    actor: str
    reason: str
    received_at: datetime = instant()
    live_at: datetime | None = instant(default=None, nullable=True)
    """Since when the kept one was live before (NULL: baseline), to be so again."""
    took_account: bool = False
    """The kept one had no account, and took the merged one's."""
    undone_at: datetime | None = instant(default=None, nullable=True)
    undone_by: str | None = None
    undone_reason: str | None = None


class AccountIdentifier(Row, table=True):
    """What finds an account: (kind, value). Kinds: domain, name, ``feed:NAME``."""

    __table_args__ = (Index(None, "account_id"),)  # the identifiers of an account, for explain and merge

    kind: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    account_id: int = big()
    batch_id: int | None = big(default=None, nullable=True)


class Fact(Row, table=True):
    """A dated value of a profile field, said by a feed. The spelling holds the text, ``number`` a numeric value.

    The primary key serves its only reads: all facts of a subject, and is this one known. On SQLite the table is the
    index (WITHOUT ROWID), one B-tree instead of two.
    """

    __table_args__ = ({"sqlite_with_rowid": False},)

    subject: str = Field(primary_key=True)
    subject_id: int = big(primary_key=True)
    field: str = Field(primary_key=True)
    feed: str = Field(primary_key=True)
    said_at: datetime = instant(primary_key=True)
    spelling_id: int = big()
    number: int | None = big(default=None, nullable=True)
    """Thousandths, where the text reads as a number."""
    typed: bool = False
    received_at: datetime = instant()
    landed_at: datetime = instant()
    batch_id: int | None = big(default=None, nullable=True)
    found_by: str = ""
    """The identifier by which the subject was found, so that merge and unmerge are updates."""
