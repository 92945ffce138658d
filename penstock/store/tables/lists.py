"""Target lists: which accounts are on them, from when until when, and who made them."""

from __future__ import annotations

from datetime import datetime

from penstock.store.types import Row, big, instant, own_id


class ListMembership(Row, table=True):
    """What a feed said of an account's place on a list; append-only.

    One membership is (account, list, since); what is said anew of it stands beside what was said before, so that at any
    moment in the past only what had been received by then counts (penstock.playbook.lists_sql says which word holds).
    """

    id: int | None = own_id()
    account_id: int = big(index=True)
    list_id: int = big()
    """The interned name of the list (spellings of ``on_list``)."""
    origin_id: int | None = big(default=None, nullable=True)
    """The interned origin, as stated with the membership (spellings of ``list_origin``)."""
    since: datetime | None = instant(default=None, nullable=True)
    """NULL: as long as anybody knows of it."""
    until: datetime | None = instant(default=None, nullable=True)
    """The first moment at which it holds no more; NULL: no end in sight. Not after ``since``: it was taken back."""
    feed: str
    said_at: datetime = instant()
    received_at: datetime = instant()
    landed_at: datetime = instant()
    batch_id: int | None = big(default=None, nullable=True)
    found_by: str = ""
    """The identifier by which the account was found, so that merge and unmerge are updates."""
