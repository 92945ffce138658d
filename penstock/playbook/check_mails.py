"""Checks mail bodies: each is used, has a subject, names only what there is, and renders for a made-up reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

from penstock.mail.compose import Composer, UnrenderableError
from penstock.mail.letter import Footer, From, Interest, Item, Letter, Person, sample_words
from penstock.playbook.check_findings import Findings
from penstock.playbook.load_places import meant
from penstock.playbook.model import Playbook
from penstock.playbook.operations import Operations, Step
from penstock.store.types import EPOCH

# Word of a body → its parts.
_WORDS: dict[str, Any] = {"lead": Person, "sender": From, "interest": Interest, "content": None, "greeting": None}


def check_mails(playbook: Playbook, found: Findings) -> None:
    """Find mails nobody sends, and mails that do not render."""
    operations = playbook.operations
    steps: dict[str, list[Step]] = {name: [] for name in operations.mails}
    for sequence in operations.sequences.values():
        for step in sequence.steps.values():
            steps.get(step.mail, []).append(step)
    composer = Composer()
    for name, uses in steps.items():
        if not uses:
            found.warn(("mails", name), "no step sends this mail", "name it in a sequence, or delete the file")
        if _names(name, operations.mails[name], found):
            _render(name, uses, composer, operations, found)


def _names(name: str, body: str, found: Findings) -> bool:
    """Look for names that do not exist; return whether a try at rendering can find anything more."""
    try:
        parsed = Environment(autoescape=True).parse(body)
    except TemplateSyntaxError as error:
        found.mail(name, error.lineno, f"this is no template: {error.message}", "compare {{ … }} and {% … %}")
        return False
    unknown = list(_unknown(parsed))
    for line, what, remedy in unknown:
        found.mail(name, line, what, remedy)
    return not unknown


def _unknown(parsed: nodes.Template) -> Iterator[tuple[int, str, str]]:
    own = {target.name for target in parsed.find_all(nodes.Name) if target.ctx != "load"}
    items = set(_items(parsed))
    for word in parsed.find_all(nodes.Name):
        if word.ctx == "load" and word.name not in {*_WORDS, *own, "loop", "range"}:
            yield word.lineno, f"{word.name} is unknown here", meant(word.name, _WORDS)
    for part in parsed.find_all(nodes.Getattr):
        if isinstance(part.node, nodes.Name):
            of = Item if part.node.name in items else _WORDS.get(part.node.name)
            known = [] if of is None else [field.name for field in fields(of)]
            if known and part.attr not in known:
                yield part.lineno, f"{part.node.name} has no {part.attr}", meant(part.attr, known)


def _items(parsed: nodes.Template) -> Iterator[str]:
    """Yield what the loops over content call an item."""
    for loop in parsed.find_all(nodes.For):
        walked = [loop.iter] if isinstance(loop.iter, nodes.Name) else loop.iter.find_all(nodes.Name)
        if isinstance(loop.target, nodes.Name) and "content" in {word.name for word in walked}:
            yield loop.target.name


def _render(name: str, steps: list[Step], composer: Composer, operations: Operations, found: Findings) -> None:
    """Try the mail with the content of each step that sends it."""
    for ids in {tuple(step.content) for step in steps} or {()}:
        content = tuple(_item(operations, id_) for id_ in ids if id_ in operations.content)
        letter = Letter(
            kind="check",
            key=name,
            to="reader@example.com",
            body=operations.mails[name],
            context={**sample_words(operations.sender), "content": content},
            footer=Footer(why="", lead_id=None),
        )
        try:
            composer.compose(letter, sender=operations.sender, now=EPOCH)
        except UnrenderableError as error:
            found.mail(name, *_told(str(error)))


def _item(operations: Operations, id_: str) -> Item:
    content = operations.content[id_]
    return Item(content.title, content.url, content.kind, tuple(content.facts))


def _told(message: str) -> tuple[int, str, str]:
    line = re.match(r"line (\d+): ", message)
    what = message[line.end() :] if line else message
    return int(line[1]) if line else 1, what, ""
