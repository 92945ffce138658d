"""Who is one person: a lead, and those that were merged into it. For whoever lists leads, or asks what a person has.

A merged lead keeps what was made for it (scores, decisions, handoffs, enrolments), so that unmerge can bring it back.
Lists pass over it; who asks what a person has counts what was made for those merged into the lead too.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from penstock.store.engine import table
from penstock.store.statements import among
from penstock.store.tables import Lead, Merge

LEAD, MERGE = table(Lead), table(Merge)


def is_present(of: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a table or an alias with subject and subject_id
    """Return whether the subject of a row was not merged into another."""
    gone = select(LEAD.c.id).where(LEAD.c.merged_into.is_not(None))
    return or_(of.c.subject != "lead", of.c.subject_id.not_in(gone))


def has_of_person(of: Any, lead_id: ColumnElement[Any], *wanted: ColumnElement[bool]) -> ColumnElement[bool]:  # noqa: ANN401 - a FROM whose columns ``wanted`` names
    """Return whether a lead, or one merged into it, has a row that is ``wanted``; ``of`` has subject and subject_id.

    Two questions rather than one with OR, and IN rather than a join: PostgreSQL with the one, and SQLite with the
    other, would go through all rows for each lead.
    """
    person = LEAD.alias("of_person")
    rows = select(1).select_from(of).where(of.c.subject == "lead", *wanted)
    joined = select(person.c.id).where(person.c.merged_into == lead_id).correlate_except(person)
    own = exists(rows.where(of.c.subject_id == lead_id).correlate_except(of))
    return or_(own, exists(rows.where(of.c.subject_id.in_(joined)).correlate_except(of)))


def full_name(lead: Any) -> str:  # noqa: ANN401 - a row with first_name and last_name
    """Return a person's name as far as it is known, '' where it is not."""
    return " ".join(filter(None, (lead.first_name, lead.last_name)))


def ids_of(tx: Connection, lead_id: int) -> list[int]:
    """Return a lead's id and, rising, those of the leads merged into it."""
    return [lead_id, *tx.scalars(select(LEAD.c.id).where(LEAD.c.merged_into == lead_id).order_by(LEAD.c.id))]


def ids_of_subject(tx: Connection, subject: str, subject_id: int) -> list[int]:
    """Return the same of a lead or an account; accounts are not merged."""
    return ids_of(tx, subject_id) if subject == "lead" else [subject_id]


def those_merged_into(tx: Connection, leads: Collection[int]) -> dict[int, int]:
    """Return merged lead → the one of ``leads`` that it leads on to."""
    rows = tx.execute(select(LEAD.c.id, LEAD.c.merged_into).where(among(tx, LEAD.c.merged_into, leads)))
    return dict(rows.tuples().all()) if leads else {}


def present(tx: Connection, lead_id: int) -> tuple[int, str]:
    """Return whom a lead stands for now, and its key where that is another: by it, unmerge finds what came of it."""
    lead = LEAD.c
    row = tx.execute(select(lead.merged_into, lead.key).where(lead.id == lead_id)).one_or_none()
    return (lead_id, "") if row is None or row.merged_into is None else (row.merged_into, row.key)


def was_merged(subject: str, subject_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return whether a subject was ever merged into another, or another into it, also where that was undone."""
    whose = (MERGE.c.kept_id == subject_id, MERGE.c.merged_id == subject_id)
    # Two questions rather than one with OR, as above.
    return or_(*(exists(select(1).where(MERGE.c.subject == subject, same).correlate_except(MERGE)) for same in whose))


def merges_of(tx: Connection) -> dict[int, int]:
    """Return of each lead how many merges into it were made, and how many undone, so far.

    Whoever read leads, then waited for their locks, asks of whom that differs: what was found by their identifiers may
    be another's again, and their columns another's too. On SQLite a writer never waits in mid-transaction.
    """
    if tx.dialect.name == "sqlite":
        return {}
    told = func.count() + func.count(MERGE.c.undone_at)
    rows = tx.execute(select(MERGE.c.kept_id, told).where(MERGE.c.subject == "lead").group_by(MERGE.c.kept_id))
    return dict(rows.tuples().all())


def merged_among(tx: Connection, leads: Collection[int]) -> list[int]:
    """Return those of some leads that were merged into another."""
    return list(tx.scalars(select(LEAD.c.id).where(LEAD.c.merged_into.is_not(None), among(tx, LEAD.c.id, leads))))
