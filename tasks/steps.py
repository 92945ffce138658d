"""How Prefect runs the operations: one task a step, nothing cached or stored, tried again where the database was busy.

Tasks take the step's feeds and `now`, nothing else: settings and secrets come with the world of the run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from sqlalchemy.exc import OperationalError

from penstock.operations.adopt import AdoptResult
from penstock.operations.guard import adopt_guarded
from penstock.operations.pipeline import Result, Unit, work
from penstock.playbook.load import load_playbook
from tasks.world import present

P = ParamSpec("P")
R = TypeVar("R")
# A lock that another process holds, a server that restarts: gone within seconds, or a matter for the flow's own retry.
DELAYS = [1.0, 5.0]


def was_busy(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether a task failed for a reason that passes: the database was busy or away."""
    return isinstance(state.data, OperationalError)


def shell(name: str) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Make a task of a step, with what all of them have in common.

    Without tags: for each tag Prefect asks its server for a slot, which took longer (0.3 s) than most steps.
    """
    return task(
        name=name,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=len(DELAYS),
        retry_delay_seconds=DELAYS,
        retry_condition_fn=was_busy,
    )


@shell("adopt")
def adopt(now: datetime) -> AdoptResult:
    """Adopt the playbook of the workspace's folder, where it changed, unless a guard rail holds it."""
    of = present()
    return adopt_guarded(of.sessions, now=now, playbook=load_playbook(of.settings.playbook))


def _step(step: str, purpose: str) -> Task[[datetime, tuple[str, ...]], tuple[Result, ...]]:
    """Make the task of one step of the pipeline; ``feeds`` counts for ingest only."""

    def run(now: datetime, feeds: tuple[str, ...] = ()) -> tuple[Result, ...]:
        return work(present().world, Unit(step, feeds), now=now)

    run.__doc__ = purpose
    return shell(step)(run)


SHELLS = {
    step: _step(step, purpose)
    for step, purpose in {
        "ingest": "Land the pages of some feeds; one that fails keeps its pages before and says so in its result.",
        "qualify": "Judge every subject that is due.",
        "route": "Hand over what was decided for sales.",
        "nurture": "Enrol, plan the steps that are due, let go who must go.",
        "check-slas": "Warn and escalate where a clock says so.",
        "deliver": "Send what is due, and settle it.",
    }.items()
}
