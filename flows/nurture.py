"""The flow `nurture`, alone: for a schedule of its own, a rerun, or a look with `--dry-run`."""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from tasks.report import Report
from tasks.run import begin


@flow(name="nurture", persist_result=False)
async def nurture(as_of: datetime | None = None, *, dry_run: bool = False) -> Report:
    """Enrol, plan the steps that are due, let go who must go."""
    with begin("nurture", as_of=as_of, dry_run=dry_run) as run:
        await run.through(["nurture"])
        return await run.end()
