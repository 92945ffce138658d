"""`penstock run`: one flow in this process, its run kept in the workspace."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from penstock.cli.chosen import one_of
from penstock.cli.options import AsJson, AsOf, DryRun
from penstock.cli.output import note, print_json, print_line
from penstock.cli.root import app
from penstock.cli.workspace import opened
from penstock.errors import PenstockError, UsageError
from penstock.operations.clock import check_as_of

FLOWS = ("pipeline", "ingest", "qualify", "route", "nurture", "check-slas", "deliver")
# Named by the contract, and not there yet.
LATER = ("feedback", "write-back", "report")


def check_flow(name: str) -> None:
    """Raise UsageError for one that is not built yet, or that nobody knows."""
    if name in LATER:
        raise UsageError(f'the flow "{name}" is not built yet; the pipeline runs without it')
    one_of(name, FLOWS, "flow")


@app.command()
def run(
    ctx: typer.Context,
    *,
    flow: Annotated[str, typer.Argument(metavar="FLOW", help=f"One of {', '.join(FLOWS)}.")],
    feed: Annotated[str | None, typer.Option(metavar="NAME", help="Of the feeds, read this one only.")] = None,
    as_of: AsOf = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Run one flow in this process."""
    from deployments.wiring import RunFailedError, check_feed, plain_text, run_flow, running_flows

    check_flow(flow)
    with opened(ctx) as workspace:
        settings = workspace.settings
        check_feed(settings, feed, flow)
        if as_of is not None and not dry_run:
            check_as_of(workspace.sessions, simulated=settings.is_simulated)
    failed: PenstockError | None = None
    note(f"running {flow}")
    with running_flows(settings):
        try:
            report: Any = run_flow(settings, flow, feed=feed, as_of=as_of, dry_run=dry_run)
        except RunFailedError as error:
            failed, report = error, error.report
    print_json(report) if as_json else print_line(plain_text(report))
    if failed is not None:
        raise failed
