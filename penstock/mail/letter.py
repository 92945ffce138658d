"""What a mail is made of, and the words that a body may name; used by deliver, preview and checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from penstock.playbook.operations import Sender


@dataclass(frozen=True, slots=True)
class Person:
    """``lead`` in a body: what is known of the reader, empty where it is not."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class From:
    """``sender`` in a body."""

    name: str
    company: str


@dataclass(frozen=True, slots=True)
class Item:
    """One of ``content`` in a body: a piece of the catalogue that the reader has not had."""

    title: str
    url: str
    kind: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Interest:
    """``interest`` in a body: what the sequence is about for this reader."""

    title: str


@dataclass(frozen=True, slots=True)
class Footer:
    """What stands below the body: why the reader gets it, and for leads the way out (``lead_id`` and purpose)."""

    why: str
    lead_id: int | None = None
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of ours in whose name a mail goes out, and who gets the answers."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to compose. ``kind`` and ``key`` are those of its effect; the body's first line is ``Subject: …``."""

    kind: str
    key: str
    to: str
    body: str
    context: Mapping[str, Any]
    footer: Footer
    by: Colleague | None = None
    """Who of ours writes; else the sender of the playbook does."""


def lead_words(
    lead: Person, *, sender: Sender, content: tuple[Item, ...], interest: str, by: Colleague | None = None
) -> dict[str, Any]:
    """Return everything that the body of a sequence may name; ``by`` is who of ours writes, where somebody does."""
    return {
        "lead": lead,
        "sender": From(sender.name if by is None else by.name, sender.company),
        "content": content,
        "interest": Interest(interest),
        "greeting": f"Hello {lead.first_name}," if lead.first_name else "Hello,",
    }


def sample_words(sender: Sender, content: tuple[Item, ...] = ()) -> dict[str, Any]:
    """Return the words of a made-up reader, to try a body with."""
    item = Item("Sizing guide", "https://www.example.com/sizing-guide", "guide", ("ISO 4413",))
    reader = Person("Jana", "Keller", "Brunner Maschinenbau", "Head of Engineering")
    return lead_words(reader, sender=sender, content=content or (item,), interest="Hydraulics")


def why_lead(company: str, *, agreed_at: datetime | None, interest: str) -> str:
    """Return why a lead gets a mail: their consent with its date, else their interest (where the law lets that do)."""
    if agreed_at is not None:
        return f"You get this mail because you agreed to mail from {company} on {agreed_at.day} {agreed_at:%B %Y}."
    return f"You get this mail because of your interest in {f'{interest} at ' if interest else ''}{company}."


def why_colleague(company: str) -> str:
    """Return why somebody of ours gets a note or an alert."""
    return f"You get this mail because the playbook of {company} names you for it."
