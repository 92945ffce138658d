"""The flow `check-slas`, alone: for a schedule of its own, a rerun, or a look with `--dry-run`."""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from tasks.report import Report
from tasks.run import begin


@flow(name="check-slas", persist_result=False)
async def check_slas(as_of: datetime | None = None, *, dry_run: bool = False) -> Report:
    """Warn and escalate where a clock says so, and schedule the next check."""
    with begin("check-slas", as_of=as_of, dry_run=dry_run) as run:
        await run.through(["check-slas"])
        return await run.end()
