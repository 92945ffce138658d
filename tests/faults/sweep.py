"""Kills of one step before each of its boundaries in turn, each from the same scene."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.faults.boundaries import KINDS, watch
from tests.faults.cast import EVENING
from tests.faults.children import KILLED, Board, die, start
from tests.faults.conftest import Play
from tests.faults.snapshot import record
from tests.faults.world import steps


class Sweep:
    """Kills one step of a play before its first boundary, its second (or every so manieth), and so on."""

    def __init__(self, play: Play, step: str, *, every: int = 1, always: bool = False) -> None:
        """``always``: yield each kill, also those that leave the same as one before."""
        self.play = play
        self.step = step
        self.stage = play.stage
        self.every = every
        self.always = always
        self.kinds: Counter[str] = Counter()
        self.seen: set[str] = set()
        self.reruns = 0

    def kills(self) -> Iterator[int]:
        """Kill at each boundary in turn, leaving the store as the kill left it; end when the step came through."""
        boundary = 1
        while True:
            self.stage.scene(f"before-{self.step}")
            if not self._killed_before(boundary):
                return
            if self._is_new() or self.always:
                self.reruns += 1
                yield boundary
            boundary += self.every

    def _killed_before(self, boundary: int) -> bool:
        board = Board.shared()
        if start(lambda: self._work(board, boundary)).wait() != KILLED:
            return False
        self.kinds[KINDS[board.phase]] += 1
        return True

    def _work(self, board: Board, boundary: int) -> None:
        def passing(kind: str) -> None:
            board.passed += 1
            board.phase = KINDS.index(kind)
            if board.passed == boundary:
                die()

        steps(self.play.chunks)[self.step](watch(self.play.world, passing), EVENING)

    def _is_new(self) -> bool:
        """Whether a kill left what none before it left: after those that leave the same, a rerun does the same."""
        state = repr(record(self.stage.sessions, self.stage.log, self.stage.place.touched()))
        is_new = state not in self.seen
        self.seen.add(state)
        return is_new
