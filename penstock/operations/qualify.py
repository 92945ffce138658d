"""Qualify: judge every subject that is due at each of its moments, in order, and write what changed.

Called by the qualify and pipeline flows, by simulate and by tests. A round is one transaction: it picks due subjects
(rows that another run holds are passed over), judges each at its earliest moment, and moves it on to the next; rounds
go on until nobody is due. So a late run passes through the same moments, and ends where runs on time would have ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from penstock.playbook.compile import verdicts
from penstock.playbook.compiled import compile_definition
from penstock.playbook.definition import Definition
from penstock.routing.routable import unroutable
from penstock.store import moments
from penstock.store.decisions import Judged, read_undecided, write_decisions
from penstock.store.engine import Sessions
from penstock.store.playbooks import Live, read_deciding, read_live, read_starts
from penstock.store.rounds import until_nothing
from penstock.store.sales_word import words_of_batch
from penstock.store.scores import forget_other_definitions, write_scores

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
    triage: dict[str, int] = field(default_factory=dict)
    """Reason of triage → decisions."""


class _Tally:
    """Counts over the rounds of one run."""

    def __init__(self) -> None:
        self.rounds = self.judged = self.scores = 0
        self.by_branch: Counter[str] = Counter()
        self.triage: Counter[str] = Counter()

    def add(self, judged: Sequence[Judged]) -> None:
        """Count the decisions of a round."""
        self.by_branch.update(one.decided.branch for one in judged)
        self.triage.update(one.decided.reason for one in judged if one.decided.branch == "triage")

    def result(self) -> QualifyResult:
        """Return the sums."""
        return QualifyResult(
            rounds=self.rounds,
            judged=self.judged,
            scores=self.scores,
            decisions=self.by_branch.total(),
            by_branch=dict(sorted(self.by_branch.items())),
            triage=dict(self.triage.most_common()),
        )


def run_qualify(sessions: Sessions, *, now: datetime, chunk: int = CHUNK) -> QualifyResult:
    """Fold every moment up to ``now``; returns counts. Raises UsageError when no playbook was adopted."""
    tally = _Tally()
    for subject in SUBJECTS:
        until_nothing(sessions, partial(_fold, subject, now=now, most=chunk, tally=tally))
    return tally.result()


def _fold(subject: str, tx: Connection, *, now: datetime, most: int, tally: _Tally) -> int:
    return _Round(tx, subject, now=now, most=most, tally=tally).fold()


class _Round:
    """One round for one kind of subject, inside one transaction."""

    def __init__(self, tx: Connection, subject: str, *, now: datetime, most: int, tally: _Tally) -> None:
        self.tx = tx
        self.subject = subject
        self.now = now
        self.most = most
        self.tally = tally

    def fold(self) -> int:
        """Judge the subjects that are due at their earliest moment; return how many there were."""
        live = read_live(self.tx)
        starts = [(start.started_at, start.version_id) for start in read_starts(self.tx)]
        moments.prepare(self.tx)
        size = moments.pick(self.tx, self.subject, now=self.now, most=self.most, starts=starts)
        if size == 0:
            return 0
        cooling = [pair for version in moments.versions_in_batch(self.tx) for pair in self._judge(version, live)]
        moments.finish(self.tx, self.subject, starts=starts, extra=cooling)
        self.tally.rounds += 1
        self.tally.judged += size
        return size

    def _judge(self, version: int, live: Live) -> list[tuple[int, datetime]]:
        deciding, _ = read_deciding(self.tx, version)
        mine = [d for d in deciding.definitions.values() if d.subject == self.subject]
        for definition in mine:
            self.tx.execute(verdicts(definition, deciding.vocabulary.trust), {"version": version})
        said = words_of_batch(self.tx, self.subject)
        judged = [one for d in mine for one in self._decide(d, version, live, said)]
        self.tally.scores += write_scores(self.tx, self.subject, version)
        forget_other_definitions(self.tx, self.subject, version, [d.definition for d in mine])
        self.tally.add(write_decisions(self.tx, self.subject, judged, version=version, now=self.now))
        return [(one.found.subject_id, one.decided.cooling_until) for one in judged if one.decided.cooling_until]

    def _decide(self, definition: Definition, version: int, live: Live, said: dict[int, Any]) -> list[Judged]:
        compiled = compile_definition(definition)
        undecided = read_undecided(self.tx, self.subject, compiled, version)
        stuck = unroutable(self.tx, live, compiled, [one.found for one in undecided])
        return [
            (one.without_route() if (one.found.subject_id, one.found.as_of) in stuck else one).decide(
                compiled, said.get(one.found.subject_id, ())
            )
            for one in undecided
        ]
