"""Conversations of subjects with queues: reading the last ones, starting and joining handoffs. Used by route.

A handoff comes with everything that belongs to it in one transaction: its definition, its assignment, its contact clock
and its note in the outbox.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select

from penstock.playbook.operations import Operations
from penstock.routing.assign import Assigned
from penstock.routing.profile import Subject
from penstock.routing.waiting import Waiting
from penstock.sla.clocks import contact_clock, manager_of
from penstock.store import receipts
from penstock.store.engine import table
from penstock.store.persons import those_merged_into
from penstock.store.statements import chunks, insert_or_ignore
from penstock.store.tables import Assignment, Clock, Decision, Effect, Handoff, HandoffDefinition
from penstock.store.types import to_micros

HANDOFF, JOINED, ASSIGNMENT = table(Handoff), table(HandoffDefinition), table(Assignment)
CLOCK, EFFECT, DECISION = table(Clock), table(Effect), table(Decision)
OPEN = ("offered", "working", "accepted", "review")
FIRST_ROUND = 1


@dataclass(slots=True)
class Conversation:
    """The last handoff of a subject in a queue: one of the store, or (``id`` None) one that this chunk starts."""

    subject: Subject
    queue: str
    number: int
    status: str = "offered"
    closed_at: datetime | None = None
    id: int | None = None
    started: Started | None = None
    owner: str | None = None
    shown: str = ""
    """The definition whose tier the handoff shows: that of the decision it was made for."""
    joined: list[Waiting] = field(default_factory=list)
    tiers: dict[str, str] = field(default_factory=dict)
    """Definition → the highest tier that this handoff was made, joined or raised for; also what this chunk adds."""
    raised: dict[str, Rise] = field(default_factory=dict)
    """Definition → the decision of this chunk that raised its tier most."""

    def join(self, decision: Waiting) -> None:
        """Add a decision's definition."""
        self.joined.append(decision)
        self.tiers.setdefault(decision.definition, decision.tier)

    def rise(self, decision: Waiting, promise: str | None) -> None:
        """Raise the tier of a definition to that of a decision; ``promise`` is the SLA that the new tier has."""
        self.raised[decision.definition] = Rise(decision, promise)
        self.tiers[decision.definition] = decision.tier

    @property
    def is_open(self) -> bool:
        """Whether sales has it, or is about to."""
        return self.closed_at is None and self.status in OPEN

    def takes(self, moment: datetime) -> bool:
        """Return whether a decision of that moment joins it instead of starting the next one.

        Closed since, it takes the decision too: sales has just said no (or yes) to what the decision offers.
        """
        return moment <= self.closed_at if self.closed_at is not None else self.status in OPEN


@dataclass(frozen=True, slots=True)
class Started:
    """What a new handoff is made of."""

    decision: Waiting
    given: Assigned
    account_id: int | None


@dataclass(frozen=True, slots=True)
class Rise:
    """A decision that raised the tier of a definition joined to a handoff, and the SLA of the queue that a new handoff
    of that tier would go to.
    """

    decision: Waiting
    promise: str | None


Conversations = dict[tuple[Subject, str], Conversation]


def read_conversations(tx: Connection, subjects: Collection[Subject]) -> Conversations:
    """Return the last conversation of each subject and queue, locked until the transaction ends.

    Those of leads merged into a subject are its own. The subjects' rows in the rescore queue are locked first, as
    landings do: an answer comes before or after, not in between.
    """
    joined = those_merged_into(tx, {subject_id for kind, subject_id in subjects if kind == "lead"})
    wanted = sorted({*subjects, *(("lead", one) for one in joined)})
    receipts.lock(tx, "account", _with_any(tx, [one for one in wanted if one[0] == "account"]))
    leads = _with_any(tx, [one for one in wanted if one[0] == "lead"])
    receipts.lock(tx, "lead", [joined.get(one, one) for one in leads])
    last: dict[tuple[Subject, str], Conversation] = {}
    for some in chunks(wanted):
        for row in tx.execute(_last(some)):
            last[(row.subject, row.subject_id), row.queue] = _conversation(row, joined)
    found = _of_persons(last.values())
    _read_tiers(tx, found.values())
    return found


