"""Activities and their payloads; the same key again is already known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select

from penstock.store.bulk import bulk_insert, take_ids
from penstock.store.engine import table
from penstock.store.landing.facts import settle_column
from penstock.store.landing.page import Landing, Rows, picker
from penstock.store.landing.texts import ACTIVITY_WORDS, Texts
from penstock.store.statements import among, plain_rows
from penstock.store.tables import Activity, Payload

ACTIVITY, PAYLOAD = table(Activity), table(Payload)


def land_activities(landing: Landing, rows: Rows, texts: Texts) -> list[bool]:
    """Write activities that are new, with their payloads; return for each row whether it had one."""
    new = [False] * len(rows)
    if "kind" not in texts.activity:
        return new
    kinds = texts.activity["kind"].ids
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
    return {key for (key,) in plain_rows(landing.tx, select(a.external_id).where(*mine))}


def _write(landing: Landing, rows: Rows, texts: Texts, at: Sequence[int]) -> None:
    ids = list(take_ids(landing.tx, ACTIVITY, len(at)))
    pick = picker(at)
    records, leads = pick(rows.records), pick(rows.leads)
    found_by = zip(leads, pick(rows.lead_found_by), pick(rows.account_found_by), strict=True)
    columns: dict[str, list[Any]] = {
        "id": ids,
        "external_id": [record.external_id for record in records],
        "occurred_at": pick(rows.said),
        "received_at": pick(rows.received),
        "lead_id": [lead or None for lead in leads],
        "account_id": [None if lead else account for lead, account in zip(leads, pick(rows.accounts), strict=True)],
        "found_by": [of_lead if lead else of_account for lead, of_lead, of_account in found_by],
    }
    same: dict[str, Any] = {
        "feed": landing.feed, "stream": landing.stream, "landed_at": landing.now, "batch_id": landing.batch_id,
    }  # fmt: skip
    for word in ACTIVITY_WORDS:
        if word in texts.activity:
            columns[f"{word}_id"] = pick(texts.activity[word].ids)
        else:
            same[f"{word}_id"] = None
    # Most pages are of one kind, one channel, one moment of receipt.
    for name in columns.keys() - {"id"}:
        settle_column(name, columns, same)
    bulk_insert(landing.tx, ACTIVITY, columns, same=same, new=True)
    bulk_insert(landing.tx, PAYLOAD, {"activity_id": ids, "body": [record.raw for record in records]}, new=True)
