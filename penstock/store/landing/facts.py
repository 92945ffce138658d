"""Facts: every profile field of every record, dated by the record; a page is a handful of statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from penstock.store.bulk import bulk_insert
from penstock.store.engine import table
from penstock.store.landing.page import Landing, Rows, picker
from penstock.store.landing.texts import OF_LEAD, Said
from penstock.store.statements import among, plain_rows
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
    texts: Mapping[str, Said]


def land_facts(landing: Landing, rows: Rows, told: Told, new_activity: Sequence[bool]) -> list[bool]:
    """Write the facts; return for each row whether it says anything that this feed had not said already."""
    if not told.texts:
        return [False] * len(rows)
    _leave_out_known(landing, rows, told, new_activity)
    columns = [said.ids for said in told.texts.values()]
    # zip of one column gives tuples as well, and any() of a tuple stops at the first id: ids begin at 1.
    says = [any(cells) for cells in zip(*columns, strict=True)]
    _write(landing, rows, told, [at for at in sorted(range(len(rows)), key=told.ids.__getitem__) if says[at]])
    return says


def _leave_out_known(landing: Landing, rows: Rows, told: Told, new_activity: Sequence[bool]) -> None:
    """Leave out what the feed has said already, where that decides whether there is anything new about a subject.

    That is where no new activity came along, and where the record has no time of its own: said again is not said anew,
    or an export without dates would grow the store with every delivery.
    """
    places = [
        at
        for at, record in enumerate(rows.records)
        if (not new_activity[at] or record.at is None) and told.ids[at] and told.ids[at] not in told.new
    ]
    if not places:
        return
    known = _read(landing, told.subject, {told.ids[at] for at in places})
    for field, said in told.texts.items():
        for at in places:
            before = known.get((told.ids[at], field))
            if before and (rows.said[at] in before or _says_the_same(rows, at, before, said.ids[at])):
                said.ids[at] = None


def _says_the_same(rows: Rows, at: int, before: Mapping[int, int], spelling: int | None) -> bool:
    return rows.records[at].at is None and before[max(before)] == spelling


def _read(landing: Landing, subject: str, ids: Collection[int]) -> dict[tuple[int, str], dict[int, int]]:
    """Return (subject id, field) → said at → spelling of what this feed has said."""
    f = FACT.c
    mine = (f.subject == subject, among(landing.tx, f.subject_id, ids), f.feed == landing.feed)
    found: dict[tuple[int, str], dict[int, int]] = {}
    query = select(f.subject_id, f.field, f.said_at, f.spelling_id).where(*mine)
    for i, field, said_at, spelling in plain_rows(landing.tx, query):
        found.setdefault((i, field), {})[said_at] = spelling
    return found


def _write(landing: Landing, rows: Rows, told: Told, at: Sequence[int]) -> None:
    """Insert all facts in the order of their subjects: neighbours in the index, and no two landings wait crosswise."""
    pick = picker(at)
    shared: dict[str, list[Any]] = {
        "subject_id": pick(told.ids), "said_at": pick(rows.said), "received_at": pick(told.received),
        "found_by": pick(told.found_by),
    }  # fmt: skip
    same = {"subject": told.subject, "feed": landing.feed, "landed_at": landing.now, "batch_id": landing.batch_id}
    for name in ("received_at", "found_by"):
        settle_column(name, shared, same)
    typed = settled(pick([record.typed for record in rows.records]))
    arms = []
    for field, said in told.texts.items():
        numbers = said.numbers()
        arms.append({
            "field": field,
            "spelling_id": pick(said.ids),
            "number": None if numbers is None else pick(numbers),
            "typed": False if field in OF_LEAD else typed,
        })  # fmt: skip
    # Two records of one moment say the same fact, as those with a date alone do.
    distinct = len(set(zip(shared["subject_id"], shared["said_at"], strict=True))) == len(at)
    bulk_insert(landing.tx, FACT, shared, same=same, spread=arms, likely_new=distinct)


def settled(column: list[Any]) -> Any:  # noqa: ANN401 - a column, or the one value that all its places hold
    """Return the value of a column that holds only one: written into the statement it need not be bound a row."""
    return column[0] if column and column.count(column[0]) == len(column) else column


def settle_column(name: str, columns: dict[str, list[Any]], same: dict[str, Any]) -> None:
    """Move a column to ``same`` where it holds only one value."""
    value = settled(columns[name])
    if value is not columns[name]:
        del columns[name]
        same[name] = value
