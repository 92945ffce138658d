"""One run of a flow from beginning to end: its `now`, its steps as tasks, its artifact; used by every flow.

A step that fails holds back no other. The artifact comes first, then the run fails: what succeeded is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from penstock.errors import PenstockError
from penstock.operations.clock import check_as_of, claim_now, greatest_now, present_now
from penstock.operations.pipeline import PIPELINE, Result, units
from penstock.operations.waits import read_waits
from penstock.playbook.load_files import file_of
from tasks import steps
from tasks.artifacts import leave
from tasks.report import Report, RunFailedError
from tasks.retries import mistakes_are_final
from tasks.wake import make_sure_of_check
from tasks.world import Opened, find_feed, opened, wall


class Run:
    """What a flow works with while it goes."""

    def __init__(self, of: Opened, report: Report) -> None:
        """Begin with nothing reported."""
        self.of = of
        self.report = report

    async def through(self, names: Sequence[str] = PIPELINE, *, feed: str | None = None) -> None:
        """Adopt a changed playbook, then run the steps in order, each as a task."""
        now = self.report.now
        await self._adopt(now)
        for unit in units(self.of.world, names, feed):
            shell = steps.SHELLS[unit.step]
            await self._take(unit.step, shell(now, unit.feeds, return_state=True))

    async def _adopt(self, now: datetime) -> None:
        """Adopt; a playbook with mistakes fails the run, but the live one goes on deciding meanwhile."""
        state = steps.adopt(now, return_state=True)
        if state.is_completed():
            self.report.take("adopt", (await state.aresult(),))
        elif greatest_now(self.of.sessions) is None:
            await state.aresult()  # nothing is live: raises what was wrong
        else:
            self.report.fail("adopt", await _error(state))

    async def _take(self, step: str, state: State[tuple[Result, ...]]) -> None:
        if state.is_completed():
            self.report.take(step, await state.aresult())
        else:
            self.report.fail(step, await _error(state))

    async def end(self) -> Report:
        """Schedule the next check, leave the artifact, then fail if anything failed."""
        if self.report.next_due is not None and not self.report.dry_run:
            await make_sure_of_check(self.report.next_due)
        self.report.waits = read_waits(
            self.of.sessions, now=self.report.now, vocabulary=file_of("vocabulary", self.of.settings.playbook)
        )
        await leave(self.report)
        if self.report.failures:
            raise RunFailedError(self.report)
        return self.report


@contextmanager
def begin(flow: str, *, as_of: datetime | None, dry_run: bool, feed: str | None = None) -> Iterator[Run]:
    """Open the world of a run and read its `now`; raises UsageError for one that the workspace does not take."""
    with mistakes_are_final(), opened(dry_run=dry_run, run=flow_run.get_id() or "by-hand") as of:
        find_feed(feed, of.settings.feeds)
        now = _now(of, as_of)
        claim_now(of.sessions, now=now, simulated=of.settings.is_simulated)
        yield Run(of, Report(flow, now, dry_run=dry_run))


def _now(of: Opened, as_of: datetime | None) -> datetime:
    simulated = of.settings.is_simulated
    if as_of is None:
        return present_now(of.sessions, simulated=simulated, wall=wall())
    check_as_of(of.sessions, simulated=simulated)
    return as_of


async def _error(state: State[Any]) -> BaseException:
    """Return what a task raised; one that ended without (cancelled, crashed) says how."""
    raised = await state.aresult(raise_on_failure=False)
    return raised if isinstance(raised, BaseException) else PenstockError(state.message or state.name or "ended")
