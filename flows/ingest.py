"""The flow `ingest`, alone: for a schedule of its own, a rerun, or a look with `--dry-run`."""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from tasks.report import Report
from tasks.run import begin


@flow(name="ingest", persist_result=False)
async def ingest(feed: str | None = None, as_of: datetime | None = None, *, dry_run: bool = False) -> Report:
    """Land what the feeds have; one that fails holds back no other, and the run fails after keeping the rest."""
    with begin("ingest", as_of=as_of, dry_run=dry_run, feed=feed) as run:
        await run.through(["ingest"], feed=feed)
        return await run.end()
