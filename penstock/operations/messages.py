"""Messages as people see them: what waits or went wrong, and resolving what nobody knows.

Called by `penstock message` and by tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from penstock.errors import NotFoundError, UsageError
from penstock.nearest import did_you_mean
from penstock.store.engine import Sessions, table
from penstock.store.tables import Effect

EFFECT = table(Effect)
STATUSES = ("planned", "held", "claimed", "accepted", "deferred", "refused", "unknown", "cancelled")
# What an operator looks for when nothing is asked for by name: what waits, and what did not go well.
WAITING = ("held", "deferred", "refused", "unknown")
RESOLUTIONS = ("accepted", "planned", "cancelled")


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message in a list."""

    message_id: int
    kind: str
    lead_id: int | None
    handoff_id: int | None
    sequence: str
    step: str
    to: str
    subject: str
    status: str
    skip_reason: str
    planned_at: datetime
    attempted_at: datetime | None
    held_until: datetime | None
    said: str
    rfc_message_id: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a message of unknown fate has become."""

    message_id: int
    status: str


def list_messages(sessions: Sessions, *, status: str | None = None, most: int | None = None) -> list[MessageLine]:
    """Return messages, oldest first; without ``status`` those that wait or did not go well. Raises UsageError."""
    if status is not None and status not in STATUSES:
        raise UsageError(f'no message has the status "{status}"; {did_you_mean(status, STATUSES)}')
    wanted = WAITING if status is None else (status,)
    with sessions.read() as tx:
        rows = tx.execute(select(EFFECT).where(EFFECT.c.status.in_(wanted)).order_by(EFFECT.c.id).limit(most))
        return [_line(row) for row in rows]


def _line(row: Any) -> MessageLine:  # noqa: ANN401 - a row
    return MessageLine(
        message_id=row.id,
        kind=row.kind,
        lead_id=row.lead_id,
        handoff_id=row.handoff_id,
        sequence=row.sequence or "",
        step=row.step or "",
        to=row.address or row.recipient or "",
        subject=row.subject or "",
        status=row.status,
        skip_reason=row.skip_reason or "",
        planned_at=row.planned_at,
        attempted_at=row.attempted_at,
        held_until=row.held_until,
        said=row.said,
        rfc_message_id=row.rfc_message_id or "",
    )


def resolve_message(sessions: Sessions, *, now: datetime, message_id: int, status: str, reason: str) -> Resolved:
    """Say what became of a message whose end nobody recorded: accepted, planned (send it again) or cancelled.

    Raises NotFoundError for no such message, UsageError for one that is not unknown, and without a reason.
    """
    if status not in RESOLUTIONS:
        raise UsageError(f'a message is not resolved as "{status}"; {did_you_mean(status, RESOLUTIONS)}')
    if not reason.strip():
        raise UsageError("resolving a message needs a reason, for example what the mail server's log says of it")
    with sessions.write() as tx:
        found = tx.scalar(select(EFFECT.c.status).where(EFFECT.c.id == message_id).with_for_update())
        _check(message_id, found)
        tx.execute(update(EFFECT).where(EFFECT.c.id == message_id).values(_resolution(status, reason.strip(), now)))
    return Resolved(message_id, status)


def _check(message_id: int, status: str | None) -> None:
    if status is None:
        raise NotFoundError(f"there is no message {message_id}; `penstock message list` shows those that wait")
    if status != "unknown":
        raise UsageError(f"message {message_id} is {status}, not unknown: there is nothing to resolve")


def _resolution(status: str, reason: str, now: datetime) -> dict[str, Any]:
    # The fence rises, so that whoever had it, should they ever wake, changes nothing.
    common = {"status": status, "said": f"by hand: {reason}", "fence": EFFECT.c.fence + 1, "claimed_until": None}
    if status == "planned":
        return {**common, "due_at": now, "attempted_at": None, "settled_at": None}
    return {**common, "settled_at": now, "skip_reason": "removed" if status == "cancelled" else None}
