"""Composing: both parts from one body, nothing that a value can break, the way out in every mail to a lead."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from penstock.mail.compose import BadAddressError, Composer, UnrenderableError, message_id
from penstock.mail.keyring import Keyring
from penstock.mail.letter import Footer, Item, Letter, Person, lead_words, sample_words, why_lead
from penstock.mail.links import Links, read_token
from penstock.playbook.operations import Sender
from penstock.records import OutgoingMail

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KEYRING = Keyring(("k" * 40,))
SENDER = Sender(name="Ada Lindqvist", email="ada@nordhaven.example", company="Nordhaven", postal_address="Kai 1, Kiel")
NASTY = "Jana *x* <b>[me](https://evil.example)</b>\r\nBcc: all@evil.example\u2028`y` # _z_"


def composer(**options: Any) -> Composer:
    return Composer(links=Links(KEYRING, "https://mail.nordhaven.example/"), **options)


def compose(body: str, *, to: str = "jana@brunner.example", by: Composer | None = None, **words: Any) -> OutgoingMail:
    footer = Footer(why_lead("Nordhaven", agreed_at=NOW, interest=""), 12, "marketing")
    letter = Letter("sequence_mail", "7:intro", to, body, {**sample_words(SENDER), **words}, footer)
    return (by or composer()).compose(letter, sender=SENDER, now=NOW)


def name(text: str) -> Person:
    return Person(first_name=text)


def visible(mail: OutgoingMail) -> str:
    """What the HTML part shows, without its frame's style sheet."""
    return re.sub(r"<style>.*?</style>|<[^>]+>", "", mail.html, flags=re.DOTALL)


def test_one_body_gives_both_parts() -> None:
    mail = compose("Subject: Hi {{ lead.first_name }}\n\n**Two** [papers](https://x.example/a_b):\n\n- one\n- two\n")
    assert mail.subject == "Hi Jana"
    assert mail.text.startswith("Two papers <https://x.example/a_b>:\n\n- one\n- two\n\n--\nNordhaven, Kai 1, Kiel\n")
    assert "<strong>Two</strong>" in mail.html
    assert re.search(r'<a href="https://x.example/a_b" style="[^"]+">papers</a>', mail.html)


def test_date_sender_and_message_id_are_decided() -> None:
    mail = compose("Subject: x\n\ny")
    assert (mail.date, mail.sender, mail.to) == (NOW, "Ada Lindqvist <ada@nordhaven.example>", "jana@brunner.example")
    assert mail.message_id == message_id("sequence_mail", "7:intro", SENDER.email)
    assert re.fullmatch(r"<[0-9a-f]{32}@nordhaven\.example>", mail.message_id)
    assert message_id("sequence_mail", "7:guide", SENDER.email) != mail.message_id


def test_mail_composed_twice_is_the_same_mail() -> None:
    assert compose("Subject: x\n\n{{ greeting }}") == compose("Subject: x\n\n{{ greeting }}")


def test_no_value_is_markdown_or_html_in_either_part() -> None:
    mail = compose(
        "Subject: x\n\nHello {{ lead.first_name }}, hello [{{ lead.first_name }}](https://x.example)", lead=name(NASTY)
    )
    shown = "Jana *x* <b>[me](https://evil.example)</b> Bcc: all@evil.example `y` # _z_"
    assert mail.text.startswith(f"Hello {shown}, hello {shown} <https://x.example>")
    assert "evil.example</a>" not in mail.html
    assert "<b>" not in mail.html
    assert "Hello Jana *x* &lt;b&gt;[me]" in mail.html


@pytest.mark.parametrize(
    "value", ["- a", "1. a", "# a", "> a", "    a", "```", "---", "a\n\nb", "| a |", "&amp;", "\\*"]
)
def test_value_that_looks_like_a_block_stays_one_line_of_text(value: str) -> None:
    mail = compose("Subject: x\n\n{{ lead.first_name }}\n", lead=name(value))
    assert mail.text.split("\n\n--")[0] == " ".join(value.split())
    assert not re.search(r"<(li|h1|blockquote|pre|code|hr)\b", mail.html)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x85", "\u2028", "\u2029", "\x00"])
def test_no_value_can_begin_a_header(end: str) -> None:
    mail = compose("Subject: Hello {{ lead.first_name }}\n\nx", lead=name(f"Jana{end}Bcc: all@evil.example"))
    assert mail.subject == "Hello Jana Bcc: all@evil.example"
    sender = SENDER.model_copy(update={"name": f"Ada{end}Bcc: all@evil.example"})
    letter = Letter("k", "1", "a@b.example", "Subject: x\n\ny", {}, Footer("why"))
    assert len(composer().compose(letter, sender=sender, now=NOW).sender.splitlines()) == 1


@pytest.mark.parametrize(
    "to",
    ["a@b.example\nBcc: x@y.example", "a@b.example, x@y.example", "Jana <a@b.example>", "nobody", "@b.example", ""],
)
def test_address_that_is_no_single_address_is_refused(to: str) -> None:
    with pytest.raises(BadAddressError):
        compose("Subject: x\n\ny", to=to)


@pytest.mark.parametrize(
    ("interest", "said"),
    [
        ("Hydraulics", "because of your interest in Hydraulics at Nordhaven."),
        ("", "because of your interest in Nordhaven."),
    ],
)
def test_footer_says_what_they_are_interested_in_as_far_as_anybody_knows(interest: str, said: str) -> None:
    assert why_lead("Nordhaven", agreed_at=None, interest=interest).endswith(said)


