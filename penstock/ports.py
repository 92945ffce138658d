"""What the core asks of the outside, as protocols; connectors and wiring fill them, tests with small classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from penstock.records import HandoffSeen, OutgoingMail, Page

# The clock of leases, and of nothing else: business time is the `now` that each operation is given.
Wall = Callable[[], datetime]


class Feed(Protocol):
    """A configured connector: gives pages after a cursor, stream by stream."""

    name: str

    def streams(self) -> Sequence[str]:
        """Return the names of what it offers, in the order they should land."""
        ...

    def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:
        """Yield the pages of a stream after ``cursor`` (None: from the beginning), oldest first.

        Raises ``FeedError`` when the far side cannot be reached or read; pages yielded before stay good.
        """
        ...

    def untaken(self) -> Sequence[str]:
        """Return the names of what lies there and no stream takes, such as a file without a mapping.

        Raises ``FeedError``; a feed that cannot have such things returns none.
        """
        ...

    def check(self) -> str:
        """Try reach and credentials, read-only, and return one sentence; raises ``FeedError``."""
        ...

    def reread(self, stream: str, raw: str, place: str) -> Page:
        """Map one quarantined payload again, as a page without cursor, after its mapping was mended."""
        ...


class HandoffBoard(Protocol):
    """What a feed may see of handoffs: those made strictly before ``now``."""

    def seen(self, *, now: datetime) -> Sequence[HandoffSeen]:
        """Return every handoff created before ``now``, oldest first."""
        ...


class Mailer(Protocol):
    """A mail transport. ``repeatable``: sending the same message twice leaves one (the mail folder)."""

    repeatable: bool

    def send(self, mail: OutgoingMail) -> str:
        """Hand the message over and return what the far side said.

        Raises ``RefusedMessageError`` for good, ``DeferredMessageError`` to try later, ``UnreachableMailError`` (one of
        the latter) where no message could go, ``UnknownOutcomeError`` where it may have gone: never sent again blindly.
        """
        ...

    def check(self) -> str:
        """Try whether a message could go, without sending any, and return one sentence.

        Raises ``UnreachableMailError`` with one line that ends with what to do.
        """
        ...


class Blocks(Protocol):
    """Reads secrets that are kept as Secret blocks in a Prefect server."""

    def __call__(self, workspace: Path, api_url: str, name: str, /) -> str | None:
        """Return the value of a block; None where the server is only about to be started, so that it is read later.

        ``api_url`` is that of the settings, '' for the workspace's own server. Raises PenstockError.
        """
        ...
