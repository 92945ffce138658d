"""Kills at seeded random moments, with two workers running the pipeline on one store; then one quiet run.

The moment is an alarm somewhere inside a phase, so that a process also dies in the middle of a statement, of a commit,
of the write of a mail. Each death is counted where it happened.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.faults.cast import EVENING
from tests.faults.children import KILLED, Board, Child, start
from tests.faults.conftest import ALL, Play, Rehearse
from tests.faults.phases import ON_ITS_WAY, PHASES, Doom, Stopwatch, perform
from tests.faults.snapshot import differences, meaning, record, sent_twice, unknown
from tests.faults.world import AFTER_THE_LEASE, Chunks, later, run_pipeline

pytestmark = pytest.mark.faults
CHUNKS = Chunks(qualify=8, route=2, nurture=3, check_slas=1, deliver=2)
# In the order of the pipeline, so that those who come after a death still find work: each worker dies in turn inside
# these.
WORKERS = (("ingest", "route", "claim", "settle"), ("qualify", "plan", "send"))
WANTED = {phase: 5 if ALL else 1 for worker in WORKERS for phase in worker}
KILLS = 50 if ALL else 5
MOST_ROUNDS = 40


def test_random_kills_of_two_workers_give_what_one_run_gives(rehearse: Rehearse, tmp_path: Path) -> None:
    play = rehearse(2, CHUNKS)
    usual = measure(play, tmp_path / "usual")
    deaths: Counter[str] = Counter()
    for seed in range(MOST_ROUNDS):
        play.stage.scene("before-ingest")
        died = Counter(kill_workers(play, usual, random.Random(seed)))
        assert settle_down(play, died) == [], f"seed {seed}, killed inside {dict(died)}"
        deaths += died
        if deaths.total() >= KILLS and all(deaths[phase] >= wanted for phase, wanted in WANTED.items()):
            break
    print(f"{deaths.total()} kills in {seed + 1} rounds: {dict(deaths.most_common())}")
    assert deaths.total() >= KILLS
    assert {phase: min(deaths[phase], wanted) for phase, wanted in WANTED.items()} == WANTED


def measure(play: Play, told: Path) -> Mapping[str, float]:
    """Return how long each phase takes in a process that nobody kills."""

    def work() -> None:
        watch = Stopwatch()
        perform(play.world, play.chunks, watch.inside)
        told.write_text(json.dumps(watch.usual))

    play.stage.scene("before-ingest")
    assert start(work).wait() == 0
    found: dict[str, float] = json.loads(told.read_text())
    return found


class Worker:
    """A worker that dies inside one phase, is started again, dies inside the next; and at last comes through."""

    def __init__(self, play: Play, phases: tuple[str, ...], usual: Mapping[str, float], chance: random.Random) -> None:
        self.play = play
        self.left = list(phases)
        self.usual = usual
        self.chance = chance
        self.board = Board.shared()
        self.child: Child | None = None

    def go_on(self) -> Iterator[str]:
        """Start what is not running; yield the phase inside which it has just died."""
        if self.child is None:
            self.child = self._start()
        elif self.child.has_ended():
            if self.child.wait() == KILLED:
                yield PHASES[self.board.phase]
            self.child = self._start() if self.left else None

    @property
    def is_done(self) -> bool:
        """Whether it has died as often as it should and nothing of it is running."""
        return not self.left and self.child is None

    def _start(self) -> Child:
        phase = self.left.pop(0)
        entry = 1 if phase in ("ingest", "qualify", "route") else self.chance.randint(1, 2)
        doom = Doom(self.board, phase, entry, self.usual[phase] * self.chance.uniform(0.01, 1))
        self.board.phase = 0
        return start(lambda: perform(self.play.world, self.play.chunks, doom.inside))


def kill_workers(play: Play, usual: Mapping[str, float], chance: random.Random) -> Iterator[str]:
    """Let two workers run, die and come again; yield the phase of each death."""
    workers = [Worker(play, phases, usual, chance) for phases in WORKERS]
    while not all(worker.is_done for worker in workers):
        for worker in workers:
            if not worker.is_done:
                yield from worker.go_on()
        time.sleep(0.001)


def settle_down(play: Play, died: Mapping[str, int]) -> list[str]:
    """Run once more, quietly, after the leases; return what differs from an undisturbed run."""
    run_pipeline(later(play.world, AFTER_THE_LEASE), EVENING, play.chunks)
    found = record(play.stage.sessions, play.stage.log)
    lost = unknown(found)
    assert len(lost) <= sum(died[phase] for phase in ON_ITS_WAY)
    assert sent_twice(found) == []
    return differences(meaning(found, without=lost), meaning(play.wanted, without=lost))
