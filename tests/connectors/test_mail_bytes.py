"""A mail as bytes, and as a file: both bodies, the headers as given, no way in for another one, the same each time."""

from __future__ import annotations

import email
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from connectors._kit.mime import envelope_address, mime_bytes
from connectors.mail_folder import FolderMailer, file_name
from penstock.errors import RefusedMessageError
from penstock.records import OutgoingMail

LINK = "https://mail.example/u/" + "x" * 300
MAIL = OutgoingMail(
    message_id="<0f3c" + "a" * 80 + "@mail.example>",
    sender="Jörg Aldringer <joerg@mail.example>",
    to="Jana Muster <jana@kunde.example>",
    subject="Dichtungen für Ihre Presse – " + "Größe und Werkstoff " * 6,
    text="Guten Tag,\n.\n.. ein Punkt am Anfang\n" + "ä" * 400 + "\n",
    html="<p>Guten Tag,</p>\n<p>.</p>\n",
    date=datetime(2026, 3, 2, 9, tzinfo=UTC),
    headers={"List-Unsubscribe": f"<{LINK}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
)


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_both_bodies_and_every_header_come_back() -> None:
    message = parsed(mime_bytes(MAIL))
    assert message.get_content_type() == "multipart/alternative"
    assert (body(message, "plain"), body(message, "html")) == (MAIL.text, MAIL.html)
    assert message["Subject"] == MAIL.subject
    assert message["From"].addresses[0].display_name == "Jörg Aldringer"
    assert message["Date"].datetime == MAIL.date


def test_long_id_and_link_stay_as_they_are() -> None:
    raw = mime_bytes(MAIL)
    assert f"Message-ID: {MAIL.message_id}\r\n".encode() in raw
    assert f"List-Unsubscribe: <{LINK}>\r\n".encode() in raw


def test_lines_are_short_enough_and_end_as_smtp_wants() -> None:
    lines = mime_bytes(MAIL).split(b"\r\n")
    assert max(map(len, lines)) < 998
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert all(byte < 128 for line in lines for byte in line)


def test_same_mail_is_the_same_bytes() -> None:
    assert mime_bytes(MAIL) == mime_bytes(replace(MAIL))


@pytest.mark.parametrize("bad", ["\r\nBcc: all@x.example", "\nBcc: all@x.example", "\r x", "\x00", "\u2028x", "\x85x"])
@pytest.mark.parametrize("where", ["subject", "sender", "to", "message_id", "headers"])
def test_no_header_can_be_smuggled_in(where: str, bad: str) -> None:
    change: dict[str, Any] = {where: {"X-Campaign": f"a{bad}"} if where == "headers" else getattr(MAIL, where) + bad}
    with pytest.raises(RefusedMessageError):
        mime_bytes(replace(MAIL, **change))


def test_name_of_a_header_cannot_carry_another() -> None:
    with pytest.raises(RefusedMessageError):
        mime_bytes(replace(MAIL, headers={"X: y\r\nBcc": "all@x.example"}))


@pytest.mark.parametrize("name", ["Muster, Jana", 'Jana "JJ" Muster', "a@b <x>", "Jana; Ben", "Größe & Söhne"])
def test_any_name_makes_one_recipient(name: str) -> None:
    from email.utils import formataddr

    message = parsed(mime_bytes(replace(MAIL, to=formataddr((name, "jana@kunde.example")))))
    assert [(one.display_name, one.addr_spec) for one in message["To"].addresses] == [(name, "jana@kunde.example")]


@pytest.mark.parametrize(
    ("text", "address"),
    [("Jana <jana@kunde.example>", "jana@kunde.example"), ("jana@müller.example", "jana@xn--mller-kva.example")],
)
def test_envelope_has_the_bare_address(text: str, address: str) -> None:
    assert envelope_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "jana", "jana@", "@x.example", "ja na@x.example", "a@x.example\r\nRCPT TO:<b@x.example>"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(RefusedMessageError):
        envelope_address(text)


def test_folder_holds_each_message_once_and_whole(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path / "data" / "mail")
    assert mailer.repeatable
    names = {mailer.send(MAIL), mailer.send(MAIL), mailer.send(replace(MAIL, message_id="<2@mail.example>"))}
    assert {place.name for place in mailer.folder.iterdir()} == names
    assert parsed((mailer.folder / "2@mail.example.eml").read_bytes())["Message-ID"] == "<2@mail.example>"


def test_refused_message_leaves_no_file(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path)
    with pytest.raises(RefusedMessageError):
        mailer.send(replace(MAIL, subject="a\nb"))
    assert list(tmp_path.iterdir()) == []


def test_file_names_are_safe_and_differ() -> None:
    ids = ["<a@b.example>", "<a/../b@c>", "<a\\b@c>", "<.hidden@x>", "<" + "a" * 300 + "@x>", "<" + "a" * 299 + "b@x>"]
    names = [file_name(one) for one in ids]
    assert len(set(names)) == len(ids)
    assert not any("/" in name or "\\" in name or name.startswith(".") or len(name) > 200 for name in names)