def _of_persons(last: Iterable[Conversation]) -> Conversations:
    """Return the last conversation of each subject and queue: of those of one person the open one, else the one that
    was closed last.
    """
    of: dict[tuple[Subject, str], list[Conversation]] = defaultdict(list)
    for one in last:
        of[one.subject, one.queue].append(one)
    found = {key: min(several, key=_latest_first) for key, several in of.items()}
    for key, one in found.items():
        # The next one's number is beyond them all: it must be new for this subject, too.
        one.number = max(other.number for other in of[key])
    return found


def _latest_first(one: Conversation) -> tuple[bool, int, int]:
    return not one.is_open, 0 if one.closed_at is None else -to_micros(one.closed_at), one.id or 0


def _last(subjects: Sequence[Subject]) -> Any:  # noqa: ANN401 - a statement
    return (
        select(HANDOFF, DECISION.c.definition.label("shown"))
        .select_from(HANDOFF.outerjoin(DECISION, DECISION.c.id == HANDOFF.c.decision_id))
        .where(_of(subjects))
        .order_by(HANDOFF.c.conversation)
        .with_for_update(of=HANDOFF)
    )


def _conversation(row: Any, joined: Mapping[int, int]) -> Conversation:  # noqa: ANN401 - a row
    own = row.subject_id
    return Conversation(
        (row.subject, joined.get(own, own) if row.subject == "lead" else own),
        row.queue,
        row.conversation,
        row.status,
        row.closed_at,
        row.id,
        owner=row.owner,
        shown=row.shown or "",
    )


def _read_tiers(tx: Connection, conversations: Iterable[Conversation]) -> None:
    known = {one.id: one for one in conversations}
    decided = JOINED.outerjoin(DECISION, DECISION.c.id == JOINED.c.decision_id)
    for some in chunks(list(known)):
        query = select(JOINED.c.handoff_id, JOINED.c.definition, DECISION.c.tier_to).select_from(decided)
        for row in tx.execute(query.where(JOINED.c.handoff_id.in_(some))):
            known[row.handoff_id].tiers[row.definition] = row.tier_to or ""


def _with_any(tx: Connection, subjects: Sequence[Subject]) -> list[int]:
    return [
        row.subject_id
        for some in chunks(subjects)
        for row in tx.execute(select(HANDOFF.c.subject_id).where(_of(some)).distinct())
    ]


def _of(subjects: Sequence[Subject]) -> Any:  # noqa: ANN401 - a column expression
    kinds = sorted({kind for kind, _ in subjects})
    ids = {kind: [subject_id for of, subject_id in subjects if of == kind] for kind in kinds}
    return or_(*(and_(HANDOFF.c.subject == kind, HANDOFF.c.subject_id.in_(ids[kind])) for kind in kinds))


def write_conversations(
    tx: Connection, conversations: Iterable[Conversation], operations: Operations, *, now: datetime
) -> None:
    """Write the handoffs that were started, with all that belongs to them, and the definitions that joined."""
    changed = [one for one in conversations if one.started or one.joined]
    started = [(one, one.started) for one in changed if one.started]
    _insert_handoffs(tx, started, now=now)
    insert_or_ignore(tx, JOINED, [_joined(one, decision, now) for one in changed for decision in _decisions(one)])
    insert_or_ignore(tx, ASSIGNMENT, [_assignment(one, new, now) for one, new in started])
    _wake_joined(tx, [one for one in changed if one.joined and one.status != "offered"], now=now)
    _insert_clocks(tx, started, operations, now=now)
    _plan_notes(tx, started, operations, now=now)


def _insert_handoffs(tx: Connection, started: Sequence[tuple[Conversation, Started]], *, now: datetime) -> None:
    if not started:
        return
    key = (HANDOFF.c.subject, HANDOFF.c.subject_id, HANDOFF.c.queue)
    made = tx.execute(insert(HANDOFF).returning(HANDOFF.c.id, *key), [_handoff(*one, now) for one in started])
    ids = {((row.subject, row.subject_id), row.queue): row.id for row in made}
    for one, _ in started:
        one.id = ids[one.subject, one.queue]


