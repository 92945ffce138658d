"""The flow `qualify`, alone: for a schedule of its own, a rerun, or a look with `--dry-run`."""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from tasks.report import Report
from tasks.run import begin


@flow(name="qualify", persist_result=False)
async def qualify(as_of: datetime | None = None, *, dry_run: bool = False) -> Report:
    """Judge every subject that is due, at each of its moments."""
    with begin("qualify", as_of=as_of, dry_run=dry_run) as run:
        await run.through(["qualify"])
        return await run.end()
