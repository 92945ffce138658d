"""Rules over what belongs together, as one CTE each: activities of one interest, in order, until enough are there."""

from __future__ import annotations

from typing import Any

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
    rows = _in_order(rule, how, found, version)
    return (
        select(rows.c.subject_id, rows.c.as_of, func.max(rows.c.points).label("points"))
        .where(*_completes(how, rows))
        .group_by(rows.c.subject_id, rows.c.as_of)
        .cte(f"related_{rule.id}")
    )


def _in_order(rule: CompiledIntent, how: Together, found: CTE, version: Version) -> CTE:
    """Return the activities that count, once for each interest they are about, with where they stand among them."""
    h, t = found.c, TERM.c
    about = and_(t.version_id == version, t.field == how.same, t.spelling_id == h[f"{how.same}_spelling"])
    points = cast(banded(rule.bands, found), BigInteger)
    interest = (h.subject_id, h.as_of, t.term)
    order = (h.occurred_at, h.activity_id)
    return (
        select(
            h.subject_id,
            h.as_of,
            h.occurred_at,
            points.label("points"),
            func.row_number().over(partition_by=interest, order_by=order).label("place"),
            func.lag(h.occurred_at, how.at_least - 1).over(partition_by=interest, order_by=order).label("earlier"),
            func.min(h.occurred_at).over(partition_by=interest).label("first"),
        )
        .select_from(found.join(TERM, about))
        .where(h.mask.bitwise_and(rule.bit) != 0, points > 0)
        .cte(f"about_{rule.id}")
    )


def _completes(how: Together, rows: CTE) -> list[ColumnElement[Any]]:
    """Return what makes an activity the one with which there are enough."""
    asked = [rows.c.place >= how.at_least]
    if how.within is not None:
        asked.append(rows.c.occurred_at - rows.c.earlier <= how.within)
    if how.over is not None:
        asked.append(rows.c.occurred_at - rows.c.first >= how.over)
    return asked
