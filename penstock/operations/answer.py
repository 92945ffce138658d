"""What sales says of a handoff: recorded once, by hand (`penstock handoff answer`) or landed from a feed.

An answer is a row of its own, never changed; it stops clocks, moves the handoff and queues its subject, and the next
qualify moves the stage of every definition joined to the handoff. The latest holds: after a rejection the others open
the handoff again. What a feed says of one that ended with its deal is kept for the record and moves nothing; a person
is told so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, select, update

from penstock.errors import NotFoundError, UsageError
from penstock.nearest import did_you_mean
from penstock.operations.corrections import corrects
from penstock.operations.insist import insist
from penstock.playbook.operations import Operations
from penstock.records import ANSWERS
from penstock.sequence.leading import OPEN
from penstock.sla.clocks import stop_clocks
from penstock.store import receipts
from penstock.store.bulk import OvertakenError
from penstock.store.engine import Sessions, table
from penstock.store.persons import ids_of, ids_of_subject, present
from penstock.store.playbooks import Live, read_live
from penstock.store.statements import insert
from penstock.store.tables import Disposition, Handoff
from penstock.store.types import to_micros

HANDOFF, DISPOSITION = table(Handoff), table(Disposition)
BY_HAND = "person"
# Ids are BIGINT; anything longer is no id.
MOST_DIGITS = 18
STAGES = {"working": "working", "accepted": "sql", "review": "working"}
# As what a deal leaves the handoffs that it closes.
ENDED = {"won": "accepted", "lost": "returned"}
STAGE_OF_REJECTION = {"nurture": "nurture", "out": "disqualified"}
# How each answer stops clocks, and which: whoever takes a lead on or asks for more has yet to answer the rest.
STOPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "working": ("claimed", ("contact",)),
    "review": ("answered", ("contact",)),
    "accepted": ("answered", ()),
    "rejected": ("answered", ()),
}


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """What became of an answer: the handoff's status after it, and whether it was new and counted."""

    handoff_id: int
    status: str
    recorded: bool = True
    """False: the same answer (feed and external id) was known already."""
    counted: bool = True
    """False: the handoff was closed already, so the answer is on record and moves nothing."""
    reopened: bool = False
    """The answer came after a rejection, and the handoff is open again."""


@dataclass(frozen=True, slots=True)
class _Said:
    """One answer, checked against the playbook."""

    answer: str
    reason: str
    next_step: str
    next_on: date | None
    stage: str


def answer_handoff(  # noqa: PLR0913 - what a person says of a handoff, one argument each
    sessions: Sessions,
    *,
    now: datetime,
    handoff_id: int | str,
    answer: str,
    actor: str,
    reason: str = "",
    next_step: str = "",
    next_on: date | None = None,
    feed: str = BY_HAND,
    external_id: str | None = None,
) -> AnswerResult:
    """Record an answer in a transaction of its own; raises as ``record_answer`` does.

    Raises UsageError, too, for a next step that lies in the past (a CRM may tell of one late, a person mistypes it),
    and by hand for an answer that would change nothing.
    """
    # A day's grace: west of Greenwich it is still yesterday.
    if next_on is not None and next_on < now.date() - timedelta(days=1):
        raise UsageError(f"the next step on {next_on} lies in the past; say when the lead expects it: --next-on DATE")

    def record(tx: Connection) -> AnswerResult:
        done = record_answer(
            tx,
            read_live(tx, share=True),
            now=now,
            handoff_id=handoff_id,
            answer=answer,
            actor=actor,
            reason=reason,
            next_step=next_step,
            next_on=next_on,
            feed=feed,
            external_id=external_id or _own_id(now, answer, reason, next_step, next_on),
        )
        if feed == BY_HAND and not done.counted:
            raise UsageError(_why_not(done, answer))
        return done

    return insist(sessions.write, record)


def _own_id(now: datetime, *said: str | date | None) -> str:
    """Return the id of what is said by hand: what is said otherwise in the same moment is another answer."""
    answer, *more = (str(part or "") for part in said)
    told = blake2b("\n".join(more).encode(), digest_size=6).hexdigest() if any(more) else ""
    return f"{answer}@{to_micros(now)}" + (f":{told}" if told else "")


