"""Alerts: what templates/alert/*.md may say of a clock's level, as plain values from the store; asked by deliver.

The warning goes out before a clock's due moment, the others after it. Times are in the calendar of who reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from penstock.errors import NotFoundError
from penstock.playbook.operations import Operations
from penstock.routing.note import named
from penstock.routing.phrases import moment_text, short
from penstock.routing.reasons import Reasons, read_reasons
from penstock.sla.clocks import WARNING, Calendars
from penstock.store.engine import table
from penstock.store.playbooks import Live
from penstock.store.tables import Clock, Escalation, Handoff

CLOCK, ESCALATION, HANDOFF = table(Clock), table(Escalation), table(Handoff)


def template_of(level: int) -> str:
    """Return the name of a level's template."""
    return "alert/warning.md" if level == WARNING else "alert/late.md"


def alert_context(
    tx: Connection, live: Live, clock_id: int, level: int, *, known: Mapping[int, Reasons] | None = None
) -> dict[str, Any]:
    """Return every variable of an alert; raises NotFoundError for a level that was not written.

    ``known`` has the reasons that were read for the whole batch, by decision.
    """
    row = _read(tx, clock_id, level)
    working = Calendars(live.operations).of(row.notified)
    who, company = named(tx, (row.subject, row.subject_id), row.account_id)
    queue = live.operations.queues.get(row.queue)
    reasons = (known or {}).get(row.decision_id) or read_reasons(tx, live, row.decision_id)
    return {
        "who": short(who, 5),
        "company": short(company, 5),
        "did": reasons.did(),
        "due": moment_text(row.due_at, working),
        "since": moment_text(row.started_at, working),
        "level": level,
        "is_owner": row.notified == row.owner,
        "owner": _name(live.operations, row.owner),
        "queue": (queue.title if queue is not None else "") or row.queue,
        "status": row.status,
        "handoff_id": row.handoff_id,
    }


@cache
def _level() -> Any:  # noqa: ANN401 - a statement
    h, c = HANDOFF.c, CLOCK.c
    columns = (h.subject, h.subject_id, h.account_id, h.queue, h.owner, h.status, h.decision_id)
    return (
        select(h.id.label("handoff_id"), c.due_at, c.started_at, ESCALATION.c.notified, *columns)
        .select_from(CLOCK)
        .join(HANDOFF, and_(c.of == "handoff", h.id == c.of_id))
        .join(ESCALATION, and_(ESCALATION.c.clock_id == c.id, ESCALATION.c.level == bindparam("level")))
        .where(c.id == bindparam("of"))
    )


def _read(tx: Connection, clock_id: int, level: int) -> Any:  # noqa: ANN401 - a row
    row = tx.execute(_level(), {"of": clock_id, "level": level}).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no level {level} of a clock {clock_id}")
    return row


def _name(operations: Operations, person: str | None) -> str:
    if person is None:
        return ""
    return operations.people[person].name if person in operations.people else person
