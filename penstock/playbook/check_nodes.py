"""What one condition says of another: who meets the one meets the other; for the checks."""

from __future__ import annotations

from collections.abc import Iterable

from penstock.playbook.conditions import Among, Between, Node, OnList


def meets_all(after: Iterable[Node], before: Iterable[Node]) -> bool:
    """Return whether everybody who meets the condition ``after`` meets ``before`` for certain."""
    return all(any(_narrower(node, wider) for node in after) for wider in before)


def _narrower(node: Node, wider: Node) -> bool:
    if node == wider:
        return True
    if isinstance(node, Between) and isinstance(wider, Between) and node.field == wider.field:
        return _inside(node, wider)
    if isinstance(node, OnList) and isinstance(wider, OnList):
        return _on_fewer(node, wider)
    if not (isinstance(node, Among) and isinstance(wider, Among)) or node.field != wider.field:
        return False
    if node.negated != wider.negated:
        return wider.negated and not set(node.terms) & set(wider.terms)
    less, more = (wider, node) if node.negated else (node, wider)
    return set(less.terms) <= set(more.terms)


def _on_fewer(node: OnList, wider: OnList) -> bool:
    """Whether who is on the lists that ``node`` asks is on those of ``wider``; said with not, the other way round."""
    if node.negated != wider.negated:
        return False
    less, more = (wider, node) if node.negated else (node, wider)
    pairs = ((less.lists, more.lists), (less.origins, more.origins))
    return all(not asked or (bool(named) and set(named) <= set(asked)) for named, asked in pairs)


def _inside(node: Between, wider: Between) -> bool:
    from_below = wider.low is None or (node.low is not None and node.low >= wider.low)
    from_above = wider.high is None or (node.high is not None and node.high <= wider.high)
    return from_below and from_above


def same(one: Iterable[Node], other: Iterable[Node]) -> bool:
    """Return whether two conditions ask the same, in whatever order."""
    first, second = list(one), list(other)
    return meets_all(first, second) and meets_all(second, first)
