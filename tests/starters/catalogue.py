"""The starters as tests read them: each loaded once, and its mails without header and footer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from penstock.mail.letter import Item, Person, lead_words
from penstock.playbook.load_files import Loaded, read_playbook
from penstock.playbook.operations import Content, Operations, Sequence, Step

STARTERS = ("components", "equipment", "maintenance")
READER = Person("Jana", "Keller", "Brunner Maschinenbau AG", "Head of Engineering")
JINJA = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)


@dataclass(frozen=True)
class Body:
    """One mail of a starter: where it stands, its text for one reader, the catalogue items that it offers."""

    step: str
    text: str
    offered: tuple[Content, ...]


def folder(starter: str) -> Path:
    """Return the folder of a starter, a workspace to copy."""
    with as_file(files("templates").joinpath("playbooks", starter)) as place:
        return place


@cache
def loaded(starter: str) -> Loaded:
    """Return a starter's playbook with its places."""
    return read_playbook(folder(starter) / "playbook")


def operations(starter: str) -> Operations:
    """Return what is not deciding of a starter."""
    return loaded(starter).playbook.operations


def steps(starter: str) -> Iterator[tuple[str, Sequence, Step]]:
    """Yield ``sequence:step`` with its sequence and step."""
    for name, sequence in operations(starter).sequences.items():
        yield from ((f"{name}:{step_id}", sequence, step) for step_id, step in sequence.steps.items())


@cache
def bodies(starter: str, *, with_content: bool = True) -> tuple[Body, ...]:
    """Return every mail of a starter, rendered; without content, as for a reader who has had all of it."""
    return tuple(_body(starter, *found, with_content=with_content) for found in steps(starter))


def _body(starter: str, name: str, sequence: Sequence, step: Step, *, with_content: bool) -> Body:
    own = operations(starter)
    offered = tuple(own.content[item] for item in step.content)
    items = tuple(Item(one.title, one.url, one.kind, tuple(one.facts)) for one in offered if with_content)
    words = lead_words(READER, sender=own.sender, content=items, interest=sequence.title)
    subject, _, body = own.mails[step.mail].partition("\n\n")
    assert subject.startswith("Subject: ")
    return Body(name, JINJA.from_string(body).render(words), offered)
