"""Small stand-ins for the outside, shared by tests: what they were given, they keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

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

    @property
    def addresses(self) -> list[str]:
        """To whom it sent, in order."""
        return [mail.to for mail in self.sent]
