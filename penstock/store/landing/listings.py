"""What a page says of accounts' places on target lists: written beside what was said before, never over it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from penstock.playbook.conditions import LIST_ORIGIN, ON_LIST
from penstock.store.bulk import bulk_insert
from penstock.store.engine import table
from penstock.store.landing.page import Landing, Rows
from penstock.store.landing.texts import Texts
from penstock.store.statements import among, plain_rows
from penstock.store.tables import ListMembership
from penstock.store.types import to_micros

MEMBERSHIP = table(ListMembership)
NO_ACCOUNT = ("no_account", "names a target list, but no company that could be on it")
Key = tuple[int, int, int | None]
"""Account, list and beginning (microseconds): one membership."""
Word = tuple[int | None, int | None]
"""What is said of it: its origin and its end (microseconds)."""


def listed_accounts(rows: Rows) -> set[int]:
    """Return the accounts whose place on a list the page speaks of."""
    return {account for account, record in zip(rows.accounts, rows.records, strict=True) if account and record.listed}


def land_listings(landing: Landing, rows: Rows, texts: Texts) -> tuple[list[bool], dict[int, tuple[str, str]]]:
    """Write what is new; return which rows brought any, and the reasons of those that name no company.

    Said again is not said anew: an export without dates says the same with every delivery.
    """
    new, lacking = [False] * len(rows), {}
    asked = [at for at, record in enumerate(rows.records) if record.listed and record.listed.name]
    known = _known(landing, {rows.accounts[at] for at in asked} - {0}) if asked else {}
    for at in asked:
        if not rows.accounts[at]:
            lacking[at] = NO_ACCOUNT
            continue
        key, word = _said(rows, texts, at)
        before = known.setdefault(key, {})
        # A record with a time of its own may correct what another one said of that very moment.
        same = word == before.get(max(before)) if before and rows.records[at].at is None else False
        if same or before.get(rows.said[at], ()) == word:
            continue
        before[rows.said[at]] = word
        new[at] = True
    _write(landing, rows, texts, [at for at in asked if new[at]])
    return new, lacking


def _said(rows: Rows, texts: Texts, at: int) -> tuple[Key, Word]:
    listed = rows.records[at].listed
    assert listed is not None  # noqa: S101 - chosen by it
    since, until = (None if end is None else to_micros(end) for end in (listed.since, listed.until))
    name, origin = (texts.listed[field].ids[at] if field in texts.listed else None for field in (ON_LIST, LIST_ORIGIN))
    return (rows.accounts[at], name or 0, since), (origin, until)


def _known(landing: Landing, accounts: Collection[int]) -> dict[Key, dict[int, Word]]:
    """Return what this feed has said: membership → said at → its word, the later written of two at one moment."""
    c = MEMBERSHIP.c
    mine = (among(landing.tx, c.account_id, accounts), c.feed == landing.feed)
    query = select(c.account_id, c.list_id, c.since, c.said_at, c.origin_id, c.until).where(*mine).order_by(c.id)
    found: dict[Key, dict[int, Word]] = {}
    for account, name, since, said_at, *word in plain_rows(landing.tx, query):
        found.setdefault((account, name, since), {})[said_at] = (word[0], word[1])
    return found


def _write(landing: Landing, rows: Rows, texts: Texts, places: Collection[int]) -> None:
    told = [_said(rows, texts, at) for at in places]
    columns: dict[str, list[Any]] = {
        "account_id": [key[0] for key, _ in told],
        "list_id": [key[1] for key, _ in told],
        "since": [key[2] for key, _ in told],
        "origin_id": [word[0] for _, word in told],
        "until": [word[1] for _, word in told],
        "said_at": [rows.said[at] for at in places],
        "received_at": [rows.account_received[at] for at in places],
        "found_by": [rows.account_found_by[at] for at in places],
    }
    same = {"feed": landing.feed, "landed_at": landing.now, "batch_id": landing.batch_id}
    bulk_insert(landing.tx, MEMBERSHIP, columns, same=same)
