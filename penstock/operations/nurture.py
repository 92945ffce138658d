"""Nurture: end what has to end, enrol whom a decision sends here, and plan the mails that are due.

Called by the nurture and pipeline flows, by simulate and by tests. Nothing leaves the house here: messages are planned
in the outbox, in the transaction of their cause, and deliver works it. Run twice, at once or late, it plans each step
once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from penstock.operations.ended_deals import close_ended
from penstock.operations.guard_imports import weigh
from penstock.sequence.enrol import ENROLLED, act_on_decisions
from penstock.sequence.exits import Ended, end_enrolments
from penstock.sequence.plan import finish, plan_due
from penstock.store.engine import Sessions
from penstock.store.held_imports import HeldImport
from penstock.store.playbooks import read_live
from penstock.store.rounds import until_nothing

# A transaction of at most a second on either database.
CHUNK = 5_000
PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class NurtureResult:
    """What a run of nurture did, counted."""

    acted: int
    """Decisions acted on: ``enrolled`` plus those of ``not_enrolled``."""
    enrolled: int
    not_enrolled: Mapping[str, int]
    """Why not → decisions: superseded, handed_over, in_a_sequence, seen_already, no_sequence, disqualified …"""
    exited: Mapping[str, int]
    """exit_reason → enrolments."""
    planned: int
    """Mails planned."""
    finished: int
    cancelled: Mapping[str, int] = field(default_factory=dict)
    """skip_reason → mails that had been planned and went with their enrolments, before anybody claimed them."""
    held: tuple[HeldImport, ...] = ()
    """Imports that this run held; nobody acts on their decisions until somebody approves."""


def run_nurture(sessions: Sessions, *, now: datetime, chunk: int = CHUNK) -> NurtureResult:
    """Make one pass; returns counts. Raises UsageError when no playbook was adopted.

    Exits come first, so that nobody is held by a sequence that is over, and once more at the end: who was enrolled
    although the address is suppressed leaves at once, with the message that was not sent on record.
    """
    close_ended(sessions, now=now)
    told: Counter[str] = Counter()
    held: list[HeldImport] = []
    first = _end(sessions, now)
    acted = until_nothing(sessions, lambda tx: _enrol(tx, told, held, now, chunk))
    until_nothing(sessions, lambda tx: _plan(tx, told, now, chunk))
    finished = _finish(sessions, now)
    last = _end(sessions, now, newest=True)
    planned, enrolled = told.pop(PLANNED, 0), told.pop(ENROLLED, 0)
    exited, cancelled = first.enrolments + last.enrolments, first.cancelled + last.cancelled
    return NurtureResult(acted, enrolled, dict(told), dict(exited), planned, finished, dict(cancelled), tuple(held))


def _end(sessions: Sessions, now: datetime, *, newest: bool = False) -> Ended:
    with sessions.write() as tx:
        return end_enrolments(tx, read_live(tx), now=now, newest=newest)


def _enrol(tx: Connection, told: Counter[str], held: list[HeldImport], now: datetime, chunk: int) -> int:
    live = read_live(tx)
    held += weigh(tx, live, "enrolments", now=now)
    found = act_on_decisions(tx, live, now=now, most=chunk)
    told.update(found)
    return found.total()


def _plan(tx: Connection, told: Counter[str], now: datetime, chunk: int) -> int:
    found = plan_due(tx, read_live(tx).operations, now=now, most=chunk)
    told[PLANNED] += found.messages
    return found.moved


def _finish(sessions: Sessions, now: datetime) -> int:
    with sessions.write() as tx:
        return finish(tx, now=now)
