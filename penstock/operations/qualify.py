"""Qualify: judge every subject that is due at each of its moments, in order, and write what changed.

Called by the qualify and pipeline flows, by simulate and by tests. A round is one transaction: it picks due subjects
(rows that another run holds are passed over), judges each at its first moments in order, and moves it on to the next;
rounds go on until nobody is due, in whoever's hands. So a late run passes through the same moments, and ends where runs
on time would have ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Lock

from sqlalchemy import Connection

from penstock.playbook.compiled import CompiledDefinition, compile_definition
from penstock.playbook.decide import Decided
from penstock.playbook.judge import judge
from penstock.playbook.model import Deciding
from penstock.routing.routable import takes_everybody, unroutable
from penstock.store import moments
from penstock.store.cases import Case, decide_cases, set_apart, set_apart_for_routes
from penstock.store.decisions import Judged, decide_in_order, read_undecided, write_decisions
from penstock.store.engine import Sessions
from penstock.store.lifts import lifts_of_batch
from penstock.store.playbooks import Live, read_deciding, read_live, read_starts
from penstock.store.rounds import until_nothing
from penstock.store.sales_word import words_of_batch
from penstock.store.scores import forget_other_definitions, write_scores
from penstock.store.staying import let_stay

SUBJECTS = ("account", "lead")
# Chunks of 20,000 subjects keep memory flat and a transaction at about a second (DECISIONS.md).
CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class QualifyResult:
    """What a run of qualify did: subjects judged (one per moment), scores that differ, decisions by branch."""

    rounds: int = 0
    judged: int = 0
    scores: int = 0
    decisions: int = 0
    by_branch: dict[str, int] = field(default_factory=dict)
    to_act: dict[str, int] = field(default_factory=dict)
    """Of these, by branch, those that wait for route (sales) and nurture; the others ask nothing new of anybody."""
    triage: dict[str, int] = field(default_factory=dict)
    """Reason of triage → decisions."""


class _Tally:
    """Counts of a round, or over the rounds of one run."""

    def __init__(self) -> None:
        self._one_at_a_time = Lock()
        self.rounds = self.judged = self.scores = 0
        self.by_branch: Counter[str] = Counter()
        self.to_act: Counter[str] = Counter()
        self.triage: Counter[str] = Counter()

    def add(self, decided: Decided, *, asks: bool, many: int = 1) -> None:
        """Count a decision that so many subjects got."""
        self.by_branch[decided.branch] += many
        if asks:
            self.to_act[decided.branch] += many
        if decided.branch == "triage":
            self.triage[decided.reason] += many

    def take(self, other: _Tally) -> None:
        """Add the counts of a round; several end at the same time."""
        with self._one_at_a_time:
            self.rounds += other.rounds
            self.judged += other.judged
            self.scores += other.scores
            self.by_branch += other.by_branch
            self.to_act += other.to_act
            self.triage += other.triage

    def result(self) -> QualifyResult:
        """Return the sums."""
        return QualifyResult(
            rounds=self.rounds,
            judged=self.judged,
            scores=self.scores,
            decisions=self.by_branch.total(),
            by_branch=dict(sorted(self.by_branch.items())),
            to_act=dict(sorted(self.to_act.items())),
            triage=dict(self.triage.most_common()),
        )


def run_qualify(sessions: Sessions, *, now: datetime, chunk: int = CHUNK) -> QualifyResult:
    """Fold every moment up to ``now``; returns counts. Raises UsageError when no playbook was adopted."""
    tally = _Tally()
    for subject in SUBJECTS:
        until_nothing(sessions, partial(_fold, subject, now=now, most=chunk, tally=tally), most=chunk)
    return tally.result()


def qualify_in(tx: Connection, *, now: datetime, chunk: int = CHUNK) -> QualifyResult:
    """Fold every moment up to ``now`` in a transaction of the caller's, to see what would come of it."""
    tally = _Tally()
    for subject in SUBJECTS:
        while _Round(tx, subject, now=now, most=chunk, tally=tally).fold():
            pass
    return tally.result()


def _fold(subject: str, tx: Connection, *, now: datetime, most: int, tally: _Tally) -> int:
    its = _Tally()
    judged = _Round(tx, subject, now=now, most=most, tally=its).fold()
    if judged is None:
        return 0
    tally.take(its)
    return judged or moments.wait_for_others(tx, subject, now=now)


