"""`penstock demo`: a workspace with a made-up vendor, run through its days, and what to look at then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.clock import wall
from penstock.cli.output import note, print_line
from penstock.cli.root import app
from penstock.cli.simulate import progress
from penstock.counts import counted
from penstock.errors import UsageError
from penstock.operations.demo import FLOW_RUNS, DemoPlan, penstock_toml, plan_demo, worth_a_look
from penstock.operations.init import init_workspace
from penstock.operations.simulate import run_simulate
from penstock.playbook.load import load_playbook
from penstock.settings import Settings, load_settings

DEFAULT = Path("demo")


@app.command()
def demo(
    ctx: typer.Context,
    *,
    days: Annotated[int, typer.Option(min=1, max=730, help="How many days of the vendor.")] = 60,
    leads: Annotated[int, typer.Option(min=1, help="How many people come by.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another vendor.")] = 7,
) -> None:
    """Make a workspace with a made-up vendor in demo/ (or -w DIR), and run the real flows over its days."""
    folder = ctx.find_root().obj or DEFAULT
    refuse_taken(folder)
    plan = plan_demo(today=wall().date(), seed=seed, leads=leads, days=days)
    with timed("workspace"):
        settings = make(folder, plan)
    run_days(settings, plan)
    point_out(folder, settings)


def refuse_taken(folder: Path) -> None:
    """Raise UsageError where something is there already: a demo is never made over somebody's work."""
    if folder.exists() and any(folder.iterdir()):
        remedy = f"look at it with `penstock status -w {folder}`, take it away, or name another with -w DIR"
        raise UsageError(f"{folder} is there already; {remedy}")


def make(folder: Path, plan: DemoPlan) -> Settings:
    """Make the workspace, live from the vendor's day one."""
    init_workspace(folder, now=plan.day_one)
    (folder / "penstock.toml").write_text(penstock_toml(plan), encoding="utf-8")
    return load_settings(folder)


def run_days(settings: Settings, plan: DemoPlan) -> None:
    """Run the pipeline at each moment of the plan: the first and the last ones as flow runs, which the UI shows."""
    from deployments.wiring import open_world, run_flow, running_flows

    first, *rest = plan.moments
    between, last = rest[:-FLOW_RUNS], rest[-FLOW_RUNS:]
    playbook = load_playbook(settings.playbook)
    with ExitStack() as running:
        with timed("Prefect server started"):
            running.enter_context(running_flows(settings))
        with timed("flow run, history"):
            run_flow(settings, "pipeline", as_of=first)
        with timed(f"{counted(len(between), 'run')} of its steps"), open_world(settings) as world:
            run_simulate(world, at=between, playbook=playbook, tell=progress(len(between)))
        with timed(f"{counted(len(last), 'flow run')}, last days"):
            for now in last:
                run_flow(settings, "pipeline", as_of=now)


def point_out(folder: Path, settings: Settings) -> None:
    """Name three things to look at."""
    from deployments.wiring import open_world

    with open_world(settings) as world:
        lead = worth_a_look(world.sessions)
    mails = sum(1 for _ in (settings.workspace / settings.mail.folder).glob("*.eml"))
    print_line("Three things to look at:")
    print_line(f"  why a lead was handed over   penstock explain {lead} -w {folder}")
    print_line(f"  {counted(mails, 'mail'):<28} {folder / settings.mail.folder}")
    print_line(
        f"  the runs, in Prefect's UI    penstock up -w {folder}   then http://127.0.0.1:{settings.prefect.port}"
    )


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how many seconds a part took."""
    started = time.monotonic()
    yield
    note(f"{time.monotonic() - started:6.1f} s  {what}")
