"""What is usual in a week, and who would be concerned first; for the guard rails over changes and over imports."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from penstock.playbook.operations import Operations
from penstock.store.engine import table
from penstock.store.tables import Account, Decision, Enrolment, Handoff, Lead

DECISION, LEAD, ACCOUNT = table(Decision), table(Lead), table(Account)
HANDOFF, ENROLMENT = table(Handoff), table(Enrolment)
WEEKS = 4
# Where the playbook names no limit: twice a usual week at once is far more than usual, and a handful never is.
LEAST, TIMES = {"handoffs": 25, "enrolments": 250}, 2
WHEN = {"handoffs": HANDOFF.c.created_at, "enrolments": ENROLMENT.c.entered_at}
MOST_NAMED = 10


def limit(tx: Connection, what: str, now: datetime, operations: Operations) -> int:
    """Return how many handoffs or enrolments may come at once, by the playbook that is live."""
    own: int | None = getattr(operations.guard, what)
    if own is not None:
        return own
    at = WHEN[what]
    lately = select(func.count()).select_from(at.table).where(at > now - timedelta(weeks=WEEKS), at <= now)
    return max(LEAST[what], TIMES * int(tx.execute(lately).scalar_one()) // WEEKS)


def whom(tx: Connection, *mine: ColumnElement[bool]) -> tuple[str, ...]:
    """Return the first few of some decisions in words, those for sales and with the most points before the others."""
    d = DECISION.c
    order = (d.branch != "sales", (d.fit + d.intent).desc(), d.subject_id, d.definition)
    joined = DECISION.outerjoin(LEAD, (d.subject == "lead") & (LEAD.c.id == d.subject_id)).outerjoin(
        ACCOUNT, (d.subject == "account") & (ACCOUNT.c.id == d.subject_id)
    )
    name = func.coalesce(LEAD.c.company, ACCOUNT.c.name, "")
    query = select(d.subject, d.subject_id, d.definition, d.branch, d.tier_to, name.label("name")).select_from(joined)
    rows = tx.execute(query.where(*mine).order_by(*order).limit(MOST_NAMED))
    return tuple(_named(row) for row in rows)


def _named(row: Any) -> str:  # noqa: ANN401 - a row
    who = f"{row.subject} {row.subject_id}" + (f" ({row.name})" if row.name else "")
    return f"{who}: {row.branch}, {row.definition} {row.tier_to}".rstrip()