def _handoff(one: Conversation, new: Started, now: datetime) -> dict[str, Any]:
    why = _highest(one, new.decision)
    return {
        "subject": one.subject[0],
        "subject_id": one.subject[1],
        "queue": one.queue,
        "conversation": one.number,
        "account_id": new.account_id,
        "owner": new.given.owner,
        "tier": why.tier,
        "reason": why.reason,
        "decision_id": why.id,
        "created_at": now,
    }


def _decisions(one: Conversation) -> list[Waiting]:
    """Return the decisions by which definitions joined; of a handoff that is started here, those that raised them."""
    joined = [*([one.started.decision] if one.started else []), *one.joined]
    return [_highest(one, decision) if one.started else decision for decision in joined]


def _highest(one: Conversation, decision: Waiting) -> Waiting:
    rise = one.raised.get(decision.definition)
    return decision if rise is None else rise.decision


def _joined(one: Conversation, decision: Waiting, now: datetime) -> dict[str, Any]:
    return {"handoff_id": one.id, "definition": decision.definition, "decision_id": decision.id, "joined_at": now}


def _assignment(one: Conversation, new: Started, now: datetime) -> dict[str, Any]:
    given = new.given
    return {
        "handoff_id": one.id,
        "round": FIRST_ROUND,
        "owner": given.owner,
        "rule": given.route,
        "why": given.why,
        "at": now,
    }


def _wake_joined(tx: Connection, joined: Sequence[Conversation], *, now: datetime) -> None:
    """Stamp a receipt for who joined a handoff that sales had answered already: the next fold moves its stage too."""
    for kind in ("account", "lead"):
        folded = receipts.lock(tx, kind, [one.subject[1] for one in joined if one.subject[0] == kind])
        stamps = [receipts.Moment(of, receipts.received_at(now, last)) for of, last in folded.items()]
        receipts.enqueue(tx, kind, stamps)


def _insert_clocks(
    tx: Connection, started: Sequence[tuple[Conversation, Started]], operations: Operations, *, now: datetime
) -> None:
    clocks = [_first_clock(one, new, operations, now) for one, new in started]
    insert_or_ignore(tx, CLOCK, [clock for clock in clocks if clock is not None])


def _first_clock(one: Conversation, new: Started, operations: Operations, now: datetime) -> dict[str, Any] | None:
    """Return the contact clock of a new handoff: by its queue's SLA, or that of a tier it rose to, whichever is due
    first.
    """
    promises = [None, *(rise.promise for rise in one.raised.values() if rise.promise is not None)]
    made = (
        contact_clock(
            operations, of=(one.id or 0, FIRST_ROUND), queue=one.queue, owner=new.given.owner, now=now, sla=sla
        )
        for sla in promises
    )
    return min((clock for clock in made if clock is not None), key=lambda clock: clock["due_at"], default=None)


def _plan_notes(
    tx: Connection, started: Sequence[tuple[Conversation, Started]], operations: Operations, *, now: datetime
) -> None:
    of_round = str(FIRST_ROUND)
    plan_notes(
        tx, [note(one, note_reader(operations, one.queue, new.given.owner), of_round, now) for one, new in started]
    )


def plan_notes(tx: Connection, notes: Sequence[dict[str, Any]]) -> None:
    """Plan notes in the outbox, those that there is a reader for; a key of meaning that is known stays as it is."""
    insert_or_ignore(tx, EFFECT, [one for one in notes if one["recipient"] is not None])


def note_reader(operations: Operations, queue: str, owner: str | None) -> str | None:
    """Return who gets the note: the owner, else the manager of the queue's first member, else nobody."""
    found = operations.queues.get(queue)
    first = None if found is None else next(iter(found.members), None)
    return owner or manager_of(operations, first)


def note(one: Conversation, reader: str | None, about: str, now: datetime) -> dict[str, Any]:
    """Return the row of a note; ``about`` is what its key says behind the handoff: the round, or a rise in it."""
    kind, subject_id = one.subject
    return {
        "kind": "handoff_note",
        "key": f"{one.id}:{about}",
        "lead_id": subject_id if kind == "lead" else None,
        "handoff_id": one.id,
        "recipient": reader,
        "planned_at": now,
        "due_at": now,
    }
