"""Sums and caps of points as SQL; parts of the compiled statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, cast, literal

from penstock.playbook.compiled import CompiledGroup
from penstock.store.dialect import Largest, Smallest

Number = ColumnElement[Any]


def total(parts: Sequence[Number]) -> Number:
    """Return the sum of some numbers, 0 of none."""
    found: Number = cast(literal(0), BigInteger)
    for part in parts:
        found = found + part
    return found


def grouped(groups: Sequence[CompiledGroup], given: Mapping[str, Number]) -> Number:
    """Return the sum of what rules give, those of a group together under its cap."""
    apart = {name for group in groups for name in group.rules}
    free = [points for name, points in given.items() if name not in apart]
    capped = {group: within(total([given[name] for name in group.rules]), group.cap) for group in groups}
    alone = [points for group, points in capped.items() if not group.beside]
    found = total([*alone, *free])
    # After the others: opened mails lift who shows interest, and are none by themselves.
    beside = [case((found > 0, points), else_=0) for group, points in capped.items() if group.beside]
    return total([found, *beside])


def within(points: Number, most: int) -> Number:
    """Keep a total between its cap and, for negative points, the same depth below zero; the sum is worked out once."""
    return Smallest(literal(most, BigInteger), Largest(literal(-most, BigInteger), points))
