"""What stands for a feed that could not be made: it fails when it is used, and holds back no other. For tasks/world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from penstock.errors import FeedError, FileError
from penstock.records import Page


class UnbuiltFeed:
    """A feed whose settings or mappings have mistakes, all of which it tells to whoever reads it."""

    def __init__(self, name: str, error: FileError) -> None:
        """Keep what is wrong."""
        self.name = name
        self.error = error

    def streams(self) -> Sequence[str]:
        """Fail."""
        raise FeedError(str(self.error)) from self.error

    def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:  # noqa: ARG002 - the protocol's
        """Fail."""
        raise FeedError(str(self.error)) from self.error

    def untaken(self) -> Sequence[str]:
        """Fail."""
        raise FeedError(str(self.error)) from self.error

    def check(self) -> str:
        """Fail with every mistake, each with its place."""
        raise self.error

    def reread(self, stream: str, raw: str, place: str) -> Page:  # noqa: ARG002 - the protocol's
        """Fail."""
        raise FeedError(str(self.error)) from self.error
