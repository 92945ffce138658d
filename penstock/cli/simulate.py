"""`penstock simulate`: the pipeline's steps over a moving clock, without Prefect; in simulated workspaces only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated

import typer

from penstock.cli.clock import read_every, read_time
from penstock.cli.options import AsJson
from penstock.cli.output import note, print_json, print_line
from penstock.cli.root import app
from penstock.cli.workspace import settings_of
from penstock.counts import counted
from penstock.errors import PenstockError, UsageError
from penstock.operations.simulate import SimulateResult, moments, run_simulate
from penstock.playbook.load import load_playbook


@app.command()
def simulate(
    ctx: typer.Context,
    *,
    start: Annotated[datetime, typer.Option("--from", parser=read_time, metavar="T", help="The first moment.")],
    end: Annotated[datetime, typer.Option("--to", parser=read_time, metavar="T", help="The last moment.")],
    every: Annotated[str, typer.Option(metavar="SPAN", help="Between two runs.")] = "1h",
    as_json: AsJson = False,
) -> None:
    """Run the pipeline over a moving clock."""
    from deployments.wiring import open_world

    settings = settings_of(ctx)
    if not settings.is_simulated:
        raise UsageError(
            'simulate: this workspace lives by the real clock; write clock = "simulated" in its penstock.toml, above '
            "the first [section]"
        )
    at = moments(start, end, read_every(every))
    playbook = load_playbook(settings.playbook)
    with open_world(settings) as world:
        result = run_simulate(world, at=at, playbook=playbook, tell=progress(len(at)))
    print_json(result) if as_json else print_result(result)
    if result.failed:
        raise PenstockError(f"failed in some runs: {', '.join(result.failed)}; what came before is kept")


def progress(runs: int) -> Callable[[int, datetime], None]:
    """Return what tells each run: a line that is written over on a terminal, else one line in a hundred."""

    def tell(number: int, now: datetime) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{number} of {runs}  {now:%Y-%m-%d %H:%M}Z" + ("\n" if number == runs else ""))
        elif number % 100 == 1:
            note(f"run {number} of {runs}: {now:%Y-%m-%d %H:%M}Z")

    return tell


def print_result(result: SimulateResult) -> None:
    """Print what the runs did together, a line a step."""
    print_line(counted(result.runs, "run"))
    for step, counts in result.totals.items():
        parts = result.parts.get(step, {})
        told = (_count(name, count, parts.get(name, {})) for name, count in counts.items() if count)
        print_line(f"  {step:<11} {' · '.join(told) or 'nothing'}")


def _count(name: str, count: int, parts: Mapping[str, int]) -> str:
    """Return a count, with what it is the sum of."""
    of = ", ".join(f"{part.replace('_', ' ')}: {many:,}" for part, many in parts.items() if many)
    return f"{name.replace('_', ' ')} {count:,}" + (f" ({of})" if of else "")
