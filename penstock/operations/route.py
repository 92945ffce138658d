"""Route: give each lead that a decision sends to sales to one person, once, and in the order of the decisions' moments.

Called by the route and pipeline flows, by simulate and by tests. Chunks, one transaction each; a lock makes them
serial, so two runs at once give what one gives. A conversation that is open in the queue is joined, whatever the
definition, and one in a queue that it falls back to, where the definition had ended before; so is one that sales closed
after the decision's moment, which a run on time would have joined. A definition that a handoff has already stays there
while it is open, and what is told then is a tier that rose. A decision that a later one took back (out or triage) is
acted on without effect.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from penstock.operations.ended_deals import close_ended
from penstock.operations.guard_imports import weigh
from penstock.routing.assign import Assigned, Desk, queue_chain
from penstock.routing.conversations import Conversation, Started, read_conversations
from penstock.routing.handoffs import write_conversations
from penstock.routing.match import Destination, destination_for, fallback, route_values
from penstock.routing.people import person_named
from penstock.routing.profile import OWNER, Profile, Subject, latest_lines, read_profiles
from penstock.routing.rises import write_rises
from penstock.routing.waiting import Waiting, mark_acted, read_waiting, waiting_ids, with_rises
from penstock.sla.clocks import next_due
from penstock.store.engine import Sessions
from penstock.store.held_imports import HeldImport
from penstock.store.playbooks import read_deciding, read_live
from penstock.store.statements import chunks

# A chunk holds the lock of routing: some tenths of a second, in which answers to its handoffs wait.
CHUNK = 500
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RouteResult:
    """What a run of route did: ``decisions = handoffs + joined + raised + superseded``; ``unrouted`` ones go on
    waiting.
    """

    decisions: int = 0
    handoffs: int = 0
    joined: int = 0
    raised: int = 0
    """Decisions that raised a tier in a handoff that was open."""
    superseded: int = 0
    unrouted: int = 0
    """No queue in the playbook can take them; they wait for one."""
    unowned: int = 0
    """Handoffs that nobody could take: they lie in the last queue of the chain, and its manager has the note."""
    by_queue: Mapping[str, int] = field(default_factory=dict)
    by_owner: Mapping[str, int] = field(default_factory=dict)
    held: tuple[HeldImport, ...] = ()
    """Imports that this run held; nobody acts on their decisions until somebody approves."""
    next_due: datetime | None = None
    """The earliest due moment of any clock: when check_slas should run."""


def run_route(sessions: Sessions, *, now: datetime, chunk: int = CHUNK) -> RouteResult:
    """Act on every sales decision that waits; returns counts. Raises UsageError when no playbook was adopted."""
    close_ended(sessions, now=now)
    tally: Counter[tuple[str, str]] = Counter()
    with sessions.write() as tx:
        held = weigh(tx, read_live(tx), "handoffs", now=now)
        # Read here, because in a dry run nothing of the weighing stays.
        ids = waiting_ids(tx)
    for some in chunks(ids, chunk):
        with sessions.write() as tx:
            _Chunk(tx, some, now=now, tally=tally).act()
    with sessions.read() as tx:
        due = next_due(tx)
    result = _result(tally, due, held)
    log.info("route: %d decisions, %d handoffs, %d joined", result.decisions, result.handoffs, result.joined)
    return result


class _Chunk:
    """One chunk of decisions, inside one transaction."""

    def __init__(self, tx: Connection, ids: Sequence[int], *, now: datetime, tally: Counter[tuple[str, str]]) -> None:
        self.tx = tx
        self.now = now
        self.tally = tally
        self.live = read_live(tx, share=True)
        self.desk = Desk(tx, self.live.operations, now=now)
        self.waiting = read_waiting(tx, with_rises(tx, ids))
        versions = {one.version_id for one in self.waiting}
        self.judged_by = {version: read_deciding(tx, version)[0] for version in versions}
        valid = [one for one in self.waiting if not one.superseded]
        of = [one.of for one in valid]
        self.known = read_conversations(tx, of)
        self.of_subject: dict[Subject, dict[str, Conversation]] = defaultdict(dict)
        for (subject, queue), last in self.known.items():
            self.of_subject[subject][queue] = last
        self.profiles = read_profiles(tx, self.live, of, at=now)
        self.lines = latest_lines(tx, self.live, (one.of for one in valid if self._line(one) is None), at=now)

    def act(self) -> None:
        """Route the decisions that still wait, then write all that follows from them."""
        outcomes = {one.id: "superseded" if one.superseded else self._place(one) for one in self.waiting}
        self.tally.update(("decisions", outcome) for outcome in outcomes.values())
        write_conversations(self.tx, self.known.values(), self.live.operations, now=self.now)
        write_rises(self.tx, self.known.values(), self.live.operations, now=self.now)
        self.desk.keep_turns()
        mark_acted(self.tx, [one for one, outcome in outcomes.items() if outcome != "unrouted"], now=self.now)

    def _place(self, decision: Waiting) -> str:
        """Join or start a handoff for a decision; return what became of it."""
        profile = self.profiles[decision.of]
        where = self._destination(decision, profile)
        if (holder := self._holder(decision)) is not None:
            return self._stay(holder, decision, where)
        if where is None:
            return "unrouted"
        chain = queue_chain(self.live.operations, where.queue)
        known = {queue: last for queue in chain if (last := self.known.get((decision.of, queue)))}
        open_in = {queue: last for queue, last in known.items() if last.takes(decision.moment)}
        if last := open_in.get(where.queue):
            last.join(decision)
            return "joined"
        given = self.desk.assign(where, open_in=open_in)
        if isinstance(given, str):
            open_in[given].join(decision)
            return "joined"
        self._start(decision, given, profile)
        return "handoffs"

    def _holder(self, decision: Waiting) -> Conversation | None:
        """Return the handoff that has the decision's definition and takes it, in whatever queue: one that is open,
        else one that sales closed since.
        """
        mine = self.of_subject[decision.of].values()
        found = [one for one in mine if decision.definition in one.tiers and one.takes(decision.moment)]
        return min(found, key=lambda one: not one.is_open, default=None)

    def _stay(self, holder: Conversation, decision: Waiting, where: Destination | None) -> str:
        """Leave a decision's definition where sales has it, with its queue and owner; a tier that rises is told."""
        definition = self.judged_by[decision.version_id].definitions[decision.definition]
        if not holder.is_open or not definition.rises(holder.tiers[decision.definition], decision.tier):
            return "joined"
        queue = None if where is None else self.live.operations.queues.get(where.queue)
        holder.rise(decision, None if queue is None else queue.sla)
        return "raised"

    def _start(self, decision: Waiting, given: Assigned, profile: Profile) -> None:
        last = self.known.get((decision.of, given.queue))
        number = 1 if last is None else last.number + 1
        started = Started(decision, given, profile.account_id)
        new = Conversation(decision.of, given.queue, number, owner=given.owner, started=started)
        new.tiers[decision.definition] = decision.tier
        self.known[decision.of, given.queue] = new
        self.of_subject[decision.of][given.queue] = new
        self.tally["queue", given.queue] += 1
        self.tally["owner", given.owner or ""] += 1

    def _destination(self, decision: Waiting, profile: Profile) -> Destination | None:
        operations = self.live.operations
        line = self._line(decision) or self.lines.get(decision.of)
        asked = {"tier": decision.tier, "definition": decision.definition, "exception": decision.exception}
        values = route_values(operations, profile, line=line, **asked)
        owner = person_named(operations, profile.texts.get(OWNER))
        # Without a route although it qualified: put forward by hand, or the routes were edited since.
        return destination_for(operations, values, owner) or fallback(operations)

    def _line(self, decision: Waiting) -> str | None:
        definition = self.live.deciding.definitions.get(decision.definition)
        return None if definition is None else definition.applies.line


def _result(tally: Counter[tuple[str, str]], due: datetime | None, held: tuple[HeldImport, ...]) -> RouteResult:
    of = {kind: {name: n for (k, name), n in sorted(tally.items()) if k == kind} for kind in ("queue", "owner")}
    count = {name: n for (kind, name), n in tally.items() if kind == "decisions"}
    unrouted = count.pop("unrouted", 0)
    unowned = of["owner"].pop("", 0)
    return RouteResult(
        decisions=sum(count.values()),
        unrouted=unrouted,
        unowned=unowned,
        by_queue=of["queue"],
        by_owner=of["owner"],
        held=held,
        next_due=due,
        **count,
    )
