"""The page at hand, as columns: one list a column, one place in each list a record. Filled step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from penstock.mail.keyring import Keyring
from penstock.records import Record
from penstock.store.playbooks import Live
from penstock.store.words import Words


@dataclass(frozen=True, slots=True)
class Landing:
    """Where and when a page lands: its transaction, the live playbook, the feed and the batch that its rows carry."""

    tx: Connection
    live: Live
    feed: str
    stream: str
    now: int
    live_from: int
    """Whatever is dated before it is history."""
    keyring: Keyring
    words: Words
    batch_id: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that cannot be landed as it is; goes to quarantine with this reason."""

    record: Record
    code: str
    detail: str


@dataclass(slots=True)
class Rows:
    """The records that can be landed, with what is found out about each; lead and account are 0 where there is none."""

    records: Sequence[Record]
    emails: Sequence[str]
    """Normalised addresses, '' where the record has none or a bad one."""
    leads: list[int] = field(default_factory=list)
    accounts: list[int] = field(default_factory=list)
    lead_found_by: list[str] = field(default_factory=list)
    account_found_by: list[str] = field(default_factory=list)
    said: list[int] = field(default_factory=list)
    """When it occurred or was said."""
    received: list[int] = field(default_factory=list)
    account_received: list[int] = field(default_factory=list)
    """The receipt of the same record by its account, whose row in the queue has a stamp of its own."""
    is_history: list[bool] = field(default_factory=list)
    landed: list[bool] = field(default_factory=list)
    """Whether anything of the record was new; else it is already known."""

    def __len__(self) -> int:
        """Return how many records there are."""
        return len(self.records)
