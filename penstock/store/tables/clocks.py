"""SLA clocks and the escalations that they caused."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint

from penstock.store.types import Row, big, instant, own_id


class Clock(Row, table=True):
    """A promise with a due moment, counted in the business time of whoever must keep it.

    ``levels`` is JSON: [[level, due in microseconds, whom], …], fixed when the clock starts, so a calendar edited
    afterwards moves no promise already made. ``next_due`` is the due moment of the first level not yet written.
    """

    # By next_due: the check reads only clocks with a level that is due; stopped clocks have none.
    __table_args__ = (UniqueConstraint("of", "of_id", "kind", "round"), Index(None, "next_due"))

    id: int | None = own_id()
    of: str
    of_id: int = big()
    kind: str
    round: int = 1
    sla: str
    started_at: datetime = instant()
    due_at: datetime = instant()
    levels: str
    next_due: datetime | None = instant(default=None, nullable=True)
    stopped_at: datetime | None = instant(default=None, nullable=True)
    stopped_by: str | None = None


class Escalation(Row, table=True):
    """A level of a clock that fell due: level 0 is the warning. ``notified``: whom a message was planned for, if
    anybody.
    """

    __table_args__ = (UniqueConstraint("clock_id", "level"),)  # once per clock and level, whoever checks

    id: int | None = own_id()
    clock_id: int = big()
    level: int
    due_at: datetime = instant()
    fired_at: datetime = instant()
    notified: str | None = None
