"""Messages as people see them: what waits or went wrong, a mail as it would go out, and resolving what nobody knows.

Called by `penstock message` and by tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, select, update

from penstock.errors import NotFoundError, UsageError
from penstock.identity.find import find_lead
from penstock.mail.compose import Composer
from penstock.mail.outbox import Claim
from penstock.mail.sequence_letters import read_readers, write
from penstock.playbook.operations import Sequence, Step
from penstock.records import OutgoingMail
from penstock.sequence.offer import Offer, offer
from penstock.sequence.plan import KIND
from penstock.store.engine import Sessions, table
from penstock.store.playbooks import Live, read_live
from penstock.store.tables import Effect, Lead

EFFECT, LEAD = table(Effect), table(Lead)
STATUSES = ("planned", "held", "claimed", "accepted", "deferred", "refused", "unknown", "cancelled")
# What an operator looks for when nothing is asked for by name: what waits, and what did not go well.
WAITING = ("held", "deferred", "refused", "unknown")
RESOLUTIONS = ("accepted", "planned", "cancelled")
# An address that can be nobody's (RFC 2606), for a preview to a lead without one.
NOBODY = "nobody@example.invalid"


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
class Preview:
    """A mail as it would go out; ``skip`` says why its content would keep it back, '' if nothing would."""

    mail: OutgoingMail
    skip: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a message of unknown fate has become."""

    message_id: int
    status: str


def list_messages(sessions: Sessions, *, status: str | None = None, most: int | None = None) -> list[MessageLine]:
    """Return messages, oldest first; without ``status`` those that wait or did not go well. Raises UsageError."""
    if status is not None and status not in STATUSES:
        raise UsageError(f'no message has the status "{status}"; {_instead(status, STATUSES)}')
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


def preview(sessions: Sessions, *, now: datetime, sequence: str, step: str, lead: str, composer: Composer) -> Preview:
    """Return the mail of a step to a lead (id, e-mail or ``feed:external-id``) as it would go out now, without effect.

    Raises NotFoundError for a sequence, step or lead that does not exist, UnrenderableError for a body with a mistake.
    """
    with sessions.read() as tx:
        live = read_live(tx)
        chosen, mail = _step(live, sequence, step)
        claim = _as_claimed(tx, chosen, (sequence, step), find_lead(tx, lead))
        reader = read_readers(tx, [claim])[claim.id]
    offered = offer(mail, live.operations.content, had=reader.had, today=now.date())
    if offered.skip is not None:
        # To be looked at, it shows all that the step has; what would keep it back is said beside it.
        shown = Offer(tuple(live.operations.content[name] for name in mail.content if name in live.operations.content))
    else:
        shown = offered
    letter = write(live, claim, reader, step=mail, offered=shown)
    return Preview(composer.compose(letter, sender=live.operations.sender, now=now), offered.skip or "")


def _step(live: Live, sequence: str, step: str) -> tuple[Sequence, Step]:
    sequences = live.operations.sequences
    if sequence not in sequences:
        raise NotFoundError(f'there is no sequence "{sequence}"; {_instead(sequence, tuple(sequences))}')
    steps = sequences[sequence].steps
    if step not in steps:
        raise NotFoundError(f'the sequence {sequence} has no step "{step}"; {_instead(step, tuple(steps))}')
    return sequences[sequence], steps[step]


def _as_claimed(tx: Connection, sequence: Sequence, names: tuple[str, str], lead_id: int) -> Claim:
    address = tx.scalar(select(LEAD.c.email).where(LEAD.c.id == lead_id)) or NOBODY
    return Claim(
        id=0,
        fence=0,
        kind=KIND,
        key=f"preview:{names[1]}",
        lead_id=lead_id,
        handoff_id=None,
        clock_id=None,
        enrolment_id=None,
        sequence=names[0],
        step=names[1],
        purpose=sequence.purpose,
        recipient=None,
        address=address,
        skip=None,
    )


def resolve_message(sessions: Sessions, *, now: datetime, message_id: int, status: str, reason: str) -> Resolved:
    """Say what became of a message whose end nobody recorded: accepted, planned (send it again) or cancelled.

    Raises NotFoundError for no such message, UsageError for one that is not unknown, and without a reason.
    """
    if status not in RESOLUTIONS:
        raise UsageError(f'a message is not resolved as "{status}"; {_instead(status, RESOLUTIONS)}')
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


def _instead(word: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(word, known, n=1)
    return f'did you mean "{close[0]}"?' if close else f"it is one of {', '.join(known) or 'none'}"
