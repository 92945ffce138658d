"""Whether a message may go, as one SQL expression: evaluated in the statement that claims it. Used by the outbox.

Rails are for mail to leads. Notes and alerts pass them all, and are only dropped when their handoff is closed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, exists, false, func, not_, null, or_, select

from penstock.playbook.operations import Consent as Basis
from penstock.sequence.exits import MERGED, exit_reason, suppression_reason
from penstock.sequence.leading import is_open
from penstock.sequence.plan import KIND
from penstock.store.engine import table
from penstock.store.playbooks import Live
from penstock.store.tables import Consent, Effect, Enrolment, Handoff, Lead

EFFECT, ENROLMENT, LEAD, HANDOFF, CONSENT = table(Effect), table(Enrolment), table(Lead), table(Handoff), table(Consent)

# What the expression reads: it must be the FROM of the statement.
OUTBOX = (
    EFFECT.outerjoin(LEAD, LEAD.c.id == EFFECT.c.lead_id)
    .outerjoin(ENROLMENT, ENROLMENT.c.id == EFFECT.c.enrolment_id)
    .outerjoin(HANDOFF, HANDOFF.c.id == EFFECT.c.handoff_id)
)


def skip_reason(live: Live, now: datetime) -> ColumnElement[str | None]:
    """Return why a message must not go, NULL if it may. The first reason that holds is the one told."""
    return case(
        (and_(EFFECT.c.kind != KIND, HANDOFF.c.id.is_not(None), ~is_open()), "withdrawn"),
        (EFFECT.c.kind != KIND, null()),
        *stops(live, EFFECT.c.lead_id, EFFECT.c.purpose, now),
        (
            or_(
                ENROLMENT.c.status == "exited",
                and_(ENROLMENT.c.status == "active", exit_reason(live, now).is_not(None)),
            ),
            "exited",
        ),
        (_had_already(), "seen_already"),
        else_=null(),
    )


def _had_already() -> ColumnElement[bool]:
    """Whether somebody merged into the lead had this very mail, in a run of the sequence that goes on as the lead's."""
    person, run, sent = LEAD.alias("person"), ENROLMENT.alias("run"), EFFECT.alias("sent")
    # One question inside the other rather than a join, which SQLite would begin with all messages there are.
    same = (sent.c.enrolment_id == run.c.id, sent.c.step == EFFECT.c.step, sent.c.status.in_(["accepted", "unknown"]))
    left = exists(select(1).select_from(sent).where(*same).correlate_except(sent))
    joined = select(person.c.id).where(person.c.merged_into == EFFECT.c.lead_id).correlate_except(person)
    goes_on = or_(run.c.status == "finished", run.c.exit_reason == MERGED)
    theirs = (run.c.lead_id.in_(joined), run.c.sequence == EFFECT.c.sequence, goes_on)
    return exists(select(1).select_from(run).where(*theirs, left).correlate_except(run))


def stops(
    live: Live, lead_id: ColumnElement[Any], purpose: ColumnElement[Any], now: datetime
) -> list[tuple[ColumnElement[bool], str]]:
    """Return what keeps mail of a purpose from the lead in the statement's FROM, whatever the message; in order."""
    suppressed = suppression_reason(lead_id, purpose)
    return [
        (func.coalesce(LEAD.c.email, "") == "", "no_address"),
        (suppressed == "bounced", "bounced"),
        (suppressed.is_not(None), "suppressed"),
        (~_permitted(live.operations.consent, lead_id, purpose, now), "no_consent"),
    ]


def latest_consent(
    column: ColumnElement[Any], lead_id: ColumnElement[Any], purpose: ColumnElement[Any], now: datetime
) -> ScalarSelect[Any]:
    """Return a column of what the lead last said about mail for the purpose; of two said at once the *no* holds, and a
    *yes* counts from its own date on.
    """
    return (
        select(column)
        .where(CONSENT.c.lead_id == lead_id, CONSENT.c.purpose == purpose, not_(lies_ahead(now)))
        .order_by(CONSENT.c.said_at.desc(), CONSENT.c.granted, CONSENT.c.feed)
        .limit(1)
        .correlate_except(CONSENT)
        .scalar_subquery()
    )


def lies_ahead(now: datetime) -> ColumnElement[bool]:
    """Whether a row is a *yes* that nobody has given yet; a *no* never waits, whatever its date."""
    return and_(CONSENT.c.granted, CONSENT.c.said_at > now)


def _permitted(
    basis: Basis, lead_id: ColumnElement[Any], purpose: ColumnElement[Any], now: datetime
) -> ColumnElement[bool]:
    """Whether the lead said yes, or said nothing and the playbook names a basis for the country."""
    said = latest_consent(CONSENT.c.granted, lead_id, purpose, now)
    return func.coalesce(said, _has_basis(basis, purpose))


def _has_basis(basis: Basis, purpose: ColumnElement[Any]) -> ColumnElement[bool]:
    countries = [
        and_(purpose == name, LEAD.c.country.in_(permitted))
        for name in basis.basis
        if (permitted := basis.countries(name))
    ]
    # An unknown country is none of them: NULL must not leak into the answer.
    return func.coalesce(or_(*countries), false()) if countries else false()
