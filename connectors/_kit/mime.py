"""A mail as bytes: both bodies, each header as given, none that could smuggle in another. For the mail transports.

Written line by line: parsing and folding each header took the email package most of what a mail costs. It still writes
those that are not plain ASCII.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections import Counter
from email.errors import MessageError
from email.headerregistry import Address
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from hashlib import sha256

from penstock.errors import RefusedMessageError
from penstock.records import OutgoingMail

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_NAME = re.compile(r"[A-Za-z0-9-]+")
# Atoms without = and ?, of which encoded words are made.
_ATOMS = r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/^_`{|}~-]+)*"
# What MIME says of the bodies is said here only.
_OF_BODIES = re.compile(r"(?i)mime-version|content-.*")
_PLAIN_ADDRESS = re.compile(rf"{_ATOMS}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
# A line break that is not a fold; an encoded word can hold one.
_NEXT_HEADER = re.compile(r"\r\n(?![ \t]|\Z)|\r(?!\n)|(?<!\r)\n")
# What folding runs into, on some odd texts by a fault of its own.
_FAULTS = (ValueError, LookupError, AttributeError, TypeError, MessageError)
LONGEST_LINE = 998  # RFC 5322, 2.1.1
_POLICY = EmailPolicy(linesep="\r\n", cte_type="7bit")


def mime_bytes(mail: OutgoingMail) -> bytes:
    """Return the message with CRLF line ends, the same bytes for the same mail; raises RefusedMessageError."""
    # Drawn from the message's id, so that the same mail is the same file; no quoted-printable line has "=_".
    boundary = f"=_{sha256(mail.message_id.encode()).hexdigest()[:40]}"
    head = "".join(_written(mail, name, value) for name, value in _headers(mail))
    parts = (_part("plain", mail.text), _part("html", mail.html))
    return b"".join(
        (
            head.encode("ascii"),
            f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode(),
            *(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts),
            f"--{boundary}--\r\n".encode(),
        )
    )


def _part(subtype: str, body: str) -> bytes:
    # A line break of the body is CRLF already when it is encoded; no other control character stays as it is.
    lines = b"".join(line + b"\r\n" for line in body.encode().splitlines() or [b""])
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode() + b2a_qp(lines)


def _written(mail: OutgoingMail, name: str, value: str) -> str:
    try:
        return _line(name, value)
    except _FAULTS as error:
        raise RefusedMessageError(f"The header {name} of {mail.message_id} cannot be written: {error}") from error


# The sender, the dates and the subjects of a batch are few.
@lru_cache(maxsize=512)
def _line(name: str, value: str) -> str:
    """Return a header with its line end: on one line where it may stand so, else encoded and folded.

    Folding turns a long Message-ID or an unsubscribe address into encoded words that no client reads. A text that looks
    like an encoded word already is read as one first.
    """
    if "=?" not in value and _may_stand(f"{name}: {value}"):
        return f"{name}: {value}\r\n"
    parsed = _POLICY.header_store_parse(name, value)
    plain = f"{name}: {parsed[1]}"
    written: str = f"{plain}\r\n" if _may_stand(plain) else _POLICY.fold(*parsed)
    if _NEXT_HEADER.search(written) or not written.isascii():
        raise ValueError("it would not stay one header")
    return written


def _may_stand(line: str) -> bool:
    return line.isascii() and len(line) <= LONGEST_LINE


_OWN = ("Message-ID", "Date", "From", "To", "Subject")


def _headers(mail: OutgoingMail) -> list[tuple[str, str]]:
    own = (mail.message_id, format_datetime(mail.date), _named(mail.sender), _named(mail.to), mail.subject)
    headers = [*zip(_OWN, own, strict=True), *mail.headers.items()]
    for name, value in headers:
        if _CONTROL.search(value) or not _NAME.fullmatch(name):
            raise RefusedMessageError(
                f"The header {name!r} of {mail.message_id!r} holds a control character or a line break"
            )
    _refuse_repeated(mail)
    return headers


def _refuse_repeated(mail: OutgoingMail) -> None:
    counts = Counter(name.lower() for name in (*_OWN, *mail.headers))
    twice = [name for name, count in counts.items() if count > 1 or _OF_BODIES.fullmatch(name)]
    if twice:
        raise RefusedMessageError(f"The header {twice[0]} of {mail.message_id} is not for the mail to give")


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


@lru_cache(maxsize=512)
def _named(text: str) -> str:
    if _PLAIN_ADDRESS.fullmatch(text):
        return text
    try:
        return str(Address(display_name=parseaddr(text)[0], addr_spec=envelope_address(text)))
    except (ValueError, MessageError) as error:
        raise RefusedMessageError("The recipient or sender is no e-mail address") from error