class _Round:
    """One round for one kind of subject, inside one transaction."""

    def __init__(self, tx: Connection, subject: str, *, now: datetime, most: int, tally: _Tally) -> None:
        self.tx = tx
        self.subject = subject
        self.now = now
        self.most = most
        self.tally = tally

    def fold(self) -> int | None:
        """Judge due subjects at their moments up to now; return how many there were: None where nobody is due, 0 where
        others hold all who are.
        """
        live = read_live(self.tx)
        # Most rounds find nobody due, and need nothing else to say so.
        if moments.first_due(self.tx, self.subject, now=self.now) is None:
            return None
        versions = self._versions()
        calendar = _calendar(versions, self.subject)
        size = moments.pick(self.tx, self.subject, now=self.now, most=self.most, calendar=calendar)
        if size == 0:
            return 0
        judged = self._judge(live, {version: deciding for _, version, deciding in versions})
        cooling = [(one.found.subject_id, one.decided.cooling_until) for one in judged if one.decided.cooling_until]
        moments.finish(self.tx, self.subject, calendar=calendar, extra=cooling)
        self.tally.rounds += 1
        self.tally.judged += size
        return size

    def _versions(self) -> list[tuple[datetime, int, Deciding]]:
        starts = read_starts(self.tx)
        return [(start.started_at, start.version_id, read_deciding(self.tx, start.version_id)[0]) for start in starts]

    def _judge(self, live: Live, versions: Mapping[int, Deciding]) -> list[Judged]:
        """Judge the batch and write what changed; return the decisions that were made one by one."""
        apart = set_apart(self.tx, self.subject)
        compiled: dict[tuple[int, str], CompiledDefinition] = {}
        for version in moments.versions_in_batch(self.tx):
            for definition in versions[version].definitions.values():
                if definition.subject == self.subject:
                    trust = versions[version].vocabulary.trust
                    judge(self.tx, definition, trust, version)
                    compiled[version, definition.definition] = compile_definition(definition)
        let_stay(self.tx, self.subject, compiled)
        if not takes_everybody(live):
            apart += set_apart_for_routes(self.tx, compiled)
        # While the scores still say how everybody stood before.
        judged = self._decide(live, compiled) if apart else []
        cases = decide_cases(self.tx, self.subject, compiled, now=self.now)
        self.tally.scores += write_scores(self.tx, self.subject, apart=apart > 0)
        if len(versions) > 1:
            forget_other_definitions(self.tx, self.subject)
        self._write(judged, cases)
        return judged

    def _write(self, judged: Sequence[Judged], cases: Sequence[Case]) -> None:
        for case in cases:
            self.tally.add(case.decided, asks=case.asks, many=case.many)
        for one in write_decisions(self.tx, self.subject, judged, now=self.now):
            self.tally.add(one.decided, asks=one.asks)

    def _decide(self, live: Live, compiled: Mapping[tuple[int, str], CompiledDefinition]) -> list[Judged]:
        undecided = read_undecided(self.tx, self.subject, every=not takes_everybody(live))
        said, lifts = words_of_batch(self.tx, self.subject), lifts_of_batch(self.tx, self.subject)
        stuck = {
            found
            for key, definition in compiled.items()
            for found in unroutable(
                self.tx, live, definition, [one.found for one in undecided if (one.version, one.definition) == key]
            )
        }
        return list(decide_in_order(undecided, compiled, said, lifts, stuck))


def _calendar(versions: Sequence[tuple[datetime, int, Deciding]], subject: str) -> moments.Calendar:
    definitions = [one for _, _, deciding in versions for one in deciding.definitions.values()]
    edges = {edge for one in definitions for _, group in compile_definition(one).edges for edge in group}
    asking = [compile_definition(one) for one in definitions if one.subject == subject]
    people = {rule.crowd.within for one in asking for rule in one.people if rule.crowd}
    people |= {edge for one in asking if one.counts_people for _, group in one.edges for edge in group}
    cooldowns = {int(one.cooldown.length.total_seconds()) * 1_000_000 for one in definitions}
    return moments.Calendar(
        starts=tuple((start, version) for start, version, _ in versions),
        edges=tuple(sorted(edges)),
        cooldowns=tuple(sorted(cooldowns)),
        people_edges=tuple(sorted(people)),
        lists=any(one.lists for one in asking),
    )
