"""Processes that are killed: forked from the warm test process, so that each starts with everything imported.

A child shares a few numbers with its parent (``Board``), which outlive it. It never returns into the test.
"""

from __future__ import annotations

import ctypes
import gc
import mmap
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass

KILLED = -signal.SIGKILL


class Board(ctypes.Structure):
    """What a child tells before it dies: how many boundaries it has passed, and inside what it is."""

    _fields_ = (("passed", ctypes.c_int64), ("phase", ctypes.c_int64))
    passed: int
    phase: int

    @classmethod
    def shared(cls) -> Board:
        """Return one that a forked child and its parent both see."""
        return cls.from_buffer(mmap.mmap(-1, ctypes.sizeof(cls)))


@dataclass
class Child:
    """A child that was started."""

    pid: int
    code: int | None = None

    def wait(self) -> int:
        """Return how it ended: 0 when it came through, ``KILLED`` when it was killed. Raises when it failed."""
        while not self.has_ended():
            _wait_for(self.pid)
        if self.code not in (0, KILLED, -signal.SIGALRM):
            raise RuntimeError(f"a child ended with {self.code}; its traceback is on stderr")
        return KILLED if self.code else 0

    def has_ended(self) -> bool:
        """Whether it has come to its end, without waiting for it."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code is not None


def _wait_for(pid: int) -> None:
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def start(work: Callable[[], object]) -> Child:
    """Fork a child that does its work and ends; the parent must hold no open connection."""
    pid = os.fork()
    if pid:
        return Child(pid)
    # A collection would touch, and so copy, every page that the child shares with its parent.
    gc.disable()
    code = 1
    try:
        work()
        code = 0
    finally:
        # A child never returns into the test: what went wrong is told here, and turned into an exit code.
        if code:
            traceback.print_exc(file=sys.__stderr__)
        os._exit(code)


def die() -> None:
    """Kill this process as `kill -9` does: nothing is cleaned up, nothing flushed, nothing said to the database."""
    os.kill(os.getpid(), signal.SIGKILL)
