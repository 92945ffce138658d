"""The artifact of a run, in the Prefect UI; each flow leaves one under its own key, so that there is a history."""

from __future__ import annotations

from prefect.artifacts import acreate_markdown_artifact

from tasks.page import headline, markdown
from tasks.report import Report


async def leave(report: Report) -> None:
    """Write the artifact of a run; a dry run has a key of its own."""
    key = f"{report.flow}-dry-run" if report.dry_run else report.flow
    await acreate_markdown_artifact(markdown(report), key=key, description=headline(report))
