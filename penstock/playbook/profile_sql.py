"""Profiles at a moment, as one CTE: each subject's most trusted value of each field a definition reads.

Value at T (design.md, keys): among the facts received by T the most trusted (typed by the lead, written by us, then
feeds in the vocabulary's order), then the latest said, then the feed's name. A lead speaks with its own facts and its
present account's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, and_, case, func, select, union_all
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import UnaryExpression

from penstock.playbook.conditions_sql import Columns, Version
from penstock.store.batch import BATCH
from penstock.store.dialect import ByBytes
from penstock.store.engine import table
from penstock.store.tables import Fact, Lead

FACT, LEAD = table(Fact), table(Lead)
# What a field is read from where nothing states it: the country knows the region, the title function and seniority.
FALLBACKS = {"region": "country", "function": "title", "seniority": "title"}
US = "person"


def trust_rank(trust: Sequence[str]) -> ColumnElement[int]:
    """Return how far a fact is trusted: 0 typed by the lead, 1 written by us, then the vocabulary's feeds, then the
    rest.
    """
    feeds = [(FACT.c.feed == feed, 2 + place) for place, feed in enumerate(trust)]
    return case((FACT.c.typed, 0), (FACT.c.feed == US, 1), *feeds, else_=2 + len(trust))


def _driving(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column whose table must be read first: the plus keeps SQLite, which knows nothing of the batch's size,
    from reading every fact and looking each up in the batch.
    """
    return UnaryExpression(column, operator=operators.custom_op("+"))


def _candidates(subject: str, fields: Sequence[str], trust: Sequence[str], version: Version, of: FromClause) -> Any:  # noqa: ANN401 - a union
    wanted = [FACT.c.field.in_(fields), FACT.c.received_at <= of.c.as_of, of.c.version_id == version]
    columns = (
        of.c.subject_id, of.c.as_of, FACT.c.field, FACT.c.spelling_id, FACT.c.number, FACT.c.said_at, FACT.c.feed,
        trust_rank(trust).label("rank"),
    )  # fmt: skip
    own = and_(FACT.c.subject == subject, FACT.c.subject_id == _driving(of.c.subject_id))
    arms = [select(*columns).select_from(of.join(FACT, own)).where(*wanted)]
    if subject == "lead":
        its = and_(FACT.c.subject == "account", FACT.c.subject_id == _driving(LEAD.c.account_id))
        of_account = of.join(LEAD, LEAD.c.id == _driving(of.c.subject_id)).join(FACT, its)
        arms.append(select(*columns).select_from(of_account).where(*wanted))
    return union_all(*arms)


def profile(
    subject: str,
    fields: Sequence[str],
    trust: Sequence[str],
    version: Version,
    *,
    of: FromClause = BATCH,
    prefix: str = "",
) -> tuple[CTE, Columns]:
    """Return the CTE (one row per subject and moment with any of these fields) and its columns by condition field.

    ``of`` are the subjects and moments asked for, ``prefix`` tells the CTEs of several apart.
    """
    read = sorted({*fields, *(FALLBACKS[field] for field in fields if field in FALLBACKS)})
    said = _candidates(subject, read, trust, version, of).cte(f"{prefix}said")
    place = func.row_number().over(
        partition_by=(said.c.subject_id, said.c.as_of, said.c.field),
        order_by=(said.c.rank, said.c.said_at.desc(), ByBytes(said.c.feed)),
    )
    best = select(
        said.c.subject_id, said.c.as_of, said.c.field, said.c.spelling_id, said.c.number, place.label("place")
    ).cte(f"{prefix}best")
    chosen = [column for field in read for column in _pivot(best, field)]
    found = (
        select(best.c.subject_id, best.c.as_of, *chosen)
        .where(best.c.place == 1)
        .group_by(best.c.subject_id, best.c.as_of)
        .cte(f"{prefix}profile")
        .prefix_with("MATERIALIZED")
    )
    return found, _by_condition_field(found, fields)


def _pivot(best: CTE, field: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    here = best.c.field == field
    return (
        func.max(case((here, best.c.spelling_id))).label(field),
        func.max(case((here, best.c.number))).label(f"{field}#"),
    )


def _by_condition_field(found: CTE, fields: Sequence[str]) -> Columns:
    columns: dict[str, ColumnElement[Any]] = {}
    for field in fields:
        fallback = FALLBACKS.get(field)
        columns[field] = func.coalesce(found.c[field], found.c[fallback]) if fallback else found.c[field]
        columns[f"{field}#"] = found.c[f"{field}#"]
    return columns
