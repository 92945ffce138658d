"""Why an enrolment ends before its last step: one SQL expression, for ending it and for claiming its mails.

Used by nurture (which ends enrolments), by enrolling (nobody begins what would end at once) and by the claiming
statement (so that what came in between planning and sending still counts).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    ScalarSelect,
    String,
    and_,
    case,
    exists,
    literal,
    null,
    or_,
    select,
    update,
)

from penstock.playbook.operations import Sequence
from penstock.sequence.leading import is_open
from penstock.store.engine import table
from penstock.store.outcomes import counts
from penstock.store.persons import has_of_person
from penstock.store.playbooks import Live
from penstock.store.tables import Activity, Effect, Enrolment, Handoff, Lead, Outcome, Score, Spelling, Suppression
from penstock.store.tables.law import EVERYTHING

ENROLMENT, EFFECT, LEAD, HANDOFF = table(Enrolment), table(Effect), table(Lead), table(Handoff)
ACTIVITY, SPELLING, SUPPRESSION = table(Activity), table(Spelling), table(Suppression)
OUTCOME, SCORE = table(Outcome), table(Score)

# What a cancelled message says when its enrolment ended: that the address is closed says more than that it ended.
SKIP_OF_EXIT = {"unsubscribed": "suppressed", "complained": "suppressed", "bounced": "bounced"}
# Why an enrolment ends whose lead is merged into another; unmerge takes it up again.
MERGED = "merged"
# Planned and not out of our hands: cancelled with their enrolment. A claimed one meets the same question when it is
# claimed.
PENDING = ("planned", "held", "deferred")
# Written as a suppression's reason by the feed or page that it came from; any other word is somebody's wish.
OWN_REASONS = ("bounced", "complained")
Expression = ColumnElement[Any]


def suppression_reason(lead_id: Expression, purpose: Expression) -> ScalarSelect[Any]:
    """Return why nothing may be sent to a lead's address: everything (scope ``all``) or mail of this purpose; NULL if
    it may.
    """
    lead = LEAD.alias("addressed")
    return (
        select(SUPPRESSION.c.reason)
        .select_from(SUPPRESSION.join(lead, lead.c.email_hash == SUPPRESSION.c.hash))
        .where(lead.c.id == lead_id, or_(SUPPRESSION.c.scope == EVERYTHING, SUPPRESSION.c.scope == purpose))
        .order_by(SUPPRESSION.c.scope != EVERYTHING, SUPPRESSION.c.scope)
        .limit(1)
        .correlate_except(SUPPRESSION, lead)
        .scalar_subquery()
    )


def standing_reason(lead_id: Expression, live: Live, now: datetime) -> ColumnElement[str | None]:
    """Return why nobody should begin a sequence now: handed_over, disqualified, opportunity or converted; else NULL."""
    return case((_handed_over(lead_id), "handed_over"), *_closed(lead_id, live, now), else_=null())


def exit_reason(live: Live, now: datetime) -> ColumnElement[str | None]:
    """Return why an active enrolment has to end now, NULL if it goes on; the statement selects from enrolments."""
    lead_id = ENROLMENT.c.lead_id
    suppressed = suppression_reason(lead_id, purpose_of(live.operations.sequences, ENROLMENT.c.sequence))
    return case(
        (_handed_over(lead_id), "handed_over"),
        (_replied(lead_id, ENROLMENT.c.entered_at), "replied"),
        (suppressed.in_(OWN_REASONS), suppressed),
        (suppressed.is_not(None), "unsubscribed"),
        *_closed(lead_id, live, now),
        (ENROLMENT.c.sequence.not_in(list(live.operations.sequences)), "removed"),
        else_=null(),
    )


def _closed(lead_id: Expression, live: Live, now: datetime) -> list[tuple[ColumnElement[bool], str]]:
    latest = _latest_outcome(lead_id, now)
    return [
        (_disqualified(lead_id, live), "disqualified"),
        (latest == "opportunity", "opportunity"),
        (latest == "won", "converted"),
    ]


def purpose_of(sequences: Mapping[str, Sequence], name: Expression) -> ColumnElement[str]:
    """Return the purpose of consent of a sequence, by its name."""
    known = [(name == one, sequence.purpose) for one, sequence in sequences.items()]
    return case(*known, else_="") if known else literal("")


def _handed_over(lead_id: Expression) -> ColumnElement[bool]:
    return has_of_person(HANDOFF, lead_id, is_open())


def _replied(lead_id: Expression, since: Expression) -> ColumnElement[bool]:
    reply = select(SPELLING.c.id).where(SPELLING.c.field == "kind", SPELLING.c.key == "email_replied").scalar_subquery()
    mine = (ACTIVITY.c.lead_id == lead_id) & (ACTIVITY.c.received_at > since)
    return exists(select(1).select_from(ACTIVITY).where(mine, ACTIVITY.c.kind_id == reply).correlate_except(ACTIVITY))


def _disqualified(lead_id: Expression, live: Live) -> ColumnElement[bool]:
    # The score row stands as its definition's latest decision left it.
    mine = and_(
        SCORE.c.subject == "lead",
        SCORE.c.subject_id == lead_id,
        SCORE.c.definition.in_(list(live.deciding.definitions)),
    )
    out = or_(SCORE.c.branch == "out", SCORE.c.stage == "disqualified")
    return exists(select(1).select_from(SCORE).where(mine, out).correlate_except(SCORE))


def _latest_outcome(lead_id: Expression, now: datetime) -> ScalarSelect[Any]:
    # Meetings and evaluations say nothing about whether marketing should be quiet.
    return (
        select(OUTCOME.c.kind)
        .where(
            OUTCOME.c.subject == "lead",
            OUTCOME.c.subject_id == lead_id,
            OUTCOME.c.kind.in_(["opportunity", "won", "lost"]),
            counts(now),
        )
        .order_by(OUTCOME.c.received_at.desc(), OUTCOME.c.id.desc())
        .limit(1)
        .correlate_except(OUTCOME)
        .scalar_subquery()
    )


@dataclass(frozen=True, slots=True)
class Ended:
    """exit_reason → enrolments that ended, and skip_reason → messages that were cancelled with them."""

    enrolments: Counter[str]
    cancelled: Counter[str]


def end_enrolments(tx: Connection, live: Live, *, now: datetime, newest: bool = False) -> Ended:
    """End every active enrolment that has a reason to, and cancel what it had planned; return both, counted.

    Both are single statements over the set; enrolments that another run holds are passed over and meet the next run.
    ``newest`` looks only at those that began at ``now``.
    """
    entered = (ENROLMENT.c.entered_at == now,) if newest else ()
    ended = Counter(tx.scalars(_end(_ending(live, entered, now), now)))
    return Ended(ended, cancel_pending(tx, now=now))


def _ending(live: Live, entered: tuple[ColumnElement[bool], ...], now: datetime) -> CTE:
    active = (
        select(ENROLMENT.c.id, exit_reason(live, now).label("reason"))
        .where(ENROLMENT.c.status == "active", *entered)
        .with_for_update(of=ENROLMENT, skip_locked=True)
        .cte("active")
        .prefix_with("MATERIALIZED")
    )
    return select(active.c.id, active.c.reason).where(active.c.reason.is_not(None)).cte("ending")


def _end(ending: CTE, now: datetime) -> Any:  # noqa: ANN401 - an update with RETURNING
    return (
        update(ENROLMENT)
        .where(ENROLMENT.c.id == ending.c.id)
        .values(status="exited", exit_reason=ending.c.reason, ended_at=now, next_at=None)
        .returning(ENROLMENT.c.exit_reason)
    )


def cancel_pending(tx: Connection, *, now: datetime) -> Counter[str]:
    """Cancel every message that was planned for an enrolment that has exited; return skip_reason → messages.

    It asks for all of them, not only those ended just now: what a killed run left is cancelled by the next one.
    """
    why = select(ENROLMENT.c.exit_reason).where(ENROLMENT.c.id == EFFECT.c.enrolment_id).scalar_subquery()
    skip = case(SKIP_OF_EXIT, value=why, else_=literal("exited", String))
    exited = exists(select(1).where(ENROLMENT.c.id == EFFECT.c.enrolment_id, ENROLMENT.c.status == "exited"))
    cancelled = (
        update(EFFECT)
        .where(EFFECT.c.status.in_(PENDING), exited)
        .values(status="cancelled", skip_reason=skip, settled_at=now, rail=None, held_until=None)
        .returning(EFFECT.c.skip_reason)
    )
    return Counter(tx.scalars(cancelled))
