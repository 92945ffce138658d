"""Closing the handoffs whose deal ends by a date that had been told ahead and has come.

Called by route, nurture and check-slas before anything else: none of them may act on a handoff that is over.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select

from penstock.operations.answer import ENDED, close_by_outcome
from penstock.sequence.leading import is_open
from penstock.store import receipts
from penstock.store.engine import Sessions, table
from penstock.store.outcomes import counts, lay_ahead
from penstock.store.tables import Handoff, Lead, Outcome

HANDOFF, LEAD, OUTCOME = table(Handoff), table(Lead), table(Outcome)


def close_ended(sessions: Sessions, *, now: datetime) -> int:
    """Close what outcomes dated ahead end by ``now``, as of their dates; return how many handoffs. May be repeated."""
    with sessions.read() as tx:
        ended = tx.execute(_ended(now)).all()
    closed = 0
    for one in ended:
        with sessions.write() as tx:
            # As everybody does before touching a handoff. A merge meanwhile leaves nothing to close under this id.
            receipts.lock(tx, one.subject, [one.subject_id], merged=True)
            said = {"subject": one.subject, "subject_id": one.subject_id, "kind": one.kind}
            closed += close_by_outcome(tx, now=one.received_at, **said)
    return closed


def _ended(now: datetime) -> Select[Any]:
    """Select the outcomes behind open handoffs, those of merged leads among them, the first to count first."""
    o = OUTCOME.c
    whose = func.coalesce(LEAD.c.merged_into, HANDOFF.c.subject_id)
    merged = and_(HANDOFF.c.subject == "lead", LEAD.c.id == HANDOFF.c.subject_id)
    source = HANDOFF.outerjoin(LEAD, merged).join(OUTCOME, and_(o.subject == HANDOFF.c.subject, o.subject_id == whose))
    ends = (o.kind.in_(ENDED), lay_ahead(), counts(now), o.received_at >= HANDOFF.c.created_at)
    found = select(o.subject, o.subject_id, o.kind, o.received_at, o.id).select_from(source).where(is_open(), *ends)
    return found.distinct().order_by(o.received_at, o.id)
