"""Which conditions over a profile exclude each other, so that nobody meets both; for the most points there are.

A field has one value at a moment. That value may mean several terms (a country in two regions, a spelling listed
twice), so only the vocabulary can say whether two lists exclude each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import chain

from penstock.playbook.conditions import Among, Between, Known, Node
from penstock.playbook.terms import entries_of, fold, spellings
from penstock.playbook.vocabulary import Vocabulary


def exclude(one: Iterable[Node], other: Iterable[Node], vocabulary: Vocabulary) -> bool:
    """Return whether nobody can meet both conditions."""
    others = list(other)
    return any(mine.field == its.field and _apart(mine, its, vocabulary) for mine in one for its in others)


def _apart(one: Node, other: Node, vocabulary: Vocabulary) -> bool:
    if isinstance(one, Known) or isinstance(other, Known):
        return not _states(one) & _states(other)
    if isinstance(one, Between) and isinstance(other, Between):
        return _above(one, other) or _above(other, one)
    # Of anything else nothing is claimed: whoever is said to exclude another must.
    return isinstance(one, Among) and isinstance(other, Among) and _lists_apart(one, other, vocabulary)


def _states(node: Node) -> AbstractSet[str]:
    """Return what the value may be for a node to hold: known, unknown to the vocabulary, missing."""
    if isinstance(node, Known):
        return {node.state}
    return {"known", "unknown"} if isinstance(node, Among) and node.negated else {"known"}


def _above(one: Between, other: Between) -> bool:
    return one.low is not None and other.high is not None and one.low > other.high


def _lists_apart(one: Among, other: Among, vocabulary: Vocabulary) -> bool:
    if one.negated and other.negated:
        return False
    if one.negated or other.negated:
        allowed, refused = (other, one) if one.negated else (one, other)
        # Each value that is meant by a term that is asked for means one that is refused.
        return set(allowed.terms) <= set(refused.terms)
    mine, its = set(one.terms), set(other.terms)
    return not mine & its and not any(mine & meant and its & meant for meant in _meant_at_once(one.field, vocabulary))


def _meant_at_once(field: str, vocabulary: Vocabulary) -> Iterator[AbstractSet[str]]:
    """Yield the terms of a field that one value means, where they are several."""
    found: dict[str, set[str]] = {}
    for term, entry in entries_of(vocabulary, field).items():
        exact = (spelling for spelling in spellings(term, entry) if "*" not in spelling)
        for value in chain(exact, (f"in {fold(country)}" for country in entry.countries)):
            found.setdefault(value, set()).add(term)
    yield from (terms for terms in found.values() if len(terms) > 1)


def cliques(conditions: dict[str, tuple[Node, ...]], vocabulary: Vocabulary) -> list[list[str]]:
    """Return the ids in groups of which at most one holds; what excludes nothing is a group by itself."""
    found: list[list[str]] = []
    for name, nodes in conditions.items():
        home = next(
            (group for group in found if all(exclude(nodes, conditions[mate], vocabulary) for mate in group)), None
        )
        if home is None:
            found.append([name])
        else:
            home.append(name)
    return found
