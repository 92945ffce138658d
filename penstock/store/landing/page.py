"""The page at hand, as columns: one list a column, one place in each list a record. Filled step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from penstock.mail.keyring import Keyring
from penstock.records import SUPPRESSING_KINDS, Record
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
    suppresses: Sequence[bool] = ()
    """Records that only close an address."""
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
    news: Sequence[bool] = ()
    """Whether the record changed anything; one that is known may still state a fact that is not."""

    fields: Sequence[Mapping[str, str]] = ()
    field_names: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Find the records that only close an address, and which fields there are."""
        kinds = [record.happening.kind if record.happening else "" for record in self.records]
        closing = set(SUPPRESSING_KINDS) & set(kinds)
        self.suppresses = [kind in closing for kind in kinds] if closing else [False] * len(kinds)
        self.fields = [record.fields for record in self.records]
        self.field_names = frozenset().union(*{frozenset(fields) for fields in self.fields})

    def __len__(self) -> int:
        """Return how many records there are."""
        return len(self.records)

    def column(self, name: str) -> list[str | None]:
        """Return a profile field of every record, None or '' where it is not stated."""
        if name not in self.field_names:
            return [None] * len(self.records)
        return [fields.get(name) for fields in self.fields]


def picker(places: Sequence[int]) -> Callable[[Sequence[Any]], list[Any]]:
    """Return what takes some places of a column, in their order; itemgetter does it five times as fast as a loop."""
    if not places:
        return lambda _: []
    if len(places) == 1:
        return lambda column: [column[places[0]]]
    take = itemgetter(*places)
    return lambda column: list(take(column))