def _why_not(done: AnswerResult, answer: str) -> str:
    if done.status == answer == "rejected":
        return f"handoff {done.handoff_id} is rejected for that reason already"
    return (
        f"handoff {done.handoff_id} is over ({done.status}) and takes no answer; to have the lead handed over anew: "
        '`penstock lead promote LEAD --reason "…"`'
    )


def record_answer(  # noqa: PLR0913 - one argument per column of what was said
    tx: Connection,
    live: Live,
    *,
    now: datetime,
    handoff_id: int | str,
    answer: str,
    actor: str,
    reason: str,
    next_step: str,
    next_on: date | None,
    feed: str,
    external_id: str,
    said_at: datetime | None = None,
    batch_id: int | None = None,
) -> AnswerResult:
    """Record one answer; the same (handoff, feed, external id) again changes nothing.

    Raises NotFoundError for a handoff that does not exist, and UsageError for an unknown answer or reason, or an
    acceptance without a dated next step; then nothing was written.
    """
    subject, subject_id, found_by = whose = _subject_of(tx, handoff_id)
    folded_to = receipts.lock(tx, subject, [subject_id])[subject_id]
    if _subject_of(tx, handoff_id) != whose:
        raise OvertakenError(f"the lead of handoff {handoff_id} was merged or unmerged meanwhile; try again")
    handoff = tx.execute(select(HANDOFF).where(HANDOFF.c.id == int(handoff_id)).with_for_update()).one()
    if _is_known(tx, handoff.id, feed, external_id):
        return AnswerResult(handoff.id, handoff.status, recorded=False)
    said = _checked(live.operations, answer, reason, next_step, next_on)
    at, said_at = receipts.received_at(now, folded_to), said_at or now
    is_open = _is_open(handoff)
    counts = is_open or corrects(tx, handoff, of=subject_id, answer=answer, reason=reason, said_at=said_at, now=at)
    row = _row(handoff, said, stage=said.stage if counts else "") | {"received_at": at, "said_at": said_at}
    row |= {"subject_id": subject_id, "found_by": found_by}
    row |= {"feed": feed, "external_id": external_id, "actor": actor, "batch_id": batch_id}
    tx.execute(insert(tx, DISPOSITION).on_conflict_do_nothing(), [row])
    receipts.enqueue(tx, subject, [receipts.Moment(subject_id, at)])
    if not counts:
        return AnswerResult(handoff.id, handoff.status, counted=False)
    tx.execute(update(HANDOFF).where(HANDOFF.c.id == handoff.id).values(_moved(handoff, said, now=now, at=at)))
    by, kinds = STOPS[answer]
    stop_clocks(tx, now=now, handoff_id=handoff.id, by=by, kinds=kinds)
    return AnswerResult(handoff.id, answer, reopened=not is_open and answer != "rejected")


def _subject_of(tx: Connection, handoff_id: int | str) -> tuple[str, int, str]:
    """Return whom an answer to a handoff counts for: its subject, or (with its key) whom that was merged into."""
    found, text = None, str(handoff_id)
    if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS:
        query = select(HANDOFF.c.subject, HANDOFF.c.subject_id).where(HANDOFF.c.id == int(handoff_id))
        found = tx.execute(query).one_or_none()
    if found is None:
        raise NotFoundError(f"there is no handoff {handoff_id}; `penstock handoff list` shows those there are")
    return (found.subject, *(present(tx, found.subject_id) if found.subject == "lead" else (found.subject_id, "")))


def _is_open(handoff: Any) -> bool:  # noqa: ANN401 - a row
    return handoff.closed_at is None and handoff.status in OPEN


def _is_known(tx: Connection, handoff_id: int, feed: str, external_id: str) -> bool:
    d = DISPOSITION.c
    same = (d.handoff_id == handoff_id, d.feed == feed, d.external_id == external_id)
    return tx.execute(select(d.id).where(*same)).first() is not None


def _checked(operations: Operations, answer: str, reason: str, next_step: str, next_on: date | None) -> _Said:
    if answer not in ANSWERS:
        raise UsageError(f'"{answer}" is no answer; it is one of {", ".join(ANSWERS)}')
    if answer == "accepted" and (not next_step.strip() or next_on is None):
        raise UsageError(
            "accepted needs the next step agreed with the lead and its date: --next-step TEXT --next-on DATE"
        )
    if answer == "rejected" or reason:
        _check_reason(operations, reason)
    stage = STAGE_OF_REJECTION[operations.reasons[reason].to] if answer == "rejected" else STAGES[answer]
    return _Said(answer, reason, next_step, next_on, stage)


