"""What falls due on a clock: every level is written, of those found together only the highest is sent. Used by
check_slas, inside its transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from penstock.sla.clocks import WARNING, Level, read_levels
from penstock.store.engine import table
from penstock.store.statements import insert_or_ignore
from penstock.store.tables import Clock, Effect, Escalation, Handoff

CLOCK, ESCALATION, EFFECT, HANDOFF = table(Clock), table(Escalation), table(Effect), table(Handoff)


@dataclass(frozen=True, slots=True)
class DueClock:
    """A running clock with levels that are due at ``now`` and were not written yet."""

    id: int
    of_id: int
    lead_id: int | None
    due_at: datetime
    found: tuple[Level, ...]
    next_due: datetime | None

    def sent(self, now: datetime) -> Level | None:
        """Return the one level that is told: the highest, unless it is a warning that came too late."""
        highest = max(self.found, key=lambda one: one.level, default=None)
        if highest is None or highest.whom is None:
            return None
        return None if highest.level == WARNING and now >= self.due_at else highest


def pick_due(tx: Connection, *, now: datetime, after: int, most: int) -> list[DueClock]:
    """Return running clocks with a level that is due, by id from ``after`` on; those that another run holds are passed
    over.
    """
    c = CLOCK.c
    rows = tx.execute(
        select(c.id, c.of_id, c.due_at, c.levels, c.next_due)
        .where(c.next_due <= now, c.stopped_at.is_(None), c.id > after)
        .order_by(c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    leads = _leads(tx, [row.of_id for row in rows])
    return [_due(row, leads.get(row.of_id), now) for row in rows]


def _leads(tx: Connection, handoffs: Sequence[int]) -> dict[int, int]:
    h = HANDOFF.c
    rows = tx.execute(select(h.id, h.subject_id).where(h.id.in_(handoffs), h.subject == "lead"))
    return {row.id: row.subject_id for row in rows}


def _due(row: Any, lead_id: int | None, now: datetime) -> DueClock:  # noqa: ANN401 - a row
    levels = read_levels(row.levels)
    # next_due is the first level not yet written: what lies before it has been.
    found = tuple(one for one in levels if row.next_due <= one.due_at <= now)
    later = min((one.due_at for one in levels if one.due_at > now), default=None)
    return DueClock(row.id, row.of_id, lead_id, row.due_at, found, later)


def write_due(tx: Connection, clocks: Sequence[DueClock], *, now: datetime) -> None:
    """Write the escalations of these clocks, plan the alerts, and move each clock to its next level."""
    if not clocks:
        return
    insert_or_ignore(tx, ESCALATION, [_escalation(clock, one, now) for clock in clocks for one in clock.found])
    alerts = [_alert(clock, sent, now) for clock in clocks if (sent := clock.sent(now)) is not None]
    insert_or_ignore(tx, EFFECT, alerts)
    tx.execute(_MOVE_ON, [{"clock": clock.id, "then": clock.next_due} for clock in clocks])


_MOVE_ON = update(CLOCK).where(CLOCK.c.id == bindparam("clock")).values(next_due=bindparam("then"))


def _escalation(clock: DueClock, one: Level, now: datetime) -> dict[str, Any]:
    sent = clock.sent(now)
    notified = one.whom if sent is not None and sent.level == one.level else None
    return {"clock_id": clock.id, "level": one.level, "due_at": one.due_at, "fired_at": now, "notified": notified}


def _alert(clock: DueClock, sent: Level, now: datetime) -> dict[str, Any]:
    return {
        "kind": "sla_alert",
        "key": f"{clock.id}:{sent.level}",
        "lead_id": clock.lead_id,
        "handoff_id": clock.of_id,
        "clock_id": clock.id,
        "recipient": sent.whom,
        "planned_at": now,
        "due_at": now,
    }
