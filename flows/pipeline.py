"""The flow `pipeline`: every step in its order, as tasks of one run; what the schedule starts."""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from penstock.operations.pipeline import PIPELINE
from tasks.report import Report
from tasks.run import begin


@flow(name="pipeline", persist_result=False)
async def pipeline(feed: str | None = None, as_of: datetime | None = None, *, dry_run: bool = False) -> Report:
    """Ingest, qualify, route, nurture, check clocks, deliver; a step that fails holds back no other."""
    with begin("pipeline", as_of=as_of, dry_run=dry_run, feed=feed) as run:
        await run.through(PIPELINE, feed=feed)
        return await run.end()
