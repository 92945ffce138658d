"""Short ways to merge and unmerge, and to see a whole store, for the tests of both."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from penstock.operations.merge import MergeResult, merge_leads
from penstock.operations.unmerge import UnmergeResult, unmerge_lead
from penstock.store.engine import Sessions, table
from penstock.store.types import Row
from tests.operations.landing import KEYRING

Rows = list[dict[str, Any]]
# What a merge and its undoing leave behind: when they were, and that who left leaves with every address.
LEFT = ("receipt", "rescore", "merge", "suppression", "rotation")
WRITTEN = ("updated_at",)


def merge(store: Sessions, at: datetime, kept: int | str, merged: int | str, **more: Any) -> MergeResult:
    said: dict[str, Any] = {"reason": "one person", "actor": "eva", "keyring": KEYRING} | more
    return merge_leads(store, now=at, kept=str(kept), merged=str(merged), **said)


def unmerge(store: Sessions, at: datetime, lead: int | str, **more: Any) -> UnmergeResult:
    said: dict[str, Any] = {"reason": "two after all", "actor": "eva", "keyring": KEYRING} | more
    return unmerge_lead(store, now=at, lead=str(lead), **said)


def rows(store: Sessions, model: Any, *names: str, **where: Any) -> list[Any]:
    """Return rows of a table in the order of their keys; of ``names`` the columns, else all."""
    found = table(model)
    query = select(*[found.c[name] for name in names or found.c.keys()])
    query = query.where(*(found.c[name] == value for name, value in where.items()))
    with store.read() as tx:
        return [tuple(row) if names else row for row in tx.execute(query.order_by(*found.primary_key))]


def whole(store: Sessions, *, without: tuple[str, ...] = LEFT) -> dict[str, Rows]:
    """Return every row of every table but some."""
    found: dict[str, Rows] = {}
    with store.read() as tx:
        for one in Row.metadata.sorted_tables:
            if one.name not in without:
                told = tx.execute(select(one).order_by(*one.primary_key)).mappings()
                found[one.name] = [{k: v for k, v in row.items() if k not in WRITTEN} for row in told]
    return found
