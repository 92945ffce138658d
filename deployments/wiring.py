"""Fills the ports of the CLI and the web app with the outer layers: flows, server, worker, connectors, web app.

The CLI imports this inside the commands that need it. What needs Prefect is imported only after the
environment of the workspace was entered, because Prefect reads its settings when it is imported.
"""

from __future__ import annotations

import asyncio
import os
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from connectors.csv_files.mapping import mapping_schema
from deployments.environment import enter, environment
from deployments.processes import Child, free_port, start_server, stopping
from deployments.up import Place, running, up
from penstock.errors import UsageError
from penstock.operations.clock import act_now, claim_now
from penstock.operations.doctor import Outside
from penstock.operations.open_checked import open_checked
from penstock.operations.pipeline import World
from penstock.ports import Feed
from penstock.settings import Settings, load_settings
from penstock.store.engine import Sessions
from tasks import world
from tasks.page import plain_text
from tasks.report import Report, RunFailedError
from tasks.world import find_feed, live_from

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = [
    "Place",
    "RunFailedError",
    "check_feed",
    "feeds",
    "live_from",
    "mapping_schema",
    "open_world",
    "outside",
    "plain_text",
    "run_flow",
    "running_flows",
    "secret_block",
    "secret_block_of_others",
    "up",
    "web_app",
]
# The flows that read feeds.
READING = ("pipeline", "ingest")
# For a server that lives as long as a command: nobody looks at it, and it schedules nothing.
OWN = {"PREFECT_SERVER_UI_ENABLED": "false", "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false"}
API = "PREFECT_API_URL"
BLOCK = "block_types/slug/secret/block_documents/name/{name}?include_secrets=true"
# Seconds; what is on its way takes a fraction of one.
DRAIN = 10


@contextmanager
def open_world(settings: Settings, *, dry_run: bool = False) -> Iterator[World]:
    """Open all that the steps of a run are given, without Prefect; raises FileError where a feed is set up wrong."""
    with world.in_workspace(settings), world.opened(dry_run=dry_run) as of:
        world.insist_on_feeds(of.world)
        yield of.world


def check_feed(settings: Settings, name: str | None, flow: str = "ingest", *, flag: str = "--feed") -> None:
    """Raise UsageError where a feed is named (by a flag, or itself) that is not configured, or the flow reads none."""
    if name is not None and flow not in READING:
        raise UsageError(f"--feed: {flow} reads no feed; {' and '.join(READING)} do")
    find_feed(name, settings.feeds, flag=flag)


def outside(settings: Settings) -> Outside:
    """Return how the doctor reaches feeds and mail."""
    return Outside(lambda sessions: world.build_feeds(settings, sessions), lambda: world.build_mailer(settings))


def feeds(settings: Settings, sessions: Sessions) -> Sequence[Feed]:
    """Return the configured feeds."""
    return world.build_feeds(settings, sessions)


@contextmanager
def running_flows(settings: Settings) -> Iterator[None]:
    """Let flows run in this process inside the block; their runs are kept in the workspace.

    They report to the server of the settings, else to that of `up` where it runs, else to one of our own for as long as
    the block goes on.
    """
    home = settings.data / "prefect"
    port = free_port()
    there = settings.prefect.api_url or running(home)
    env = environment(settings.workspace, home, there or f"http://127.0.0.1:{port}/api")
    enter(env)
    children: list[Child] = []
    with stopping(children):
        if not there:
            logs = settings.data / "logs"
            children.append(start_server(env | OWN, logs, host="127.0.0.1", port=port, meanwhile=_import_flows))
        try:
            yield
        finally:
            _send_rest()


def _import_flows() -> None:
    """Import Prefect and the flows: seconds, in which a server can start."""
    import_module("flows.pipeline")


def _send_rest() -> None:
    """Wait until logs and the events that task runs are kept by have reached the server, before it may be stopped."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    EventsWorker.drain_all(timeout=DRAIN)
    APILogWorker.drain_all(timeout=DRAIN)


def run_flow(
    settings: Settings, name: str, *, feed: str | None = None, as_of: datetime | None = None, dry_run: bool = False
) -> Report:
    """Run one flow in this process, inside ``running_flows``; raises RunFailedError, which carries its report."""
    module = name.replace("-", "_")
    flow = getattr(import_module(f"flows.{module}"), module)
    options = {"as_of": as_of, "dry_run": dry_run} | ({"feed": feed} if feed is not None else {})
    with world.in_workspace(settings):
        report: Report = asyncio.run(flow(**options))
    return report


def secret_block(workspace: Path, api_url: str, name: str) -> str:
    """Return a Secret block of the server that the settings name, else of the one that `up` runs; raises UsageError.

    Over plain HTTP: Prefect reads its settings when it is imported, which would be before ours are known.
    """
    api = api_url or running(workspace / "data" / "prefect")
    if api is None:
        raise UsageError("no Prefect server runs for this workspace; start `penstock up`")
    try:
        at = f"{api}/{BLOCK.format(name=quote(name, safe=''))}"
        # A server of ours is on this machine, where no proxy leads.
        got = httpx.get(at, timeout=10, headers=_login(), trust_env=bool(api_url))
    except httpx.HTTPError as error:
        raise UsageError(f"{api} does not answer ({error})") from error
    if not got.is_success:
        raise UsageError(f"{api} answers {got.status_code}; make the block there, under Blocks in its UI")
    return str(got.json()["data"]["value"])


def secret_block_of_others(workspace: Path, api_url: str, name: str) -> str | None:
    """Do the same for whoever is about to start the workspace's own server: blocks of that one are read later."""
    return secret_block(workspace, api_url, name) if api_url else None


def _login() -> dict[str, str]:
    if key := os.environ.get("PREFECT_API_KEY"):
        return {"Authorization": f"Bearer {key}"}
    if pair := os.environ.get("PREFECT_API_AUTH_STRING"):
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
    return {}


def web_app() -> FastAPI:
    """Return the web app of the workspace that PENSTOCK_WORKSPACE names; uvicorn calls it in a child of `up`."""
    from penstock.web.app import make_app

    # In a child of `up`, which says where its server is; the note that tells other commands comes later.
    settings = load_settings(blocks=lambda folder, api, name: secret_block(folder, api or os.environ[API], name))
    sessions = open_checked(settings.database_url)

    def clock() -> datetime:
        now = act_now(sessions, simulated=settings.is_simulated, wall=world.wall())
        claim_now(sessions, now=now, simulated=False)
        return now

    return make_app(sessions, keyring=settings.keyring(), clock=clock, overrides=settings.templates)
