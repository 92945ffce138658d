"""Conditions as SQL: one small function per node, the same for SQLite and PostgreSQL.

A condition asks for the terms of a spelling under one definition version. Fields with few spellings are asked as
``spelling IN (every spelling of these terms)``, which both databases work out once per statement; fields with as many
spellings as there are people (texts, titles, companies) are asked one by one, through the primary key of ``term``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true

from penstock.playbook.conditions import Among, Between, Known, Node, OnList
from penstock.store.engine import table
from penstock.store.tables import Term

TERM = table(Term)
# As many spellings as there are people or pages: never listed whole.
LARGE_FIELDS = frozenset({"text", "title", "asset", "content_stage", "company", "domain"})

Columns = Mapping[str, ColumnElement[Any]]
Version = ColumnElement[int] | int


def spells(
    spelling: ColumnElement[Any], field: str, terms: tuple[str, ...] | None, version: Version
) -> ColumnElement[bool]:
    """Return whether a spelling has one of the terms under the field (``terms`` None: any term at all)."""
    wanted = [TERM.c.version_id == version, TERM.c.field == field]
    if terms is not None:
        wanted.append(TERM.c.term.in_(terms))
    if field in LARGE_FIELDS:
        return exists(select(1).select_from(TERM).where(*wanted, TERM.c.spelling_id == spelling))
    return spelling.in_(select(TERM.c.spelling_id).where(*wanted))


def condition(nodes: tuple[Node, ...], columns: Columns, version: Version) -> ColumnElement[bool]:
    """Return the conjunction of the nodes over columns: field → spelling id, ``field#`` → number in thousandths, what
    is asked of target lists → 1 where the account is on such a one.
    """
    return and_(true(), *(_node(node, columns, version) for node in nodes))


def _node(node: Node, columns: Columns, version: Version) -> ColumnElement[bool]:
    match node:
        case Among(field, terms, negated):
            hit = spells(columns[field], field, terms, version)
            # "None of these" is said of what is known: of who states no industry nobody knows that it is another one.
            return and_(columns[field].is_not(None), ~hit) if negated else hit
        case Between(field, low, high):
            return _between(columns[f"{field}#"], low, high)
        case Known(field, state):
            return _known(field, state, columns, version)
        case OnList():
            listed = func.coalesce(columns[node.key], 0) == 1
            return ~listed if node.negated else listed


def _between(number: ColumnElement[Any], low: int | None, high: int | None) -> ColumnElement[bool]:
    bounds: list[ColumnElement[bool]] = [number.is_not(None)]
    if low is not None:
        bounds.append(number >= low)
    if high is not None:
        bounds.append(number <= high)
    return and_(*bounds)


def _known(field: str, state: str, columns: Columns, version: Version) -> ColumnElement[bool]:
    column = columns[field]
    if state == "missing":
        return column.is_(None)
    has_term = spells(column, field, None, version)
    number = columns.get(f"{field}#")
    # A number that no term stands for is known all the same.
    if number is not None:
        has_term = or_(number.is_not(None), has_term)
    return and_(column.is_not(None), has_term if state == "known" else ~has_term)
