"""What a run is inside of, told from within: the steps, and in them planning, claiming, sending and settling.

Wrappers that call through; put in place for good, so only in a child.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from penstock.mail import outbox
from penstock.operations import nurture
from penstock.operations.pipeline import World
from penstock.ports import Mailer
from penstock.records import OutgoingMail
from tests.faults.cast import EVENING
from tests.faults.children import Board, die
from tests.faults.world import Chunks, steps

PHASES = ("begin", "ingest", "qualify", "route", "nurture", "check-slas", "deliver", "plan", "claim", "send", "settle")
# In which a message can be on its way: attempted, and not settled.
ON_ITS_WAY = ("deliver", "send", "settle")
Inside = Callable[[str], AbstractContextManager[None]]


def perform(world: World, chunks: Chunks, inside: Inside) -> None:
    """Run the evening's pipeline, and say what it is inside of."""
    for module, function, phase in (
        (nurture, "plan_due", "plan"),
        (outbox, "claim", "claim"),
        (outbox, "settle", "settle"),
    ):
        setattr(module, function, _telling(getattr(module, function), phase, inside))
    mailer: Any = _Mailer(world.mailer, inside)
    world = replace(world, mailer=mailer)
    for name, step in steps(chunks).items():
        with inside(name):
            step(world, EVENING)


def _telling(function: Callable[..., Any], phase: str, inside: Inside) -> Callable[..., Any]:
    def called(*args: Any, **options: Any) -> Any:
        with inside(phase):
            return function(*args, **options)

    return called


@dataclass
class _Mailer:
    mailer: Mailer
    inside: Inside

    @property
    def repeatable(self) -> bool:
        return self.mailer.repeatable

    def send(self, mail: OutgoingMail) -> str:
        with self.inside("send"):
            return self.mailer.send(mail)

    def check(self) -> str:
        return self.mailer.check()


@dataclass
class Doom:
    """Death inside a phase, at a share of the time that it usually takes, when it is entered for the n-th time."""

    board: Board
    phase: str
    entry: int
    seconds: float
    entered: int = 0

    @contextmanager
    def inside(self, phase: str) -> Iterator[None]:
        """Tell the phase, for as long as it lasts; this one is not survived."""
        around, self.board.phase = self.board.phase, PHASES.index(phase)
        self.entered += phase == self.phase
        is_last = phase == self.phase and self.entered == self.entry
        if is_last:
            # By default an alarm ends a process like a kill does: at once, wherever it is, and nothing is cleaned up.
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, self.seconds)
        yield
        if is_last:
            die()
        self.board.phase = around


@dataclass
class Stopwatch:
    """How long each phase takes, on average, in seconds."""

    totals: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def inside(self, phase: str) -> Iterator[None]:
        """Measure a phase."""
        began = time.perf_counter()
        yield
        self.totals[phase] = self.totals.get(phase, 0.0) + time.perf_counter() - began
        self.counts[phase] = self.counts.get(phase, 0) + 1

    @property
    def usual(self) -> Mapping[str, float]:
        """Phase → seconds."""
        return {phase: total / self.counts[phase] for phase, total in self.totals.items()}
