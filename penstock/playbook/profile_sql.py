"""Profiles at a moment, as one CTE: each subject's most trusted value of each field a definition reads.

Value at T (design.md, keys): among the facts received by T the most trusted (typed by the lead, written by us, then
feeds in the vocabulary's order), then the latest said, then the feed's name, then the lead's own. A lead speaks with
its own facts and its present account's. There are two shapes of the same: SQLite looks each value up through the key
of ``fact``, PostgreSQL orders all candidates at once; each is two and a half times as fast there (DECISIONS.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, Select, and_, case, func, literal, select, union_all
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
    arms = [select(*columns, literal(0).label("whose")).select_from(of.join(FACT, own)).where(*wanted)]
    if subject == "lead":
        its = and_(FACT.c.subject == "account", FACT.c.subject_id == _driving(LEAD.c.account_id))
        of_account = of.join(LEAD, LEAD.c.id == _driving(of.c.subject_id)).join(FACT, its)
        arms.append(select(*columns, literal(1).label("whose")).select_from(of_account).where(*wanted))
    return union_all(*arms)


@dataclass(frozen=True, slots=True)
class Asked:
    """The fields that somebody reads of profiles, those of them read as numbers, and which feeds are trusted most."""

    fields: Sequence[str]
    numbers: frozenset[str]
    trust: Sequence[str]
    version: Version

    @property
    def read(self) -> list[str]:
        """Return the fields whose facts are read: also those that others are known by."""
        return sorted({*self.fields, *(FALLBACKS[field] for field in self.fields if field in FALLBACKS)})


def profile(
    subject: str, asked: Asked, dialect: str, *, of: FromClause = BATCH, prefix: str = ""
) -> tuple[CTE, Columns]:
    """Return the CTE (one row per subject and moment) and its columns by condition field, numbers as ``field#``.

    ``of`` are the subjects and moments asked for, ``prefix`` tells the CTEs of several apart.
    """
    chosen = _looked_up(subject, asked, of) if dialect == "sqlite" else _ordered(subject, asked, of, prefix)
    found = chosen.cte(f"{prefix}profile").prefix_with("MATERIALIZED")
    return found, _by_condition_field(found, asked)


def _looked_up(subject: str, asked: Asked, of: FromClause) -> Select[Any]:
    """Return each value as the first of its candidates, found through the key of ``fact``."""
    source, owners = of, [("lead" if subject == "lead" else "account", of.c.subject_id)]
    if subject == "lead":
        source = of.join(LEAD, LEAD.c.id == _driving(of.c.subject_id))
        owners.append(("account", LEAD.c.account_id))
    columns = [_first(owners, field, FACT.c.spelling_id, asked, of).label(field) for field in asked.read]
    columns += [_first(owners, name, FACT.c.number, asked, of).label(f"{name}#") for name in sorted(asked.numbers)]
    return select(of.c.subject_id, of.c.as_of, *columns).select_from(source).where(of.c.version_id == asked.version)


def _first(
    owners: Sequence[tuple[str, ColumnElement[Any]]],
    field: str,
    value: ColumnElement[Any],
    asked: Asked,
    of: FromClause,
) -> ColumnElement[Any]:
    order = (FACT.c.said_at.label("said_at"), FACT.c.feed.label("feed"), trust_rank(asked.trust).label("rank"))
    arms = [
        select(value.label("value"), *order, literal(whose).label("whose"))
        .where(FACT.c.subject == subject, FACT.c.subject_id == owner)
        .where(FACT.c.field == field, FACT.c.received_at <= of.c.as_of)
        .correlate(of, LEAD)
        for whose, (subject, owner) in enumerate(owners)
    ]
    # The subquery of a union correlates by itself: it has no FROM of its own.
    said = union_all(*arms).subquery("said").c
    return select(said.value).order_by(*_best_first(said)).limit(1).scalar_subquery()


def _best_first(said: Any) -> tuple[ColumnElement[Any], ...]:  # noqa: ANN401 - columns of a subquery
    """Return what candidates are put in order by.

    One feed may say two things at one moment, of a lead and of its account: then the lead's own counts.
    """
    return said.rank, said.said_at.desc(), ByBytes(said.feed), said.whose


def _ordered(subject: str, asked: Asked, of: FromClause, prefix: str) -> Select[Any]:
    """Return each value as the first of its candidates, all of them put in order at once."""
    said = _candidates(subject, sorted({*asked.read, *asked.numbers}), asked.trust, asked.version, of).cte(
        f"{prefix}said"
    )
    place = func.row_number().over(
        partition_by=(said.c.subject_id, said.c.as_of, said.c.field),
        order_by=_best_first(said.c),
    )
    best = select(
        said.c.subject_id, said.c.as_of, said.c.field, said.c.spelling_id, said.c.number, place.label("place")
    ).cte(f"{prefix}best")
    columns = [func.max(case((best.c.field == field, best.c.spelling_id))).label(field) for field in asked.read]
    columns += [
        func.max(case((best.c.field == field, best.c.number))).label(f"{field}#") for field in sorted(asked.numbers)
    ]
    return (
        select(best.c.subject_id, best.c.as_of, *columns)
        .where(best.c.place == 1)
        .group_by(best.c.subject_id, best.c.as_of)
    )


def _by_condition_field(found: CTE, asked: Asked) -> Columns:
    columns: dict[str, ColumnElement[Any]] = {}
    for field in asked.fields:
        fallback = FALLBACKS.get(field)
        columns[field] = func.coalesce(found.c[field], found.c[fallback]) if fallback else found.c[field]
    return columns | {f"{field}#": found.c[f"{field}#"] for field in asked.numbers}
