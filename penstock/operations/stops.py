"""What would stop a mail to a lead now, and what would change that: asks what the outbox asks. For the preview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, literal, select

from penstock.sequence.exits import standing_reason, suppression_reason
from penstock.sequence.rails import latest_consent, lies_ahead, stops
from penstock.store.engine import table
from penstock.store.playbooks import Live
from penstock.store.tables import Consent, Lead

LEAD, CONSENT = table(Lead), table(Consent)
_STANDING = {
    "handed_over": "a handoff is open, and meanwhile sales writes: once it is closed, a sequence may begin again",
    "disqualified": "the lead is disqualified: another decision would change it, see `penstock explain`",
    "opportunity": "there is an open opportunity: nurture may begin again once it is won or lost",
    "converted": "the lead is a customer: this sequence is for those who are not yet",
}


@dataclass(frozen=True, slots=True)
class Stop:
    """A reason for which a message would be cancelled, with what is known of it and what would change it."""

    reason: str
    said: str


def content_stop(reason: str, step: str) -> Stop:
    """Return what keeps a step back whose content is spent."""
    said = {
        "seen_already": f"the lead has had all that step {step} offers: more content in the step would change it",
        "content_expired": f"all content of step {step} is past its valid_until: newer content would change it",
    }
    return Stop(reason, said[reason])


def read_stops(tx: Connection, live: Live, lead_id: int, purpose: str, *, now: datetime) -> tuple[Stop, ...]:
    """Return all that would stop mail of a purpose to a lead, in the order in which claiming asks."""
    row = tx.execute(_asked(live, lead_id, purpose, now)).one()
    told = {
        "no_address": "no e-mail address is known: a record with one, from any feed, would change it",
        "bounced": "mail to the address came back: another address of the lead would change it",
        "suppressed": f"the address is suppressed ({row.suppressed_by}): only a wish of the lead's own may change that",
        "no_consent": _no_consent(row, live, purpose),
    }
    # A bounce is a suppression too, told by its own name.
    holds = [reason for reason in told if getattr(row, reason) and not (reason == "suppressed" and row.bounced)]
    found = [Stop(reason, told[reason]) for reason in holds]
    if row.standing is not None:
        found.append(Stop("exited", _STANDING[row.standing]))
    return tuple(found)


def _asked(live: Live, lead_id: int, purpose: str, now: datetime) -> Any:  # noqa: ANN401 - a select
    wanted = literal(purpose)
    rails = [case((holds, 1), else_=0).label(reason) for holds, reason in stops(live, LEAD.c.id, wanted, now)]
    yes = (CONSENT.c.lead_id == LEAD.c.id, CONSENT.c.purpose == wanted, lies_ahead(now))
    ahead = select(func.min(CONSENT.c.said_at)).where(*yes).correlate_except(CONSENT).scalar_subquery()
    return select(
        *rails,
        LEAD.c.country,
        suppression_reason(LEAD.c.id, wanted).label("suppressed_by"),
        latest_consent(CONSENT.c.granted, LEAD.c.id, wanted, now).label("granted"),
        latest_consent(CONSENT.c.said_at, LEAD.c.id, wanted, now).label("said_at"),
        latest_consent(CONSENT.c.feed, LEAD.c.id, wanted, now).label("feed"),
        ahead.label("ahead"),
        standing_reason(LEAD.c.id, live, now).label("standing"),
    ).where(LEAD.c.id == lead_id)


def _no_consent(row: Any, live: Live, purpose: str) -> str:  # noqa: ANN401 - a row
    if row.ahead is not None and (row.said_at is None or row.ahead > row.said_at):
        return f"the lead's yes is dated {row.ahead:%Y-%m-%d}: from then on it counts"
    if row.granted is not None:
        return f"the lead said no on {row.said_at:%Y-%m-%d} ({row.feed}): a later yes of the lead would change it"
    named = ", ".join(live.operations.consent.countries(purpose)) or "none"
    where = f"{row.country} is not among" if row.country else "the country is unknown, so not among"
    return (
        f"the lead never said yes to {purpose} mail, and {where} the countries with a basis in the playbook ({named}): "
        "a record with consent, or a basis under consent, would change it"
    )