def test_every_mail_to_a_lead_says_who_why_and_how_to_leave() -> None:
    mail = compose("Subject: x\n\ny")
    link = re.fullmatch(r"<(https://mail\.nordhaven\.example/u/([^>/]+))>", mail.headers["List-Unsubscribe"])
    assert link is not None
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    leaving = read_token(KEYRING, link[2])
    assert (leaving.lead_id, leaving.purpose) == (12, "marketing")
    for part in (mail.text, mail.html):
        assert link[1] in part
        assert "Kai 1, Kiel" in part
        assert "you agreed to mail from Nordhaven on 2 March 2026" in part


def test_without_a_web_address_the_mail_says_to_reply() -> None:
    mail = compose("Subject: x\n\ny", by=Composer())
    assert mail.headers == {}
    assert "To unsubscribe, reply and say so." in mail.text
    assert "To unsubscribe, reply and say so." in visible(mail)


def test_note_has_a_footer_without_a_way_out() -> None:
    letter = Letter("handoff_note", "3:1", "ben@nordhaven.example", "Subject: x\n\ny", {}, Footer("Because."))
    mail = composer().compose(letter, sender=SENDER, now=NOW)
    assert mail.headers == {"Auto-Submitted": "auto-generated"}
    assert "nsubscribe" not in mail.text + mail.html
    assert "Because." in mail.text


@pytest.mark.parametrize(
    "body",
    [
        "{{ lead.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ lead.first_name.__init__.__globals__ }}",
        "{{ '%s' | format(lead.__class__) }}",
        "{% for i in range(10000000) %}x{% endfor %}",
        "{{ unknown }}",
        "{{ lead.phone }}",
        "{{ lead.first_name | safe }}",
        "{{ lead.first_name | e }}",
        "{{ 1 / 0 }}",
        "{{ lead.first_name + 1 }}",
        "{{ content[9].title }}",
        "{% include '../../secret.key' %}",
        "{% include 'nothing.md' %}",
        "{% set content.title = 'x' %}",
    ],
)  # fmt: skip
def test_what_a_body_may_not_do_is_an_error_with_its_line(body: str) -> None:
    with pytest.raises(UnrenderableError):
        compose(f"Subject: x\n\nfine\n{body}\n")


@pytest.mark.parametrize(("body", "line"), [("\n\n{{ nobody }}", 4), ("\n\na\n\n{% if %}", 6), ("\n\n{{ 1 / 0 }}", 4)])
def test_error_names_the_line_of_the_file(body: str, line: int) -> None:
    with pytest.raises(UnrenderableError, match=f"line {line}: "):
        compose(f"Subject: x\n{body}")


def test_body_without_subject_line_is_an_error() -> None:
    for body in ("Hello", "", "Subject:\n\nx", "\nSubject: x\n\ny"):
        with pytest.raises(UnrenderableError, match="line 1: a mail starts with `Subject: …`"):
            compose(body)


def test_lines_of_tags_leave_no_line_and_inline_tags_keep_theirs() -> None:
    papers = "{% for item in content %}\n- {{ item.title }}\n{% endfor %}\n"
    body = f"Subject: x\n\n{papers}\nHi{{% if lead.title %}} there{{% endif %}}\nyou\n"
    items = (Item("One", "https://x.example", "guide"), Item("Two", "https://x.example", "guide"))
    mail = compose(body, **lead_words(Person("Jana", title="CTO"), sender=SENDER, content=items, interest=""))
    assert mail.text.startswith("- One\n- Two\n\nHi there\nyou\n\n")
    assert mail.html.count("<li") == 2
    assert "<li style" in mail.html
    assert not re.search(r"<li[^>]*>\s*<p", mail.html)


def test_raw_html_and_script_links_in_a_body_are_text() -> None:
    mail = compose("Subject: x\n\n<script>alert(1)</script> [x](javascript:alert(1))")
    assert "<script" not in mail.html
    assert "javascript:alert(1)</" not in mail.html.replace("[x](javascript:alert(1))</", "")
    assert not re.search(r'href="javascript', mail.html)


def test_text_part_renders_every_kind_of_block() -> None:
    blocks = {
        "# Head": "Head",
        "> quoted\n> twice": "> quoted\n> twice",
        "1. one\n   - in\n2. two": "1. one\n   - in\n2. two",
        "***": "--------------------",
        "    code": "    code",
        "<https://x.example> *and* `more`\\\nend": "https://x.example and more\nend",
    }
    mail = compose("Subject: x\n\n" + "\n\n".join(blocks))
    assert mail.text.split("\n\n--\n")[0] == "\n\n".join(blocks.values())


def test_workspace_overrides_templates_by_path(tmp_path: Path) -> None:
    (tmp_path / "email").mkdir()
    (tmp_path / "email" / "layout.txt").write_text("Our own foot: {{ sender.postal_address }}", encoding="utf-8")
    mail = compose("Subject: x\n\ny", by=composer(overrides=tmp_path))
    assert mail.text == "y\n\nOur own foot: Kai 1, Kiel\n"
    assert "<table" in mail.html
    assert composer().template("handoff/note.md").startswith("Subject: ")


def test_override_that_is_wrong_is_an_error_too(tmp_path: Path) -> None:
    (tmp_path / "email").mkdir()
    (tmp_path / "email" / "layout.html").write_text("{{ nothing }}", encoding="utf-8")
    with pytest.raises(UnrenderableError, match="nothing"):
        compose("Subject: x\n\ny", by=composer(overrides=tmp_path))


def test_html_needs_no_style_sheet_and_tables_are_no_data() -> None:
    mail = compose("Subject: x\n\n# A\n\n- b\n\n[c](https://x.example)")
    assert all("style=" in found for found in re.findall(r"<(?:p|h1|li|ul|a)\b[^>]*>", mail.html))
    assert all('role="presentation"' in found for found in re.findall(r"<table[^>]*>", mail.html))
    assert '<html lang="en">' in mail.html
