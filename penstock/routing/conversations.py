"""Conversations of subjects with queues: the last handoff of each, and what this chunk adds to it. Used by route."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from penstock.routing.assign import Assigned
from penstock.routing.profile import Subject
from penstock.routing.waiting import Waiting
from penstock.sequence.leading import OPEN
from penstock.store import receipts
from penstock.store.engine import table
from penstock.store.persons import those_merged_into
from penstock.store.statements import chunks
from penstock.store.tables import Decision, Handoff, HandoffDefinition
from penstock.store.types import to_micros

HANDOFF, JOINED, DECISION = table(Handoff), table(HandoffDefinition), table(Decision)


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
