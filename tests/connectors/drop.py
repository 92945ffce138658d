"""A drop folder with one mapping, for tests of the csv feed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

from connectors.csv_files import CsvFeed
from connectors.registry import build_feed
from penstock.records import Page, Record, Unreadable

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

# Rows of people who asked for something, the plain case: an id, an address, a date.
PEOPLE = """\
stream: people
zone: Europe/Berlin
columns: {email: E-Mail, first_name: First, company: Company}
at: {column: Date}
activity: {kind: form_submitted, channel: web}
"""
HEADER = "E-Mail,First,Company,Date\n"


class Drop:
    """A workspace with ``inbox/`` and ``mapping.yaml``."""

    def __init__(self, workspace: Path, mapping: str = PEOPLE) -> None:
        self.workspace = workspace
        (workspace / "inbox").mkdir()
        self.map(mapping)

    def map(self, text: str, name: str = "mapping.yaml") -> Drop:
        (self.workspace / name).write_text(dedent(text), encoding="utf-8")
        return self

    def put(self, content: str | bytes, name: str = "a.csv") -> Drop:
        raw = content if isinstance(content, bytes) else content.encode()
        place = self.workspace / "inbox" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(raw)
        return self

    def add(self, content: str, name: str = "a.csv") -> Drop:
        with (self.workspace / "inbox" / name).open("a", encoding="utf-8", newline="") as file:
            file.write(content)
        return self

    def feed(self, **options: Any) -> CsvFeed:
        chosen = {"path": "inbox", "mapping": "mapping.yaml", **options}
        feed = build_feed("csv", "drop", chosen, workspace=self.workspace)
        assert isinstance(feed, CsvFeed)
        return feed

    def pages(self, cursor: str | None = None, **options: Any) -> list[Page]:
        feed = self.feed(**options)
        return list(feed.pull(feed.streams()[0], cursor, now=NOW))

    def records(self) -> list[Record]:
        return [record for page in self.pages() for record in page.records]

    def record(self) -> Record:
        (record,) = self.records()
        return record

    def bad(self) -> list[Unreadable]:
        return [one for page in self.pages() for one in page.unreadable]
