"""What sales had of a lead or account at a moment, and which definition came first then; parts of an explanation.

A handoff's row tells how it stands now. How it stood comes from what had been said of it by then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from penstock.operations.explain.shape import OpenHandoff, UnderDefinition
from penstock.playbook.model import Deciding
from penstock.playbook.operations import Stage
from penstock.playbook.stages import in_order
from penstock.routing.profile import Subject
from penstock.sequence.leading import LAST, OPEN
from penstock.store.engine import table
from penstock.store.persons import ids_of_subject
from penstock.store.tables import Assignment, Clock, Disposition, Handoff, HandoffDefinition

ASSIGNMENT, CLOCK, DISPOSITION = table(Assignment), table(Clock), table(Disposition)
HANDOFF, JOINED = table(Handoff), table(HandoffDefinition)


def open_handoffs(tx: Connection, subject: Subject, now: datetime) -> list[OpenHandoff]:
    """Return the handoffs that were open at ``now``, the latest first; those of merged leads too."""
    h = HANDOFF.c
    mine = (h.subject == subject[0], h.subject_id.in_(ids_of_subject(tx, *subject)))
    begun = (h.created_at <= now, or_(h.closed_at.is_(None), h.closed_at > now))
    rows = tx.execute(select(HANDOFF).where(*mine, *begun).order_by(h.id.desc())).all()
    found = [(row, _status(tx, row, now)) for row in rows]
    return [_at(tx, row, status, now) for row, status in found if status in OPEN]


def _at(tx: Connection, row: Any, status: str, now: datetime) -> OpenHandoff:  # noqa: ANN401 - a row
    a, j = ASSIGNMENT.c, JOINED.c
    given = select(a.owner).where(a.handoff_id == row.id, a.at <= now).order_by(a.round.desc()).limit(1)
    owners = tx.scalars(given).all()
    joined = tx.scalars(select(j.definition).where(j.handoff_id == row.id, j.joined_at <= now))
    owner = owners[0] if owners else row.owner
    return OpenHandoff(row.id, row.queue, owner, status, _contact_due(tx, row.id, now), tuple(sorted(joined)))


def _status(tx: Connection, row: Any, now: datetime) -> str:  # noqa: ANN401 - a row
    """Return the status of a handoff at a moment: what was answered last by then, where more came of it since."""
    d = DISPOSITION.c
    answers = select(d.answer, d.received_at).where(d.handoff_id == row.id).order_by(d.received_at, d.id)
    said = tx.execute(answers).all()
    by_then = [one.answer for one in said if one.received_at <= now]
    if row.closed_at is None and len(by_then) == len(said):
        return str(row.status)
    return by_then[-1] if by_then else "offered"


def _contact_due(tx: Connection, handoff_id: int, now: datetime) -> datetime | None:
    """Return the moment by which the running contact clock wants a first contact."""
    c = CLOCK.c
    mine = (c.of == "handoff", c.of_id == handoff_id, c.kind == "contact", c.started_at <= now)
    running = or_(c.stopped_at.is_(None), c.stopped_at > now)
    return tx.scalar(select(c.due_at).where(*mine, running).order_by(c.round.desc()).limit(1))


def leading_at(
    definitions: Sequence[UnderDefinition],
    handoffs: Sequence[OpenHandoff],
    deciding: Deciding,
    stages: Mapping[str, Stage],
) -> str | None:
    """Return the definition that came first, in the order of ``penstock.sequence.leading``; None where none decided."""
    ranks = {stage: rank for rank, stage in enumerate(in_order(stages))}
    handed = {name for one in handoffs for name in one.definitions}

    def place(one: UnderDefinition) -> tuple[bool, int, int]:
        tiers = list(deciding.definitions[one.definition].tiers)
        below = tiers.index(one.tier) if one.tier in tiers else LAST
        return one.definition in handed, ranks.get(one.stage, -1), -below

    decided = [one for one in definitions if one.since is not None]
    return max(decided, key=place).definition if decided else None
