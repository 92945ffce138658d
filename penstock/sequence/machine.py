"""The steps of a sequence and when they are due; pure, used when a lead is enrolled and when a step is planned."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from penstock.playbook.operations import Sequence
from penstock.store.types import MICROSECOND


def first_step(sequence: Sequence) -> str:
    """Return the step that a sequence begins with."""
    return next(iter(sequence.steps))


def present_step(sequence: Sequence, step: str, planned: Collection[str]) -> str | None:
    """Return the step to take now: the one noted, or, where it was removed, the next one not yet planned."""
    return step if step in sequence.steps else _after_all(sequence, planned)


def next_step(sequence: Sequence, step: str) -> str | None:
    """Return the step after one of the sequence's; None after the last. It only ever goes forward."""
    names = list(sequence.steps)
    return next(iter(names[names.index(step) + 1 :]), None)


def due(sequence: Sequence, step: str | None, since: datetime, *, now: datetime) -> datetime:
    """Return when a step is due that follows something done at ``since``: strictly after ``now``, even with no wait.

    So a second run at the same ``now`` finds nothing to do. Without a step left: at once, to be finished.
    """
    wait = since if step is None else since + sequence.steps[step].after.length
    return max(wait, now + MICROSECOND)


def _after_all(sequence: Sequence, planned: Collection[str]) -> str | None:
    names = list(sequence.steps)
    reached = max((names.index(step) for step in planned if step in sequence.steps), default=-1)
    return next(iter(names[reached + 1 :]), None)
