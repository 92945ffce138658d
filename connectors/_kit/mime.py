"""A mail as bytes: both bodies, each header as given, none that could smuggle in another. For the mail transports."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import Any

from penstock.errors import RefusedMessageError
from penstock.records import OutgoingMail

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
LONGEST_LINE = 998  # RFC 5322, 2.1.1


class _Policy(EmailPolicy):
    """SMTP's line ends, and ASCII headers left unfolded.

    Python's folding turns a long Message-ID or an unsubscribe address into encoded words that no client reads.
    """

    def fold(self, name: str, value: Any) -> str:  # noqa: ANN401 - a header object or a text
        """Return the header on one line where it may stand so, else folded."""
        line = f"{name}: {value}"
        return f"{line}\r\n" if line.isascii() and len(line) <= LONGEST_LINE else super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:  # noqa: ANN401 - a header object or a text
        """Return the same as bytes."""
        return self.fold(name, value).encode("ascii", "surrogateescape")


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")


def mime_bytes(mail: OutgoingMail) -> bytes:
    """Return the message with CRLF line ends, the same bytes for the same mail; raises RefusedMessageError."""
    message = EmailMessage(policy=_POLICY)
    for name, value in _headers(mail):
        try:
            message[name] = value
        except (ValueError, MessageError) as error:
            raise RefusedMessageError(f"The header {name} of {mail.message_id} cannot be written: {error}") from error
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    # By default the boundary is drawn at random; from the message's id, the same mail is the same file.
    message.set_boundary(f"=_{sha256(mail.message_id.encode()).hexdigest()[:40]}")
    return message.as_bytes()


def _headers(mail: OutgoingMail) -> list[tuple[str, str]]:
    own = [
        ("Message-ID", mail.message_id),
        ("Date", format_datetime(mail.date)),
        ("From", _named(mail.sender)),
        ("To", _named(mail.to)),
        ("Subject", mail.subject),
    ]
    headers = [*own, *mail.headers.items()]
    for name, value in headers:
        if _CONTROL.search(value) or not re.fullmatch(r"[A-Za-z0-9-]+", name):
            raise RefusedMessageError(
                f"The header {name!r} of {mail.message_id!r} holds a control character or a line break"
            )
    return headers


def envelope_address(text: str) -> str:
    """Return the bare address of ``Name <address>``, its domain in ASCII; raises RefusedMessageError."""
    local, at, domain = parseaddr(text)[1].rpartition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        at = ""
    if not (local and at and domain) or re.search(r"\s", local + domain) or _CONTROL.search(text):
        raise RefusedMessageError("The recipient or sender is no e-mail address")
    return f"{local}@{domain}"


def _named(text: str) -> str:
    try:
        return str(Address(display_name=parseaddr(text)[0], addr_spec=envelope_address(text)))
    except (ValueError, MessageError) as error:
        raise RefusedMessageError("The recipient or sender is no e-mail address") from error
