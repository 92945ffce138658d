"""Rules over what belongs together, as one CTE each: activities of one interest, in order, until enough are there."""

from __future__ import annotations

from sqlalchemy import CTE, BigInteger, ColumnElement, and_, cast, func, select

from penstock.playbook.compiled import CompiledIntent, Together
from penstock.playbook.conditions_sql import TERM, Version
from penstock.playbook.intent_sql import banded


def related(rule: CompiledIntent, found: CTE, version: Version) -> CTE:
    """Return the CTE of the points of a related rule, one row per subject and moment for which it holds."""
    how = rule.together
    if how is None:
        msg = f"{rule.id} asks one activity at a time"
        raise ValueError(msg)
    rows = _looked_at(rule, how, found, version)
    return (
        select(rows.c.subject_id, rows.c.as_of, func.max(rows.c.points).label("points"))
        .where(rows.c.completes)
        .group_by(rows.c.subject_id, rows.c.as_of)
        .cte(f"related_{rule.id}")
    )


def _looked_at(rule: CompiledIntent, how: Together, found: CTE, version: Version) -> CTE:
    """Return the activities that count, once for each interest they are about, and whether there are enough with it."""
    h, t = found.c, TERM.c
    about = and_(t.version_id == version, t.field == how.same, t.spelling_id == h[f"{how.same}_spelling"])
    points = cast(banded(rule.bands, found), BigInteger)
    return (
        select(h.subject_id, h.as_of, points.label("points"), _completes(how, found).label("completes"))
        .select_from(found.join(TERM, about))
        # What gives nothing any more completes nothing, so the rule ends when its activities do.
        .where(h.mask.bitwise_and(rule.bit) != 0, points > 0)
        .cte(f"about_{rule.id}")
    )


def _completes(how: Together, found: CTE) -> ColumnElement[bool]:
    """Return whether an activity is one with which there are enough: each window is worked out only where asked for."""
    h = found.c
    interest, order = (h.subject_id, h.as_of, TERM.c.term), (h.occurred_at, h.activity_id)
    if how.within is None:
        enough = func.row_number().over(partition_by=interest, order_by=order) >= how.at_least
    else:
        # Where there are not enough before it, there is no earlier one either.
        earlier = func.lag(h.occurred_at, how.at_least - 1).over(partition_by=interest, order_by=order)
        enough = h.occurred_at - earlier <= how.within
    if how.over is None:
        return enough
    return and_(enough, h.occurred_at - func.min(h.occurred_at).over(partition_by=interest) >= how.over)
