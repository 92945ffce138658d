"""No kills: any step twice, two at once, and a worker that sleeps through its lease, against one undisturbed run."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from penstock.operations.pipeline import World
from tests.faults.boundaries import watch
from tests.faults.cast import EVENING
from tests.faults.children import Board, Child, start
from tests.faults.conftest import ALL, Play, Rehearse
from tests.faults.snapshot import Record, differences, meaning, record, sent_twice, unknown
from tests.faults.world import AFTER_THE_LEASE, STEPS, Chunks, later, run_pipeline, steps

pytestmark = pytest.mark.faults
SMALL = Chunks(qualify=3, route=2, nurture=2, check_slas=1, deliver=2)
ROUNDS = 12 if ALL else 2


def left(play: Play) -> Record:
    return record(play.stage.sessions, play.stage.log)


def differing(found: Record, wanted: Record) -> list[str]:
    """Return how they differ, in what they hold or in what left twice."""
    return [*differences(meaning(found), meaning(wanted)), *sent_twice(found)]


def _dawdle(play: Play, work: Callable[[World], object], seed: int) -> None:
    work(_dawdling(play.world, seed))


def _step(step: str, world: World) -> None:
    steps(SMALL)[step](world, EVENING)


def _run_pausing(play: Play, board: Any, at: int) -> None:
    run_pipeline(_pausing(play.world, board, at), EVENING, SMALL)


def _deliver_stopping(play: Play, at: int) -> None:
    steps(play.chunks)["deliver"](_stopping(play.world, at), EVENING)


def two_at_once(play: Play, work: Callable[[World], object], seed: int) -> None:
    """Let two processes do the same; a seeded pause before each boundary mixes their steps differently each time."""
    children = [start(partial(_dawdle, play, work, seed * 2 + turn)) for turn in range(2)]
    assert [child.wait() for child in children] == [0, 0]


def _dawdling(world: World, seed: int) -> World:
    chance = random.Random(seed)
    return watch(world, lambda _: time.sleep(chance.choice((0, 0, 0.001, 0.003))))


def test_second_run_at_the_same_now_changes_nothing(rehearse: Rehearse) -> None:
    play = rehearse(1, SMALL)
    for step in STEPS:
        steps(SMALL)[step](play.world, EVENING)
        assert differing(left(play), play.wanted) == [], step


def test_each_step_twice_at_once_leaves_what_once_leaves(rehearse: Rehearse) -> None:
    play = rehearse(2, SMALL)
    after = dict(zip(STEPS, [*(f"before-{step}" for step in STEPS[1:]), "after"], strict=True))
    for step in STEPS:
        play.stage.scene(after[step])
        wanted = left(play)
        for turn in range(ROUNDS):
            play.stage.scene(f"before-{step}")
            two_at_once(play, partial(_step, step), turn)
            assert differing(left(play), wanted) == [], f"{step}, seed {turn}"


def test_pipeline_that_overtakes_another_leaves_what_one_leaves(rehearse: Rehearse) -> None:
    """The first stands still for a while before one of its boundaries, and the second runs past it or waits for it."""
    play = rehearse(2, SMALL)
    for boundary in range(1, 2_000, 11 if ALL else 83):
        play.stage.scene("before-ingest")
        board = Board.shared()
        first = start(partial(_run_pausing, play, board, boundary))
        while board.phase == GOING and not first.has_ended():
            time.sleep(0.002)
        second = start(lambda: run_pipeline(play.world, EVENING, SMALL))
        assert [first.wait(), second.wait()] == [0, 0]
        run_pipeline(play.world, EVENING, SMALL)
        assert differing(left(play), play.wanted) == [], boundary
        if board.phase == GOING:
            return
    pytest.fail("the pipeline has more boundaries than were tried")


GOING, PAUSED = 0, 1
# Longer than the second takes to its end.
PAUSE_SECONDS = 0.6


def _pausing(world: World, board: Board, at: int) -> World:
    def passing(_: str) -> None:
        board.passed += 1
        if board.passed == at:
            board.phase = PAUSED
            time.sleep(PAUSE_SECONDS)

    return watch(world, passing)


def test_worker_that_wakes_after_its_lease_ran_out_leaves_no_trace(rehearse: Rehearse) -> None:
    """It is stopped where it holds no transaction: before it renders, sends and settles; another one does its work."""
    play = rehearse(1, Chunks())
    slept = 0
    for boundary in range(1, 100, 1 if ALL else 4):
        play.stage.scene("before-deliver")
        sleeper = start(partial(_deliver_stopping, play, boundary))
        if not _is_stopped(sleeper):
            break
        with _woken(sleeper):
            run_pipeline(later(play.world, AFTER_THE_LEASE), EVENING, play.chunks)
            lost = unknown(left(play))
        assert sleeper.wait() == 0
        found = left(play)
        assert (unknown(found), len(lost) <= 1, sent_twice(found)) == (lost, True, [])
        assert differences(meaning(found, without=lost), meaning(play.wanted, without=lost)) == [], boundary
        slept += 1
    assert slept > 5


def _stopping(world: World, boundary: int) -> World:
    passed = 0

    def passing(kind: str) -> None:
        nonlocal passed
        passed += kind in ("render", "send", "taken")
        if passed == boundary and kind in ("render", "send", "taken"):
            os.kill(os.getpid(), signal.SIGSTOP)

    return watch(world, passing)


@contextmanager
def _woken(child: Child) -> Iterator[None]:
    """Wake a child that has stopped itself, whatever comes in between."""
    try:
        yield
    finally:
        os.kill(child.pid, signal.SIGCONT)


def _is_stopped(child: Child) -> bool:
    """Wait until a child stops itself or ends; whether it stopped."""
    _, status = os.waitpid(child.pid, os.WUNTRACED)
    return os.WIFSTOPPED(status)
