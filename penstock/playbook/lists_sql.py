"""Target lists as a CTE: which of those that a definition asks for the account is on, at each moment of the batch.

A membership is known from its receipt on and holds within its dates. What is said anew of it (the same account, list
and beginning) takes the place of what was said before: of what had been received by then holds the word of the most
trusted feed, then the latest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, Select, and_, case, func, or_, select

from penstock.playbook.compiled import CompiledDefinition
from penstock.playbook.conditions import LIST_ORIGIN, ON_LIST, OnList
from penstock.playbook.conditions_sql import Columns, Version, spells
from penstock.playbook.intent_sql import NEVER, micros
from penstock.playbook.profile_sql import LEAD, US
from penstock.store.batch import BATCH
from penstock.store.dialect import ByBytes, Smallest
from penstock.store.engine import table
from penstock.store.tables import ListMembership

MEMBERSHIP = table(ListMembership)


def lists(compiled: CompiledDefinition, trust: Sequence[str], version: Version) -> tuple[CTE, Columns]:
    """Return the CTE (one row per subject and moment whose account was ever listed by then) with the ``edge`` at which
    a membership begins or ends next, and its columns by what conditions ask: 1 where the account is on such a list.
    """
    known = _known(compiled, trust, version).cte("memberships")
    m = known.c
    asked = [case((and_(_runs(m, m.as_of), *_asks(node, m, version)), 1), else_=0) for node in compiled.lists]
    # Where it begins and where it ends, for the account's verdict changes at both.
    ahead = [case((end > m.as_of, micros(end)), else_=NEVER) for end in (m.since, m.until)]
    found = (
        select(
            m.subject_id,
            m.as_of,
            *(func.max(one).label(f"l{number}") for number, one in enumerate(asked)),
            func.nullif(func.min(Smallest(*ahead)), NEVER).label("edge"),
        )
        .where(m.place == 1)
        .group_by(m.subject_id, m.as_of)
        .cte("lists")
    )
    return found, {node.key: found.c[f"l{number}"] for number, node in enumerate(compiled.lists)}


def _known(compiled: CompiledDefinition, trust: Sequence[str], version: Version) -> Any:  # noqa: ANN401 - a statement
    """Return what had been said by each moment of the batch, the word that holds of each membership in place 1."""
    c = MEMBERSHIP.c
    of_moment = (BATCH.c.subject_id, BATCH.c.as_of, c.list_id, c.since)
    number = func.row_number().over(partition_by=of_moment, order_by=in_force(trust))
    source, account = _of_account(compiled)
    return (
        select(BATCH.c.subject_id, BATCH.c.as_of, c.list_id, c.origin_id, c.since, c.until, number.label("place"))
        .select_from(source.join(MEMBERSHIP, c.account_id == account))
        .where(BATCH.c.version_id == version, c.received_at <= BATCH.c.as_of)
    )


def _runs(membership: Any, moment: ColumnElement[Any]) -> ColumnElement[bool]:  # noqa: ANN401 - columns
    begun = or_(membership.since.is_(None), membership.since <= moment)
    return and_(begun, or_(membership.until.is_(None), membership.until > moment))


def listed_at(trust: Sequence[str], moment: ColumnElement[Any]) -> Select[Any]:
    """Return the ids of the accounts that are on any list at a moment, as far as had been received by then."""
    c = MEMBERSHIP.c
    said = (
        select(c.account_id, c.since, c.until, place(trust).label("place"))
        .where(c.received_at <= moment)
        .subquery("said")
    )
    return select(said.c.account_id).where(said.c.place == 1, _runs(said.c, moment))


def place(trust: Sequence[str]) -> ColumnElement[int]:
    """Return where a word stands among those said of one membership: in place 1 the one that holds."""
    c = MEMBERSHIP.c
    return func.row_number().over(partition_by=(c.account_id, c.list_id, c.since), order_by=in_force(trust))


def in_force(trust: Sequence[str]) -> tuple[ColumnElement[Any], ...]:
    """Return the order in which what was said of one membership counts; of two said at once the shorter one does."""
    c = MEMBERSHIP.c
    feeds = {US: 0} | {feed: 1 + place for place, feed in enumerate(trust)}
    rank = case(*((c.feed == feed, place) for feed, place in feeds.items()), else_=len(feeds))
    latest = (c.said_at.desc(), c.received_at.desc(), c.landed_at.desc())
    return rank, *latest, c.until.asc().nulls_last(), ByBytes(c.feed), c.id.desc()


def _of_account(compiled: CompiledDefinition) -> tuple[FromClause, ColumnElement[Any]]:
    if compiled.definition.subject == "account":
        return BATCH, BATCH.c.subject_id
    return BATCH.join(LEAD, LEAD.c.id == BATCH.c.subject_id), LEAD.c.account_id


def _asks(node: OnList, membership: Any, version: Version) -> list[ColumnElement[bool]]:  # noqa: ANN401 - columns
    asked = ((membership.list_id, ON_LIST, node.lists), (membership.origin_id, LIST_ORIGIN, node.origins))
    return [spells(spelling, field, terms, version) for spelling, field, terms in asked if terms]
