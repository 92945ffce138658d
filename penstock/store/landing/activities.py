"""Activities and their payloads; the same key again is already known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select

from penstock.store.bulk import bulk_insert, take_ids
from penstock.store.engine import table
from penstock.store.landing.page import Landing, Rows
from penstock.store.landing.texts import ACTIVITY_WORDS, Texts
from penstock.store.statements import among
from penstock.store.tables import Activity, Payload

ACTIVITY, PAYLOAD = table(Activity), table(Payload)


def land_activities(landing: Landing, rows: Rows, texts: Texts) -> list[bool]:
    """Write activities that are new, with their payloads; return for each row whether it had one."""
    new = [False] * len(rows)
    if (kinds := texts.activity.get("kind")) is None:
        return new
    # From the end, so that of two equal keys in a page the first counts.
    places = {rows.records[at].external_id: at for at in reversed(range(len(rows))) if kinds[at]}
    known = _known(landing, places)
    at = sorted(place for key, place in places.items() if key not in known)
    if at:
        _write(landing, rows, texts, at)
    for place in at:
        new[place] = True
    return new


def _known(landing: Landing, keys: Collection[str]) -> set[str]:
    a = ACTIVITY.c
    mine = (a.feed == landing.feed, a.stream == landing.stream, among(landing.tx, a.external_id, keys))
    return set(landing.tx.scalars(select(a.external_id).where(*mine)))


def _write(landing: Landing, rows: Rows, texts: Texts, at: Sequence[int]) -> None:
    ids = list(take_ids(landing.tx, ACTIVITY, len(at)))
    records = [rows.records[place] for place in at]
    leads, accounts = [rows.leads[place] for place in at], [rows.accounts[place] for place in at]
    columns: dict[str, list[Any]] = {
        "id": ids,
        "external_id": [record.external_id for record in records],
        "occurred_at": [rows.said[place] for place in at],
        "received_at": [rows.received[place] for place in at],
    }
    same: dict[str, Any] = {
        "feed": landing.feed, "stream": landing.stream, "landed_at": landing.now, "batch_id": landing.batch_id,
    }  # fmt: skip
    found_by = [rows.lead_found_by[place] if rows.leads[place] else rows.account_found_by[place] for place in at]
    whose: dict[str, list[Any]] = {
        "lead_id": [lead or None for lead in leads],
        "account_id": [None if lead else account for lead, account in zip(leads, accounts, strict=True)],
        "found_by": found_by,
    }
    for name, column in {**whose, **_words(texts, at)}.items():
        _put(name, column, columns, same)
    bulk_insert(landing.tx, ACTIVITY, columns, same=same)
    bulk_insert(landing.tx, PAYLOAD, {"activity_id": ids, "body": [record.raw for record in records]})


def _words(texts: Texts, at: Sequence[int]) -> dict[str, list[int | None]]:
    found: dict[str, list[int | None]] = {f"{word}_id": [None] * len(at) for word in ACTIVITY_WORDS}
    for word, column in texts.activity.items():
        ids = texts.ids[word]
        found[f"{word}_id"] = [ids.get(column[place]) for place in at]  # type: ignore[arg-type] # None is no key
    return found


def _put(name: str, column: list[Any], columns: dict[str, list[Any]], same: dict[str, Any]) -> None:
    """Take a column as a constant where it is one: most pages are of one kind, one channel, one source."""
    first = column[0]
    if all(value == first for value in column):
        same[name] = first
    else:
        columns[name] = column
