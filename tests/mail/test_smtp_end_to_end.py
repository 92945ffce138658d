"""From a decision to a mail server: real SMTP over loopback, with a server that takes, refuses, defers or dies."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from connectors.mail_folder import FolderMailer
from connectors.smtp import Options, SmtpMailer
from penstock.store.tables import Effect
from tests.mail.cast import Cast, cast
from tests.web.client import Client

__all__ = ["cast"]


@dataclass
class Inbox:
    """What a mail server does with each recipient: takes the mail, or answers as ``answers`` says for the address."""

    answers: dict[str, str] = field(default_factory=dict)
    taken: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address in self.answers and self.answers[address] != "dies":
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.answers.get(envelope.rcpt_tos[0]) == "dies":
            server.transport.abort()
        return "250 taken"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def smtp(inbox: Inbox) -> Iterator[SmtpMailer]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield SmtpMailer(Options(host="127.0.0.1", port=port, security="none", timeout=10))
    controller.stop()


def test_decision_becomes_a_mail_that_a_client_can_leave_by_one_click(
    cast: Cast, inbox: Inbox, smtp: SmtpMailer
) -> None:
    from penstock.web.app import make_app
    from tests.mail.cast import KEYRING, WEB

    cast.decide(cast.lead("jana", first_name="Jána 🚰"))
    cast.nurture()
    assert cast.deliver(smtp).accepted == 1
    (mail,) = inbox.taken
    (row,) = cast.rows(Effect)
    assert (mail["Message-ID"], mail["Subject"], mail["To"]) == (row.rfc_message_id, row.subject, row.address)
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "Hello Jána 🚰," in text.get_content()
    assert "<strong>ISO 4413</strong>" in html.get_content()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = str(mail["List-Unsubscribe"]).strip("<>").removeprefix(WEB)
    app = make_app(cast.store, keyring=KEYRING, clock=lambda: cast.now)
    assert Client(app).post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert cast.nurture(cast.now + timedelta(days=9)).planned == 0


def test_one_refused_and_one_deferred_hold_nobody_else_back(cast: Cast, inbox: Inbox, smtp: SmtpMailer) -> None:
    inbox.answers = {"lead-1@brunner.example": "554 no such user", "lead-2@brunner.example": "451 later"}
    for turn in range(5):
        cast.message(cast.lead(f"lead-{turn}"))
    result = cast.deliver(smtp)
    assert (result.accepted, result.refused, result.deferred) == (3, 1, 1)
    inbox.answers = {}
    assert cast.deliver(smtp, cast.now + timedelta(hours=1)).accepted == 1
    addresses = [mail["To"] for mail in inbox.taken]
    assert sorted(addresses) == [f"lead-{turn}@brunner.example" for turn in (0, 2, 3, 4)]


def test_server_that_dies_over_a_mail_leaves_it_unknown_and_takes_it_once(
    cast: Cast, inbox: Inbox, smtp: SmtpMailer
) -> None:
    inbox.answers = {"lead-0@brunner.example": "dies"}
    for turn in range(2):
        cast.message(cast.lead(f"lead-{turn}"))
    result = cast.deliver(smtp)
    assert (result.unknown, result.accepted) == (1, 1)
    inbox.answers = {}
    cast.deliver(smtp, cast.now + timedelta(hours=1))
    assert len(inbox.taken) == 2
    assert [row.status for row in cast.rows(Effect)] == ["unknown", "accepted"]


def test_server_that_is_down_fails_the_run_and_everything_waits(cast: Cast, inbox: Inbox, smtp: SmtpMailer) -> None:
    for turn in range(3):
        cast.message(cast.lead(f"lead-{turn}"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    down = SmtpMailer(Options(host="127.0.0.1", port=port, security="none", timeout=2))
    result = cast.deliver(down, batch=2)
    assert (result.claimed, result.deferred) == (3, 3)
    assert result.failed.startswith(
        f"No session with 127.0.0.1:{port}: [Errno 111] Connection refused; check host, port"
    )
    assert result.said == {"deferred": {result.failed: 3}}
    assert cast.deliver(down).claimed == 0
    assert cast.deliver(smtp, cast.now + timedelta(hours=1)).accepted == len(inbox.taken) == 3


def test_result_says_what_the_server_said_and_names_no_address(cast: Cast, inbox: Inbox, smtp: SmtpMailer) -> None:
    for turn in range(2):
        inbox.answers[f"lead-{turn}@brunner.example"] = f"554 <lead-{turn}@brunner.example>: no such user"
        cast.message(cast.lead(f"lead-{turn}"))
    result = cast.deliver(smtp)
    assert (result.said, result.failed) == ({"refused": {"554 …: no such user": 2}}, "")


def test_folder_that_takes_no_file_fails_the_run_and_everything_waits(cast: Cast, tmp_path: Any) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    for turn in range(2):
        cast.message(cast.lead(f"lead-{turn}"))
    result = cast.deliver(FolderMailer(tmp_path / "mail"))
    assert (result.claimed, result.deferred) == (2, 2)
    assert "name another folder in [mail]" in result.failed


def test_folder_holds_one_file_per_message_however_often_it_is_sent(cast: Cast, tmp_path: Any) -> None:
    folder = FolderMailer(tmp_path / "mail")
    message = cast.message(cast.lead())
    assert cast.deliver(folder).accepted == 1
    cast.change(Effect, message, status="planned")
    cast.deliver(folder)
    (file,) = (tmp_path / "mail").iterdir()
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["To"] == "jana@brunner.example"
