"""What sales had of a lead or account at a moment, and which definition came first then; parts of an explanation.

A handoff's row tells how it stands now. How it stood comes from what had been said of it by then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, or_, select

from penstock.operations.explain.shape import OpenHandoff, UnderDefinition
from penstock.playbook.model import Deciding
from penstock.playbook.operations import Stage
from penstock.playbook.stages import in_order
from penstock.routing.profile import Subject
from penstock.sequence.leading import LAST, OPEN
from penstock.store.engine import table
from penstock.store.persons import ids_of_subject
from penstock.store.statements import among
from penstock.store.tables import Assignment, Clock, Disposition, Handoff, HandoffDefinition

ASSIGNMENT, CLOCK, DISPOSITION = table(Assignment), table(Clock), table(Disposition)
HANDOFF, JOINED = table(Handoff), table(HandoffDefinition)


class Stands(Protocol):
    """How a subject stands under a definition."""

    @property
    def definition(self) -> str: ...  # noqa: D102 - as in ``UnderDefinition``
    @property
    def stage(self) -> str: ...  # noqa: D102
    @property
    def tier(self) -> str: ...  # noqa: D102


def open_handoffs(tx: Connection, subject: Subject, now: datetime) -> list[OpenHandoff]:
    """Return the handoffs that were open at ``now``, the latest first; those of merged leads too."""
    return [handoff for _, handoff in handoffs_among(tx, subject[0], ids_of_subject(tx, *subject), now)]


def handoffs_among(tx: Connection, subject: str, ids: Collection[int], now: datetime) -> list[tuple[int, OpenHandoff]]:
    """Return (subject id, handoff) of those that were open at ``now``, the latest first."""
    h = HANDOFF.c
    mine = (h.subject == subject, among(tx, h.subject_id, ids))
    begun = (h.created_at <= now, or_(h.closed_at.is_(None), h.closed_at > now))
    rows = tx.execute(select(HANDOFF).where(*mine, *begun).order_by(h.id.desc())).all()
    statuses = _statuses(tx, rows, now)
    held = [row for row in rows if statuses[row.id] in OPEN]
    if not held:
        return []
    ids = [row.id for row in held]
    owners, due, joined = _owners(tx, ids, now), _contacts_due(tx, ids, now), _joined(tx, ids, now)

    def standing(row: Any) -> OpenHandoff:  # noqa: ANN401 - a row
        definitions = tuple(sorted(joined[row.id]))
        owner, status = owners.get(row.id, row.owner), statuses[row.id]
        return OpenHandoff(row.id, row.queue, owner, status, due.get(row.id), definitions)

    return [(row.subject_id, standing(row)) for row in held]


def _statuses(tx: Connection, rows: Sequence[Any], now: datetime) -> dict[int, str]:
    """Return handoff → its status at a moment: what was answered last by then, where more came of it since."""
    d, said = DISPOSITION.c, defaultdict[int, list[Any]](list)
    answers = select(d.handoff_id, d.answer, d.received_at).where(d.handoff_id.in_([row.id for row in rows]))
    for one in tx.execute(answers.order_by(d.received_at, d.id)) if rows else ():
        said[one.handoff_id].append(one)
    by_then = {row.id: [one.answer for one in said[row.id] if one.received_at <= now] for row in rows}
    stands = {row.id for row in rows if row.closed_at is None and len(by_then[row.id]) == len(said[row.id])}
    return {row.id: row.status if row.id in stands else (["offered", *by_then[row.id]])[-1] for row in rows}


def _owners(tx: Connection, ids: Sequence[int], now: datetime) -> dict[int, str | None]:
    a = ASSIGNMENT.c
    given = select(a.handoff_id, a.owner).where(a.handoff_id.in_(ids), a.at <= now).order_by(a.round)
    return dict(tx.execute(given).tuples().all())


def _contacts_due(tx: Connection, ids: Sequence[int], now: datetime) -> dict[int, datetime]:
    """Return handoff → the moment by which its running contact clock wants a first contact."""
    c = CLOCK.c
    mine = (c.of == "handoff", c.of_id.in_(ids), c.kind == "contact", c.started_at <= now)
    running = or_(c.stopped_at.is_(None), c.stopped_at > now)
    return dict(tx.execute(select(c.of_id, c.due_at).where(*mine, running).order_by(c.round)).tuples().all())


def _joined(tx: Connection, ids: Sequence[int], now: datetime) -> dict[int, list[str]]:
    j, found = JOINED.c, defaultdict[int, list[str]](list)
    for row in tx.execute(select(j.handoff_id, j.definition).where(j.handoff_id.in_(ids), j.joined_at <= now)):
        found[row.handoff_id].append(row.definition)
    return found


def leading_at(
    definitions: Sequence[UnderDefinition],
    handoffs: Sequence[OpenHandoff],
    deciding: Deciding,
    stages: Mapping[str, Stage],
) -> str | None:
    """Return the definition that came first, in the order of ``penstock.sequence.leading``; None where none decided."""
    decided = [one for one in definitions if one.since is not None]
    place = placing(deciding, stages, {name for one in handoffs for name in one.definitions})
    return max(decided, key=place).definition if decided else None


def placing(
    deciding: Deciding, stages: Mapping[str, Stage], handed: Collection[str]
) -> Callable[[Stands], tuple[bool, int, int]]:
    """Return what orders standings, the leading one last; ``handed`` are the definitions of open handoffs."""
    ranks = {stage: rank for rank, stage in enumerate(in_order(stages))}

    def place(one: Stands) -> tuple[bool, int, int]:
        tiers = list(deciding.definitions[one.definition].tiers)
        below = tiers.index(one.tier) if one.tier in tiers else LAST
        return one.definition in handed, ranks.get(one.stage, -1), -below

    return place
