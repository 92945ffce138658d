"""When an answer to a closed handoff corrects its rejection: answers are only ever added, and the latest holds. Used by
``record_answer``, which has locked the subject and the handoff.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, or_, select

from penstock.errors import UsageError
from penstock.sequence.leading import is_open
from penstock.store.engine import table
from penstock.store.outcomes import counts
from penstock.store.persons import ids_of_subject
from penstock.store.tables import Disposition, Handoff, HandoffDefinition, Outcome

HANDOFF, DISPOSITION, OUTCOME, JOINED = table(Handoff), table(Disposition), table(Outcome), table(HandoffDefinition)
ENDS = ("won", "lost")


def corrects(
    tx: Connection,
    handoff: Any,  # noqa: ANN401 - a row
    *,
    of: int,
    answer: str,
    reason: str,
    said_at: datetime,
    now: datetime,
) -> bool:
    """Return whether an answer to a closed handoff takes the place of its rejection; ``of`` is its subject's id, or of
    the one that it was merged into.

    Not where a deal that was won or lost closed it or came since, not for what was said before the rejection and is
    told of late, and not for the same rejection again. Raises UsageError where the subject was handed over anew
    meanwhile.
    """
    if handoff.status != "rejected" or _is_over(tx, handoff, of, now) or said_at < _rejected_at(tx, handoff):
        return False
    if answer == "rejected":
        return bool(reason != handoff.rejection_reason)
    if (newer := _newer(tx, handoff, of)) is not None:
        raise UsageError(
            f"handoff {handoff.id} was rejected, and its {handoff.subject} was handed over anew since: "
            f"answer that one, `penstock handoff answer {newer} {answer}`"
        )
    return True


def _is_over(tx: Connection, handoff: Any, of: int, now: datetime) -> bool:  # noqa: ANN401 - a row
    o = OUTCOME.c
    mine = (o.subject == handoff.subject, o.subject_id == of, o.kind.in_(ENDS))
    return (
        tx.execute(select(o.id).where(*mine, o.received_at >= handoff.closed_at, counts(now)).limit(1)).first()
        is not None
    )


def _rejected_at(tx: Connection, handoff: Any) -> datetime:  # noqa: ANN401 - a row
    d = DISPOSITION.c
    counted = select(d.said_at).where(d.handoff_id == handoff.id, d.stage != "")
    found: datetime | None = tx.scalar(counted.order_by(d.received_at.desc(), d.id.desc()).limit(1))
    return handoff.closed_at if found is None else found


def _newer(tx: Connection, handoff: Any, of: int) -> int | None:  # noqa: ANN401 - a row
    """Return the handoff that has taken its place: a later conversation with its queue, or one that is open elsewhere
    and has a definition of it.
    """
    mine = select(JOINED.c.definition).where(JOINED.c.handoff_id == handoff.id)
    shared = exists(select(1).where(JOINED.c.handoff_id == HANDOFF.c.id, JOINED.c.definition.in_(mine)))
    # Conversations are counted for each lead: of somebody else merged with it, only what was made since is later.
    since = or_(HANDOFF.c.subject_id == handoff.subject_id, HANDOFF.c.created_at >= handoff.closed_at)
    later = and_(HANDOFF.c.queue == handoff.queue, HANDOFF.c.conversation > handoff.conversation, since)
    persons = ids_of_subject(tx, handoff.subject, of)
    mine_too = (HANDOFF.c.subject == handoff.subject, HANDOFF.c.subject_id.in_(persons), HANDOFF.c.id != handoff.id)
    found = select(HANDOFF.c.id).where(*mine_too, or_(later, and_(is_open(), shared)))
    newest: int | None = tx.scalar(found.order_by(HANDOFF.c.created_at.desc(), HANDOFF.c.id.desc()).limit(1))
    return newest
