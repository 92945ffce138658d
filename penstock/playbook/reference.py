"""The condition language in plain Python, beside its SQL (conditions_sql.py).

Used by routing, where sets are small, and by tests that compare the two.

Values map a field to the terms of its value, or to a number in thousandths. A field that is not there has no value
(*missing*); an empty set is a value that the vocabulary does not know (*unknown*). The value of ``on_list`` are the
target lists that the account is on at that moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from penstock.playbook.conditions import Among, Between, Known, Node, OnList


@dataclass(frozen=True, slots=True)
class Lists:
    """The target lists that an account is on: of each, the terms of its name and of its origin."""

    of: tuple[tuple[AbstractSet[str], AbstractSet[str]], ...] = ()


Value = AbstractSet[str] | int | Lists
Values = Mapping[str, Value]


def matches(nodes: Iterable[Node], values: Values) -> bool:
    """Return whether all nodes hold for these values; a condition without any holds always."""
    return all(holds(node, values.get(node.field)) for node in nodes)


def holds(node: Node, value: Value | None) -> bool:
    """Return whether one node holds for the value of its field, None where it has none."""
    match node:
        case Among():
            return value is not None and (_has_one(value, node.terms) is not node.negated)
        case Between(_, low, high):
            return isinstance(value, int) and (low is None or low <= value) and (high is None or value <= high)
        case Known(_, state):
            return _state(value) == state
        case OnList():
            return _is_on_one(value, node) is not node.negated


def _is_on_one(value: Value | None, node: OnList) -> bool:
    """Whether one and the same list has a name and an origin that are asked for."""
    memberships = value.of if isinstance(value, Lists) else ()
    return any(
        (not node.lists or not names.isdisjoint(node.lists))
        and (not node.origins or not origins.isdisjoint(node.origins))
        for names, origins in memberships
    )


def _has_one(value: Value, terms: Iterable[str]) -> bool:
    return not isinstance(value, int | Lists) and any(term in value for term in terms)


def _state(value: Value | None) -> str:
    if value is None:
        return "missing"
    return "known" if isinstance(value, int) or value else "unknown"
