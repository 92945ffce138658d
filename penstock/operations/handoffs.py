"""Handoffs as people and feeds see them: the list of the CLI, and the board that the demo's reps answer from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from penstock.errors import UsageError
from penstock.nearest import did_you_mean
from penstock.operations.waits import is_overdue
from penstock.records import HandoffSeen
from penstock.sequence.leading import is_open
from penstock.store.engine import Sessions, table
from penstock.store.persons import full_name
from penstock.store.playbooks import read_live
from penstock.store.tables import Account, Clock, Handoff, HandoffDefinition, Lead

HANDOFF, LEAD, ACCOUNT = table(Handoff), table(Lead), table(Account)
CLOCK, JOINED = table(Clock), table(HandoffDefinition)


@dataclass(frozen=True, slots=True)
class HandoffLine:
    """One handoff in a list. ``due_at`` is that of its running contact clock, None when it has been stopped."""

    handoff_id: int
    subject: str
    subject_id: int
    name: str
    company: str
    definitions: tuple[str, ...]
    queue: str
    owner: str
    tier: str
    status: str
    created_at: datetime
    due_at: datetime | None
    is_overdue: bool
    next_step: str
    next_on: str


def list_handoffs(
    sessions: Sessions,
    *,
    now: datetime,
    status: str | None = None,
    owner: str | None = None,
    queue: str | None = None,
    overdue: bool = False,
    most: int | None = None,
) -> list[HandoffLine]:
    """Return handoffs, oldest first; by default those that are open, or with ``status`` those that have it.

    ``overdue`` keeps those whose contact clock runs and is past its due moment at ``now``. Raises UsageError for an
    owner or queue that is neither in the playbook nor had any handoff.
    """
    h = HANDOFF.c
    wanted = [h.status == status if status else is_open()]
    wanted += [column == value for column, value in ((h.owner, owner), (h.queue, queue)) if value is not None]
    wanted += [is_overdue(now)] if overdue else []
    with sessions.read() as tx:
        rows = tx.execute(_listed().where(*wanted).order_by(h.created_at, h.id).limit(most)).all()
        joined = _definitions(tx, [row.id for row in rows])
        if not rows and (owner or queue):
            operations = read_live(tx).operations
            _known(tx, "owner", owner, operations.people)
            _known(tx, "queue", queue, operations.queues)
    return [_line(row, joined.get(row.id, ()), now) for row in rows]


def _known(tx: Connection, what: str, name: str | None, named: Mapping[str, object]) -> None:
    if name is None or name in named:
        return
    # Who left the playbook may still have some.
    if tx.scalar(select(HANDOFF.c.id).where(HANDOFF.c[what] == name).limit(1)) is None:
        raise UsageError(f'there is no {what} "{name}"; {did_you_mean(name, named)}')


def _listed() -> Select[Any]:
    running = and_(
        CLOCK.c.of == "handoff", CLOCK.c.of_id == HANDOFF.c.id, CLOCK.c.kind == "contact", CLOCK.c.stopped_at.is_(None)
    )
    return (
        select(
            HANDOFF,
            CLOCK.c.due_at,
            LEAD.c.first_name,
            LEAD.c.last_name,
            LEAD.c.email,
            LEAD.c.key.label("lead_key"),
            func.coalesce(ACCOUNT.c.name, LEAD.c.company, ACCOUNT.c.key, "").label("company"),
        )
        .select_from(HANDOFF)
        .outerjoin(LEAD, and_(HANDOFF.c.subject == "lead", LEAD.c.id == HANDOFF.c.subject_id))
        .outerjoin(ACCOUNT, ACCOUNT.c.id == HANDOFF.c.account_id)
        .outerjoin(CLOCK, running)
    )


def _definitions(tx: Connection, handoffs: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    rows = tx.execute(select(JOINED).where(JOINED.c.handoff_id.in_(handoffs)).order_by(JOINED.c.decision_id))
    for row in rows:
        found[row.handoff_id] = (*found.get(row.handoff_id, ()), row.definition)
    return found


def _line(row: Any, definitions: tuple[str, ...], now: datetime) -> HandoffLine:  # noqa: ANN401 - a row
    return HandoffLine(
        handoff_id=row.id,
        subject=row.subject,
        subject_id=row.subject_id,
        name=full_name(row) or row.email or row.lead_key or "",
        company=row.company,
        definitions=definitions,
        queue=row.queue,
        owner=row.owner or "",
        tier=row.tier,
        status=row.status,
        created_at=row.created_at,
        due_at=row.due_at,
        is_overdue=row.due_at is not None and row.due_at <= now,
        next_step=row.next_step or "",
        next_on=row.next_on.isoformat() if row.next_on else "",
    )


class Board:
    """Shows a feed the handoffs of a store (``ports.HandoffBoard``); read-only."""

    def __init__(self, sessions: Sessions) -> None:
        """Take the store to read."""
        self._sessions = sessions

    def seen(self, *, now: datetime) -> Sequence[HandoffSeen]:
        """Return every handoff made strictly before ``now``, oldest first, closed ones too."""
        h = HANDOFF.c
        key = func.coalesce(LEAD.c.key, ACCOUNT.c.key, "").label("lead_key")
        query = (
            select(h.id, key, h.queue, h.owner, h.tier, h.created_at)
            .select_from(HANDOFF)
            .outerjoin(LEAD, and_(h.subject == "lead", LEAD.c.id == h.subject_id))
            .outerjoin(ACCOUNT, and_(h.subject == "account", ACCOUNT.c.id == h.subject_id))
            .where(h.created_at < now)
            .order_by(h.created_at, h.id)
        )
        with self._sessions.read() as tx:
            return [
                HandoffSeen(str(row.id), row.lead_key, row.queue, row.owner or "", row.tier, row.created_at)
                for row in tx.execute(query)
            ]
