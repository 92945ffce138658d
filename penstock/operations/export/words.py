"""Interned words read back for a chunk of lines: what was written, or the term that the live vocabulary makes of it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from penstock.operations.export.shape import Line
from penstock.store.engine import table
from penstock.store.statements import chunks
from penstock.store.tables import PlaybookLive, Spelling, Term

SPELLING, TERM, LIVE = table(Spelling), table(Term), table(PlaybookLive)


def texts(tx: Connection, ids: Iterable[int | None]) -> dict[int | None, str]:
    """Return spelling id → text as it came."""
    found: dict[int | None, str] = {}
    for some in chunks(sorted({i for i in ids if i is not None})):
        rows = tx.execute(select(SPELLING.c.id, SPELLING.c.text).where(SPELLING.c.id.in_(some)))
        found |= {row.id: row.text for row in rows}
    return found


def terms(tx: Connection, field: str, ids: Iterable[int | None]) -> dict[int | None, str]:
    """Return spelling id → its term of a field under the live definition version, the first by name of several."""
    live = select(LIVE.c.definition_id).scalar_subquery()
    found: dict[int | None, str] = {}
    for some in chunks(sorted({i for i in ids if i is not None})):
        rows = tx.execute(
            select(TERM.c.spelling_id, func.min(TERM.c.term).label("term"))
            .where(TERM.c.version_id == live, TERM.c.field == field, TERM.c.spelling_id.in_(some))
            .group_by(TERM.c.spelling_id)
        )
        found |= {row.spelling_id: row.term for row in rows}
    return found


# Word of an activity → the field of its terms; a word without a term leaves as it was written.
ACTIVITY_WORDS = {"kind": "", "channel": "channel", "source": "source", "campaign": "campaign", "asset": "", "text": ""}


def complete_activities(tx: Connection, found: list[Line]) -> None:
    """Fill the words of activities: the vocabulary's terms where it has them, the line (or the asset's) as interest."""
    names = texts(tx, (line[f"{word}_id"] for line in found for word in (*ACTIVITY_WORDS, "line")))
    for word, field in ACTIVITY_WORDS.items():
        meant = terms(tx, field, (line[f"{word}_id"] for line in found)) if field else {}
        for line in found:
            key = line[f"{word}_id"]
            line[word] = meant.get(key, names.get(key))
    stated = terms(tx, "line", (line[c] for line in found for c in ("line_id", "asset_id")))
    for line in found:
        said = names.get(line["line_id"])
        line["interest"] = stated.get(line["line_id"]) or said or stated.get(line["asset_id"])
