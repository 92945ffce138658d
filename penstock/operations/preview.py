"""A mail as it would go out to one lead, and what would stop it; called by `penstock message preview` and by tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from penstock.errors import NotFoundError
from penstock.identity.find import find_lead
from penstock.mail.compose import Composer
from penstock.mail.outbox import Claim
from penstock.mail.sequence_letters import read_readers, write
from penstock.nearest import did_you_mean
from penstock.operations.stops import Stop, content_stop, read_stops
from penstock.playbook.operations import Sequence, Step
from penstock.records import OutgoingMail
from penstock.sequence.offer import Offer, offer
from penstock.sequence.plan import KIND
from penstock.store.engine import Sessions, table
from penstock.store.playbooks import Live, read_live
from penstock.store.tables import Lead

LEAD = table(Lead)
# An address that can be nobody's (RFC 2606), for a preview to a lead without one.
NOBODY = "nobody@example.invalid"


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as it would go out, and all that would stop it now."""

    mail: OutgoingMail
    skip: str = ""
    """The skip_reason that the message would get, '' if nothing would stop it."""
    stops: tuple[Stop, ...] = ()


def preview(sessions: Sessions, *, now: datetime, sequence: str, step: str, lead: str, composer: Composer) -> Preview:
    """Return the mail of a step to a lead (id, e-mail or ``feed:external-id``) as it would go out now, without effect.

    Raises NotFoundError for a sequence, step or lead that does not exist, UnrenderableError for a body with a mistake.
    """
    with sessions.read() as tx:
        live = read_live(tx)
        chosen, mail = _step(live, sequence, step)
        lead_id = find_lead(tx, lead)
        claim = _as_claimed(tx, chosen, (sequence, step), lead_id)
        reader = read_readers(tx, live, [claim], now=now)[claim.id]
        stops = read_stops(tx, live, lead_id, chosen.purpose, now=now)
    offered = offer(mail, live.operations.content, had=reader.had, today=now.date())
    if offered.skip is not None:
        stops += (content_stop(offered.skip, step),)
        # To be looked at, it shows all that the step has; what would keep it back is said beside it.
        offered = Offer(
            tuple(live.operations.content[name] for name in mail.content if name in live.operations.content)
        )
    letter = write(live, claim, reader, step=mail, offered=offered)
    composed = composer.compose(letter, sender=live.operations.sender, now=now)
    return Preview(composed, stops[0].reason if stops else "", stops)


def _step(live: Live, sequence: str, step: str) -> tuple[Sequence, Step]:
    sequences = live.operations.sequences
    if sequence not in sequences:
        raise NotFoundError(f'there is no sequence "{sequence}"; {did_you_mean(sequence, sequences)}')
    steps = sequences[sequence].steps
    if step not in steps:
        raise NotFoundError(f'the sequence {sequence} has no step "{step}"; {did_you_mean(step, steps)}')
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
