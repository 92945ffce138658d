"""What is said of a subject, but means nothing under the vocabulary, as far as a definition asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from penstock.playbook.compiled import CompiledDefinition
from penstock.playbook.conditions import Between, Node, OnList
from penstock.playbook.profile_sql import FALLBACKS
from penstock.routing.profile import Profile


def unknown(compiled: CompiledDefinition, profile: Profile) -> tuple[str, ...]:
    """Return a sentence for each value that some condition asks for and the vocabulary does not know."""
    asked = [node for rule in compiled.fit for node in rule.nodes]
    asked += [node for flag in compiled.flags for node in flag.nodes]
    return tuple(dict.fromkeys(line for node in asked for line in _unknown(node, profile)))


def _unknown(node: Node, profile: Profile) -> Iterator[str]:
    if isinstance(node, OnList):
        yield from _lists(node, profile)
    # An empty set is a value without a term; None would be that nobody said anything.
    elif profile.values.get(node.field) == frozenset():
        yield _value(node.field, profile, is_number=isinstance(node, Between))


def _value(field: str, profile: Profile, *, is_number: bool) -> str:
    name = field.replace("_", " ")
    if is_number:
        return f'{name} "{profile.texts[field]}" is no number: digits alone are, with a point before decimals'
    if field in profile.texts:
        return f'{name} "{profile.texts[field]}" is in no spelling of the vocabulary'
    source = FALLBACKS[field]
    return f'the vocabulary gives no {name} for the {source} "{profile.texts[source]}"'


def _lists(node: OnList, profile: Profile) -> Iterator[str]:
    for one in profile.on:
        if node.lists and not one.names:
            yield f'list "{one.name}" is in no spelling of the vocabulary'
        elif node.origins and one.origin and not one.origins:
            yield f'origin "{one.origin}" of list {one.name} is in no spelling of the vocabulary'
