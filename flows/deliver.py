"""The flow `deliver`, alone: for a schedule of its own, a rerun, or a look with `--dry-run`."""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from tasks.report import Report
from tasks.run import begin


@flow(name="deliver", persist_result=False)
async def deliver(as_of: datetime | None = None, *, dry_run: bool = False) -> Report:
    """Send what is due: mails of sequences, notes, alerts."""
    with begin("deliver", as_of=as_of, dry_run=dry_run) as run:
        await run.through(["deliver"])
        return await run.end()
