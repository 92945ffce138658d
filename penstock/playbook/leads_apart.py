"""Leads as routes can tell them apart, one of each sort; for the check that everybody is covered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, product

from penstock.playbook.conditions import Among, Between, Node, OnList
from penstock.playbook.definition import EXCEPTED, Definition
from penstock.playbook.model import Playbook
from penstock.playbook.reference import Lists, Value, Values
from penstock.playbook.terms import entries_of
from penstock.playbook.vocabulary import Vocabulary

# More sorts than that are told apart by no routing that people write; what is found among these is true all the same.
MOST = 4_000
NOTHING: frozenset[str] = frozenset()
# What each decision says of itself; the rest is the lead's profile.
_OF_DECISION = {"definition", "tier", "exception", "line", "account"}


def leads_apart(playbook: Playbook, nodes: Iterable[Node]) -> Iterator[Values]:
    """Yield the values of leads for sales whom some nodes can tell apart, all of accounts without an owner."""
    asked: dict[str, list[Node]] = {}
    for node in nodes:
        if node.field not in _OF_DECISION:
            asked.setdefault(node.field, []).append(node)
    vocabulary = playbook.deciding.vocabulary
    kinds = [[(field, value) for value in _values(field, mine, vocabulary)] for field, mine in asked.items()]
    yield from islice(_all(playbook, kinds), MOST)


def _all(playbook: Playbook, kinds: list[list[tuple[str, Value | None]]]) -> Iterator[Values]:
    for definition in playbook.deciding.definitions.values():
        for decided in _decided(definition, playbook.deciding.vocabulary):
            for profile in product(*kinds):
                yield decided | {field: value for field, value in profile if value is not None}


def _decided(definition: Definition, vocabulary: Vocabulary) -> Iterator[dict[str, Value]]:
    """Yield what decisions for sales under a definition say to routes."""
    own = definition.applies.line
    lines = [own] if own is not None else [None, *vocabulary.lines]
    excepted = [name for name, one in definition.exceptions.items() if one.branch == "sales"]
    for name, tier in definition.tiers.items():
        why = [*([NOTHING] if tier.branch == "sales" else []), *(frozenset({one}) for one in excepted)]
        for line, exception in product(lines, why if tier.branch in EXCEPTED else []):
            said: dict[str, Value] = {"tier": frozenset({name}), "exception": exception, "account": NOTHING}
            said["definition"] = frozenset({definition.definition})
            yield said if line is None else said | {"line": frozenset({line})}


def _values(field: str, nodes: list[Node], vocabulary: Vocabulary) -> list[Value | None]:
    """Return values of a field that some nodes tell apart, None for a missing one."""
    if any(isinstance(node, OnList) for node in nodes):
        on = [Lists(((frozenset(one.lists), frozenset(one.origins)),)) for one in nodes if isinstance(one, OnList)]
        return [*on, Lists()]
    found: list[Value | None] = [edge for node in nodes if isinstance(node, Between) for edge in _around(node)]
    mentioned = [term for node in nodes if isinstance(node, Among) for term in node.terms]
    others = [term for term in entries_of(vocabulary, field) if term not in mentioned][:1]
    found += [frozenset({term}) for term in dict.fromkeys([*mentioned, *others])]
    # Whose source nobody knows is in triage before any route is asked.
    return found if field == "source" else [*found, NOTHING, None]


def _around(node: Between) -> Iterator[int]:
    for edge in (node.low, node.high):
        if edge is not None:
            yield from (edge - 1, edge, edge + 1)
