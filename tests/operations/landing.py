"""A feed of records in a list, and short ways to make records, for the tests of landings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from penstock.errors import FeedError
from penstock.mail.keyring import Keyring
from penstock.operations.adopt import run_adopt
from penstock.operations.ingest import IngestResult, run_ingest
from penstock.records import Happening, Page, Record, Unreadable
from penstock.store.engine import Sessions
from tests.history import playbook

KEYRING = Keyring(("a-key-of-at-least-thirty-two-letters",))
LIVE_FROM = datetime(2026, 1, 1, tzinfo=UTC)
AGREED = playbook({"definition": "hydraulics", "tiers": {"A": {"branch": "sales"}}})


def begin(store: Sessions, live_from: datetime = LIVE_FROM) -> None:
    """Adopt the playbook of these tests."""
    run_adopt(store, now=live_from, playbook=AGREED, live_from=live_from)


class ListFeed:
    """Gives records from a list; its cursor is how many were taken. ``fails_after`` so many records."""

    def __init__(
        self, records: Sequence[Record | Unreadable], *, name: str = "web", page: int = 2, stream: str = "forms",
        fails_after: int | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.records = list(records)
        self.page = page
        self.stream = stream
        self.fails_after = fails_after

    def streams(self) -> Sequence[str]:
        return [self.stream]

    def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:
        for start in range(int(cursor or 0), len(self.records), self.page):
            if self.fails_after is not None and start >= self.fails_after:
                raise FeedError("the far side is away")
            yield self.made(self.records[start : start + self.page], str(min(start + self.page, len(self.records))))

    def made(self, found: Sequence[Record | Unreadable], cursor: str) -> Page:
        records = [one for one in found if isinstance(one, Record)]
        bad = [one for one in found if isinstance(one, Unreadable)]
        return Page(self.stream, cursor, records, bad, read=len(found), name=f"page to {cursor}")

    def untaken(self) -> Sequence[str]:
        return []

    def check(self) -> str:
        return "fine"

    def reread(self, stream: str, raw: str, place: str) -> Page:
        return self.made([one for one in self.records if one.raw == raw][:1], "")


_numbers = count(1)


def form(email: str = "", *, at: datetime | None = datetime(2026, 2, 1, tzinfo=UTC), **fields: str) -> Record:
    """Return a form fill."""
    key = fields.pop("key", "") or f"form-{next(_numbers)}"
    person, company = fields.pop("person_id", ""), fields.pop("company_id", "")
    return Record(
        key, at, email, person, company, fields=fields, raw=f'{{"id": "{key}"}}', place=f"forms.csv:{key}",
        happening=Happening("form_submitted", channel="web", source="Website"),
    )  # fmt: skip


def profile(email: str = "", **fields: Any) -> Record:
    """Return a record that only states facts."""
    return replace(form(email, **fields), happening=None)


def ingest(store: Sessions, feed: ListFeed, now: datetime, *, live_from: datetime | None = None) -> IngestResult:
    """Run ingest over a feed."""
    return run_ingest(store, now=now, feed=feed, run="test", keyring=KEYRING, live_from=live_from)
