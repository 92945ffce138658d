"""The people of the playbook as routing sees them: who owns an account, who is away; used by assign.py and match.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from penstock.playbook.operations import Operations
from penstock.playbook.terms import fold
from penstock.store.engine import table
from penstock.store.tables import Absence

ABSENCE = table(Absence)


def person_named(operations: Operations, text: str | None) -> str | None:
    """Return the id of the person that a feed means: by id, name, e-mail or another spelling; None for a stranger."""
    if not text:
        return None
    wanted = fold(text)
    for name, person in operations.people.items():
        if wanted in {fold(known) for known in (name, person.name, person.email, *person.spelt)}:
            return name
    return None


def read_absences(tx: Connection, *, now: datetime) -> dict[str, list[tuple[date, date]]]:
    """Return person → (first day, last day) of what may touch the day at hand, wherever they live."""
    day, spare = now.date(), timedelta(days=1)
    rows = tx.execute(
        select(ABSENCE)
        .where(ABSENCE.c.first_day <= day + spare, ABSENCE.c.last_day >= day - spare)
        .order_by(ABSENCE.c.person, ABSENCE.c.first_day)
    )
    found: dict[str, list[tuple[date, date]]] = {}
    for row in rows:
        found.setdefault(row.person, []).append((row.first_day, row.last_day))
    return found


def away_until(absences: Mapping[str, list[tuple[date, date]]], person: str, day: date) -> date | None:
    """Return the last day of the absence that a person's day lies in, None when they are there."""
    return next((last for first, last in absences.get(person, []) if first <= day <= last), None)
