"""Real SMTP on this machine: how far a message got decides which error it ends with."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from connectors.smtp import Options, SmtpMailer
from penstock.errors import DeferredMessageError, RefusedMessageError, UnknownOutcomeError, UnreachableMailError
from tests.connectors.test_mail_bytes import MAIL, body, parsed

LOCAL = "127.0.0.1"


class Inbox:
    """A mail server's mind: what it says to a recipient and to a message, and what it took."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.recipients: dict[str, str] = {}
        self.senders: dict[str, str] = {}
        self.reply = "250 2.0.0 taken"
        self.cut: Callable[[SMTP], None] = lambda _: None

    async def handle_MAIL(self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        return self.senders.get(address, "250 OK")

    async def handle_RCPT(self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        envelope.rcpt_tos.append(address)
        return self.recipients.get(address, "250 OK")

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:
        self.taken.append(envelope)
        self.cut(server)
        return self.reply


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind((LOCAL, 0))
        return int(taken.getsockname()[1])


def hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


@contextmanager
def serving(inbox: Inbox, **settings: Any) -> Iterator[int]:
    controller = Controller(inbox, hostname=LOCAL, port=free_port(), **settings)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def mailer(inbox: Inbox) -> Iterator[SmtpMailer]:
    with serving(inbox) as port:
        yield SmtpMailer(Options(host=LOCAL, port=port, security="none", timeout=5))


def test_accepted_message_arrives_with_both_bodies(inbox: Inbox, mailer: SmtpMailer) -> None:
    assert mailer.send(MAIL) == "250 2.0.0 taken"
    (envelope,) = inbox.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("joerg@mail.example", ["jana@kunde.example"])
    assert isinstance(envelope.content, bytes)
    message = parsed(envelope.content)
    assert (body(message, "plain"), body(message, "html")) == (MAIL.text, MAIL.html)
    assert message["Message-ID"] == MAIL.message_id


def test_one_refused_recipient_does_not_touch_the_others(inbox: Inbox, mailer: SmtpMailer) -> None:
    inbox.recipients["p3@kunde.example"] = "554 5.7.1 no"
    refused = []
    for number in range(6):
        try:
            mailer.send(replace(MAIL, to=f"p{number}@kunde.example", message_id=f"<{number}@mail.example>"))
        except RefusedMessageError as error:
            refused.append(str(error))
    assert refused == ["554 5.7.1 no"]
    assert [envelope.rcpt_tos for envelope in inbox.taken] == [[f"p{n}@kunde.example"] for n in (0, 1, 2, 4, 5)]


@pytest.mark.parametrize(
    ("stage", "reply", "error"),
    [
        ("rcpt", "550 5.1.1 unknown", RefusedMessageError),
        ("rcpt", "451 4.7.1 greylisted", DeferredMessageError),
        ("mail", "552 5.3.4 too big", RefusedMessageError),
        ("mail", "451 4.3.0 busy", DeferredMessageError),
        ("data", "554 5.6.0 no", RefusedMessageError),
        ("data", "451 4.3.0 later", DeferredMessageError),
        ("data", "421 4.3.2 closing", DeferredMessageError),
    ],
)
def test_answer_of_the_server_decides(
    inbox: Inbox, mailer: SmtpMailer, stage: str, reply: str, error: type[Exception]
) -> None:
    inbox.recipients = {"jana@kunde.example": reply} if stage == "rcpt" else {}
    inbox.senders = {"joerg@mail.example": reply} if stage == "mail" else {}
    inbox.reply = reply if stage == "data" else inbox.reply
    with pytest.raises(error) as caught:
        mailer.send(MAIL)
    assert str(caught.value) == reply


def test_connection_that_breaks_after_the_content_leaves_the_outcome_unknown(inbox: Inbox, mailer: SmtpMailer) -> None:
    inbox.cut = hang_up
    with pytest.raises(UnknownOutcomeError, match="broke after the message was sent"):
        mailer.send(MAIL)
    assert len(inbox.taken) == 1


def test_connection_that_breaks_before_the_content_is_deferred(mailer: SmtpMailer, inbox: Inbox) -> None:
    async def cut(server: SMTP, *_: Any) -> str:
        hang_up(server)
        return "250 OK"

    inbox.handle_RCPT = cut  # type: ignore[method-assign,assignment] # this server has had enough
    with pytest.raises(DeferredMessageError, match="broke before the message was sent"):
        mailer.send(MAIL)
    assert inbox.taken == []


def test_server_that_is_down_defers() -> None:
    mailer = SmtpMailer(Options(host=LOCAL, port=free_port(), security="none", timeout=2))
    with pytest.raises(DeferredMessageError, match=r"No session with 127\.0\.0\.1"):
        mailer.send(MAIL)


def test_message_that_cannot_be_written_is_refused_before_connecting() -> None:
    with pytest.raises(RefusedMessageError):
        SmtpMailer(Options(host=LOCAL, port=1, security="none")).send(replace(MAIL, subject="a\r\nBcc: b@x.example"))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of this machine's, signed by itself."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    start = datetime.now(UTC) - timedelta(hours=1)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(start + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    place = tmp_path_factory.mktemp("tls") / "localhost.pem"
    place.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return place


def trusted(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def known(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
    good = isinstance(given, LoginPassword) and (given.login, given.password) == (b"penstock", b"s3cret")
    return AuthResult(success=good, handled=False)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypted_and_logged_in(inbox: Inbox, certificate: Path, security: Any) -> None:
    tls: dict[str, Any] = {"ssl_context": trusted(certificate)} if security == "tls" else {
        "tls_context": trusted(certificate), "require_starttls": True,
    }  # fmt: skip
    starttls = security == "starttls"  # the server does not see that it is behind TLS from the start
    login = {"authenticator": known, "auth_required": starttls, "auth_require_tls": starttls}
    with serving(inbox, **tls, **login) as port:
        options = Options(
            host="localhost", port=port, security=security, username="penstock", password=SecretStr("s3cret"),
            timeout=5, ca_file=str(certificate),
        )  # fmt: skip
        assert SmtpMailer(options).send(MAIL).startswith("250")
        wrong = options.model_copy(update={"password": SecretStr("guess")})
        with pytest.raises(DeferredMessageError, match="535"):
            SmtpMailer(wrong).send(MAIL)
        assert "logged in" in SmtpMailer(options).check()
        with pytest.raises(UnreachableMailError, match=r"535 .*; check user in .mail. and PENSTOCK_MAIL_PASSWORD"):
            SmtpMailer(wrong).check()
        with pytest.raises(DeferredMessageError, match="CERTIFICATE_VERIFY_FAILED"):
            SmtpMailer(options.model_copy(update={"ca_file": None})).send(MAIL)
    assert len(inbox.taken) == 1


def test_server_without_encryption_gets_no_message_where_it_is_asked_for(inbox: Inbox) -> None:
    with serving(inbox) as port, pytest.raises(DeferredMessageError, match="STARTTLS"):
        SmtpMailer(Options(host=LOCAL, port=port, timeout=5)).send(MAIL)
    assert inbox.taken == []


def test_check_goes_as_far_as_a_message_would_and_sends_none(inbox: Inbox, mailer: SmtpMailer) -> None:
    assert mailer.check().startswith("by SMTP through 127.0.0.1:")
    assert inbox.taken == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"security": "starttls"}, "STARTTLS extension not supported by server.; the server offers other security"),
        ({"security": "tls"}, "check security and port in [mail]"),
        ({"username": "penstock"}, "the server offers other security"),
    ],
    ids=["no STARTTLS", "no TLS", "no login"],
)
def test_check_says_what_keeps_us_out_and_what_to_do(inbox: Inbox, options: dict[str, Any], said: str) -> None:
    with serving(inbox) as port, pytest.raises(UnreachableMailError) as caught:
        SmtpMailer(Options(**{"host": LOCAL, "port": port, "security": "none", "timeout": 5, **options})).check()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_check_of_a_server_that_is_down_names_host_and_port() -> None:
    port = free_port()
    with pytest.raises(UnreachableMailError, match=rf"No session with 127\.0\.0\.1:{port}: .*; check host, port and"):
        SmtpMailer(Options(host=LOCAL, port=port, security="none", timeout=2)).check()


def test_password_shows_nowhere() -> None:
    assert "s3cret" not in repr(Options(host="x", username="u", password=SecretStr("s3cret")))
