"""One message over SMTP. How far it got decides what may be done next, so each stage has errors of its own.

Before the content is handed over nothing can have been delivered: trouble there is *deferred*. A reply of the server
about the message is final (5xx, *refused*) or not (4xx, *deferred*). A connection that breaks while or after the
content is sent may or may not have delivered it: *unknown*, a person resolves it.
"""

from __future__ import annotations

import logging
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connectors._kit.mime import envelope_address, mime_bytes
from connectors.smtp.remedy import remedy
from penstock.errors import DeferredMessageError, RefusedMessageError, UnknownOutcomeError, UnreachableMailError
from penstock.records import OutgoingMail

_log = logging.getLogger(__name__)

_GO_ON = 354
_PERMANENT = 500
_TROUBLE = (OSError, smtplib.SMTPException)

Security = Literal["starttls", "tls", "none"]
_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}


class Options(BaseModel):
    """The mail server. Without a port, the usual one for the security chosen; seconds for the timeout."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    security: Security = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    timeout: Annotated[float, Field(gt=0, le=600)] = 30
    local_name: str | None = None
    """What we call ourselves in EHLO; None: the machine's name."""
    ca_file: str | None = None
    """Certificates to trust beside the system's, for a server inside the house."""


class SmtpMailer:
    """Sends a message to its one recipient and says what the server said."""

    repeatable = False

    def __init__(self, options: Options) -> None:
        self._options = options

    def send(self, mail: OutgoingMail) -> str:
        """Hand the message over and return the server's last reply.

        Raises RefusedMessageError for good, DeferredMessageError to try later, UnreachableMailError (one of the latter)
        where there was no session at all, UnknownOutcomeError when the connection broke after the content was begun.
        """
        sender, to, content = envelope_address(mail.sender), envelope_address(mail.to), mime_bytes(mail)
        with self._connection() as server:
            try:
                _begin(server, sender, to)
            except _TROUBLE as error:
                raise DeferredMessageError(
                    f"The connection broke before the message was sent: {_said(error)}"
                ) from error
            reply = _content(server, content)
        _log.info("SMTP %s took %s (%s bytes)", self._options.host, mail.message_id, len(content))
        return reply

    def check(self) -> str:
        """Connect, introduce ourselves, encrypt and log in as for a message, and leave; raises UnreachableMailError."""
        with self._connection() as server:
            login = ", logged in" if self._options.username else ""
            greeting = server.ehlo_resp or server.helo_resp or b""
        name = greeting.decode("utf-8", "replace").partition("\n")[0]
        return f"by SMTP through {self._options.host}:{self._port} ({self._options.security}{login}): {name}"

    @property
    def _port(self) -> int:
        return self._options.port or _PORTS[self._options.security]

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        try:
            server = self._open()
        except _TROUBLE as error:
            # A wrong password, a server that is down: no fault of the message, it waits until that is mended.
            what = f"No session with {self._options.host}:{self._port}: {_said(error)}"
            raise UnreachableMailError(f"{what}; {remedy(error)}") from error
        try:
            yield server
            with suppress(*_TROUBLE):  # the message is settled, whatever the farewell
                server.quit()
        finally:
            server.close()

    def _open(self) -> smtplib.SMTP:
        chosen, port = self._options, self._port
        if chosen.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                chosen.host, port, chosen.local_name, timeout=chosen.timeout, context=self._trust()
            )
        else:
            server = smtplib.SMTP(chosen.host, port, chosen.local_name, timeout=chosen.timeout)
        try:
            self._introduce(server)
        except BaseException:
            server.close()
            raise
        return server

    def _introduce(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if self._options.security == "starttls":
            server.starttls(context=self._trust())
            server.ehlo()
        if self._options.username:
            server.login(self._options.username, self._options.password.get_secret_value())

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._options.ca_file:
            context.load_verify_locations(self._options.ca_file)
        return context


def _begin(server: smtplib.SMTP, sender: str, to: str) -> None:
    """Name sender and recipient and announce the content."""
    utf8 = () if (sender + to).isascii() else ("SMTPUTF8",)
    if utf8 and not server.has_extn("smtputf8"):
        raise RefusedMessageError("The address has letters beyond ASCII and the mail server takes none (no SMTPUTF8)")
    if utf8:
        server.command_encoding = "utf-8"
    _expect(*server.mail(sender, utf8))
    _expect(*server.rcpt(to))
    _expect(*server.docmd("DATA"), wanted=_GO_ON)


def _content(server: smtplib.SMTP, content: bytes) -> str:
    """Send the content and return the reply to it."""
    stuffed = re.sub(rb"(?m)^\.", b"..", content)
    try:
        server.send(stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"))
        code, text = server.getreply()
    except _TROUBLE as error:
        raise UnknownOutcomeError(f"The connection broke after the message was sent: {_said(error)}") from error
    return _expect(code, text)


def _expect(code: int, text: bytes, *, wanted: int | None = None) -> str:
    """Return the reply when it is the wanted one (None: any 2xx); raises by what the code asks for."""
    reply = f"{code} {text.decode('utf-8', 'replace')}"
    if code == wanted or (wanted is None and 200 <= code < 300):  # noqa: PLR2004 - RFC 5321, 4.2.1: 2yz is success
        return reply
    if code >= _PERMANENT:
        raise RefusedMessageError(reply)
    raise DeferredMessageError(reply)


def _said(error: Exception) -> str:
    """Return what the server or the network said, without addresses."""
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
    return str(error) or type(error).__name__
