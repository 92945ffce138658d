"""Small stand-ins for the outside, shared by tests: what they were given, they keep."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from penstock.errors import DeferredMessageError, RefusedMessageError
from penstock.records import OutgoingMail

Meanwhile = Callable[[OutgoingMail], object]


@dataclass
class RecordingMailer:
    """A mail transport that keeps what it takes. ``errors``: address → what it raises instead of taking it."""

    repeatable: bool = False
    errors: Mapping[str, Exception] = field(default_factory=dict)
    meanwhile: Meanwhile = bool
    """Called first, with the mail."""
    sent: list[OutgoingMail] = field(default_factory=list)

    def send(self, mail: OutgoingMail) -> str:
        self.meanwhile(mail)
        if mail.to in self.errors:
            raise self.errors[mail.to]
        self.sent.append(mail)
        return "250 taken"

    def check(self) -> str:
        return "keeps what it takes"

    @property
    def addresses(self) -> list[str]:
        """To whom it sent, in order."""
        return [mail.to for mail in self.sent]


@dataclass
class FileMailer:
    """A transport that cannot repeat a message: each that it takes is a line in a file, on disk before it says so."""

    log: Path
    refused: Collection[str] = ()
    deferred: Mapping[str, datetime | None] = field(default_factory=dict)
    """Address → the date from which its mails are taken; None: never."""
    repeatable: bool = False

    def send(self, mail: OutgoingMail) -> str:
        if mail.to in self.refused:
            raise RefusedMessageError("550 no such user")
        if mail.to in self.deferred and mail.date < (self.deferred[mail.to] or datetime.max.replace(tzinfo=UTC)):
            raise DeferredMessageError("451 later")
        # One write of one line: two processes never mix theirs.
        line = json.dumps([mail.message_id, mail.to, mail.subject, mail.text, mail.html, dict(mail.headers)])
        with self.log.open("ab", buffering=0) as file:
            file.write(line.encode() + b"\n")
            os.fsync(file.fileno())
        return "250 taken"

    def check(self) -> str:
        return f"into {self.log}"