def _check_reason(operations: Operations, reason: str) -> None:
    if reason in operations.reasons:
        return
    if not reason:
        known = ", ".join(operations.reasons) or "none: add one under reasons:"
        raise UsageError(f"rejected needs a reason of the playbook: --reason with one of {known}")
    raise UsageError(f'"{reason}" is no reason of the playbook; {did_you_mean(reason, operations.reasons)}')


def _row(handoff: Any, said: _Said, *, stage: str) -> dict[str, Any]:  # noqa: ANN401 - a row
    return {
        "handoff_id": handoff.id,
        "subject": handoff.subject,
        "answer": said.answer,
        "reason": said.reason,
        "next_step": said.next_step,
        "next_on": said.next_on,
        "stage": stage,
    }


def _moved(handoff: Any, said: _Said, *, now: datetime, at: datetime) -> dict[str, Any]:  # noqa: ANN401 - a row
    """Return what an answer changes in the handoff's row: a rejection closes it at the receipt, which every decision
    before it precedes; any other answer leaves it open, or opens it again.
    """
    changes: dict[str, Any] = {"status": said.answer, "disposition": said.answer}
    changes |= {"rejection_reason": None, "closed_at": None}
    if said.answer == "working":
        changes["working_at"] = handoff.working_at or now
    if said.answer == "accepted":
        changes |= {"next_step": said.next_step, "next_on": said.next_on}
    if said.answer == "rejected":
        changes |= {"rejection_reason": said.reason, "closed_at": handoff.closed_at or at}
    return changes


def close_by_outcome(tx: Connection, *, now: datetime, subject: str, subject_id: int, kind: str) -> int:
    """Close a subject's open handoffs when the deal is won or lost, those of leads merged into it too; return how many.

    Won leaves them *accepted*, lost *returned*, whatever was said before; every other outcome closes nothing. ``now``
    is the outcome's receipt; the subject's row in the rescore queue must be locked, as it is for the receipt.
    """
    status = ENDED.get(kind)
    if status is None:
        return 0
    mine = (HANDOFF.c.subject == subject, HANDOFF.c.subject_id.in_(ids_of_subject(tx, subject, subject_id)))
    # What ended before the handoff was made (history that lands late) is not its end.
    open_ones = (HANDOFF.c.closed_at.is_(None), HANDOFF.c.status.in_(OPEN), HANDOFF.c.created_at <= now)
    closed = update(HANDOFF).where(*mine, *open_ones).values(status=status, closed_at=now).returning(HANDOFF.c.id)
    ids = list(tx.scalars(closed))
    for handoff_id in ids:
        stop_clocks(tx, now=now, handoff_id=handoff_id, by="answered")
    return len(ids)


def record_contact(tx: Connection, *, at: datetime, lead_id: int) -> int:
    """Note a touch as the first contact of the lead's open handoffs, stop their contact clocks, return how many.

    Only a touch after the handoff was made counts. The earliest stands, even when it is told of late. Whoever stamps a
    receipt for the touch too does that first: everybody locks the rescore queue before handoffs.
    """
    whose = HANDOFF.c.subject_id.in_(ids_of(tx, lead_id))
    mine = (HANDOFF.c.subject == "lead", whose, HANDOFF.c.created_at <= at)
    open_ones = (HANDOFF.c.closed_at.is_(None), HANDOFF.c.status.in_(OPEN))
    ids = list(tx.scalars(select(HANDOFF.c.id).where(*mine, *open_ones).order_by(HANDOFF.c.id).with_for_update()))
    no_earlier = HANDOFF.c.first_contact_at.is_(None) | (HANDOFF.c.first_contact_at > at)
    tx.execute(update(HANDOFF).where(HANDOFF.c.id.in_(ids), no_earlier).values(first_contact_at=at))
    for handoff_id in ids:
        stop_clocks(tx, now=at, handoff_id=handoff_id, by="contact", kinds=("contact",))
    return len(ids)
