"""The flow `route`, alone: for a schedule of its own, a rerun, or a look with `--dry-run`."""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from tasks.report import Report
from tasks.run import begin


@flow(name="route", persist_result=False)
async def route(as_of: datetime | None = None, *, dry_run: bool = False) -> Report:
    """Hand over what was decided for sales, and start the clocks of contact."""
    with begin("route", as_of=as_of, dry_run=dry_run) as run:
        await run.through(["route"])
        return await run.end()
