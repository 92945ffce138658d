"""Facts: every profile field of every record, dated by the record; a page is a handful of statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, select, type_coerce

from penstock.store.bulk import bulk_insert
from penstock.store.engine import table
from penstock.store.landing.page import Landing, Rows
from penstock.store.landing.texts import OF_LEAD, Column, numbers
from penstock.store.statements import among
from penstock.store.tables import Fact

FACT = table(Fact)


@dataclass(frozen=True, slots=True)
class Told:
    """Facts of one kind of subject, as columns over the page's rows; ids are 0 where a row says nothing."""

    subject: str
    ids: Sequence[int]
    new: Collection[int]
    found_by: Sequence[str]
    received: Sequence[int]
    texts: Mapping[str, Column]
    spelt: Mapping[str, Mapping[str, int]]


def land_facts(landing: Landing, rows: Rows, told: Told) -> list[bool]:
    """Write the facts; return for each row whether any of its facts was new."""
    if not told.texts:
        return [False] * len(rows)
    cells = {field: [told.spelt[field].get(text) for text in column] for field, column in told.texts.items()}  # type: ignore[arg-type] # None is no key
    _leave_out_known(landing, rows, told, cells)
    said = [any(values) for values in zip(*cells.values(), strict=True)]
    at = [place for place in sorted(range(len(rows)), key=told.ids.__getitem__) if said[place] and told.ids[place]]
    _write(landing, rows, told, cells, at)
    return said


def _leave_out_known(landing: Landing, rows: Rows, told: Told, cells: Mapping[str, list[int | None]]) -> None:
    """Leave out what the feed has said already, where that decides whether a record is new.

    That is where nothing else than facts came (else the activity's key decides), and where the record has no time of
    its own: said again is not said anew, or an export without dates would grow the store with every delivery.
    """
    asked = {
        i: None
        for i, record in zip(told.ids, rows.records, strict=True)
        if i and i not in told.new and (record.at is None or record.happening is None)
    }
    if not asked:
        return
    known = _read(landing, told.subject, asked)
    for place, (i, record) in enumerate(zip(told.ids, rows.records, strict=True)):
        if i not in asked or (record.at is not None and record.happening is not None):
            continue
        for field, column in cells.items():
            before = known.get((i, field))
            if before and column[place] is not None:
                latest = before[max(before)]
                if rows.said[place] in before or (record.at is None and latest == column[place]):
                    column[place] = None


def _read(landing: Landing, subject: str, ids: Collection[int]) -> dict[tuple[int, str], dict[int, int]]:
    """Return (subject id, field) → said at → spelling of what this feed has said."""
    f = FACT.c
    mine = (f.subject == subject, among(landing.tx, f.subject_id, ids), f.feed == landing.feed)
    rows = landing.tx.execute(
        select(f.subject_id, f.field, type_coerce(f.said_at, BigInteger), f.spelling_id).where(*mine)
    )
    found: dict[tuple[int, str], dict[int, int]] = {}
    for i, field, said_at, spelling in rows:
        found.setdefault((i, field), {})[said_at] = spelling
    return found


def _write(landing: Landing, rows: Rows, told: Told, cells: Mapping[str, list[int | None]], at: Sequence[int]) -> None:
    """Insert all facts in the order of their subjects: neighbours in the index, and no two landings wait crosswise."""
    typed: Any = _picked([record.typed for record in rows.records], at)
    typed = typed[0] if typed and all(one == typed[0] for one in typed) else typed
    shared = {
        "subject_id": _picked(told.ids, at),
        "said_at": _picked(rows.said, at),
        "received_at": _picked(told.received, at),
        "found_by": _picked(told.found_by, at),
    }
    arms = []
    for field, column in cells.items():
        amounts = numbers(told.texts[field])
        arms.append({
            "field": field,
            "spelling_id": _picked(column, at),
            "number": None if amounts is None else _picked(amounts, at),
            "typed": False if field in OF_LEAD else typed,
        })  # fmt: skip
    same = {"subject": told.subject, "feed": landing.feed, "landed_at": landing.now, "batch_id": landing.batch_id}
    bulk_insert(landing.tx, FACT, shared, same=same, spread=arms)


def _picked(column: Sequence[Any], at: Sequence[int]) -> list[Any]:
    return [column[place] for place in at]
