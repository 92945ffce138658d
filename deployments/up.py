"""Everything on one machine: Prefect server, process worker, deployments, web app; starts together, stops together.

Called by ``penstock up`` through the wiring. Stop order: worker, web app, server, so that a run can report its end.
"""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import FrameType

import httpx

from deployments.environment import STARTUP, environment
from deployments.processes import Child, ChildEndedError, is_free, is_healthy, reachable, start_server, stopping
from penstock.errors import UsageError

POOL = "penstock"
WORKER = ["prefect", "worker", "start", "--pool", POOL, "--type", "process", "--name", "up"]
Say = Callable[[str], None]


class StoppedError(Exception):
    """SIGTERM or SIGINT came: the normal way for ``up`` to end."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a workspace keeps what `up` leaves, and where it listens."""

    workspace: Path
    data: Path
    host: str
    port: int
    web_port: int
    api_url: str = ""
    """Of a server that is there already; else one is started."""

    @property
    def home(self) -> Path:
        """Prefect's own folder: its runs, logs and artifacts."""
        return self.data / "prefect"

    @property
    def logs(self) -> Path:
        """The folder of the logs of all children."""
        return self.data / "logs"

    @property
    def api(self) -> str:
        """The address of the server's API, from this machine."""
        return self.api_url or f"http://{reachable(self.host)}:{self.port}/api"

    @property
    def note(self) -> Path:
        """The file that tells other commands of this workspace where the server is."""
        return self.home / "up.json"


def up(place: Place, say: Say) -> None:
    """Run until SIGTERM or SIGINT; raises UsageError for a taken port, ChildEndedError when a child ends by itself."""
    _check_ports(place)
    with until_stopped() as pause:
        try:
            _serve(place, say, pause)
        except StoppedError:
            say("stopped")


def _check_ports(place: Place) -> None:
    wanted = [("web app", place.web_port, "--web-port")]
    wanted += [] if place.api_url else [("server", place.port, "--port")]
    for name, port, flag in wanted:
        if not is_free(place.host, port):
            raise UsageError(f"{flag}: port {port} for the {name} is taken; name another with {flag} N")


def _serve(place: Place, say: Say, pause: Callable[[float], None]) -> None:
    env = environment(place.workspace, place.home, place.api)
    children: list[Child] = []
    with stopping(children):
        if not place.api_url:
            children.append(start_server(env, place.logs, host=place.host, port=place.port, pause=pause))
        children[:0] = [Child("worker", WORKER, env, place.logs), Child("web", _web(place), env, place.logs)]
        _deploy(place, env, children, pause)
        with _noted(place):
            _tell(place, say)
            while True:
                for child in children:
                    child.check()
                pause(0.5)


def _web(place: Place) -> list[str]:
    where = ["--host", place.host, "--port", str(place.web_port)]
    return ["uvicorn", "--factory", "deployments.wiring:web_app", *where, "--log-level", "warning"]


def _deploy(place: Place, env: dict[str, str], children: list[Child], pause: Callable[[float], None]) -> None:
    """Register the deployments, once the worker has made its pool."""
    until = time.monotonic() + STARTUP
    while not httpx.get(f"{place.api}/work_pools/{POOL}", timeout=5, trust_env=False).is_success:
        children[0].check()
        if time.monotonic() > until:
            raise ChildEndedError(f"the worker made no work pool within {STARTUP} s; see {children[0].log}")
        pause(0.2)
    told = str(files("deployments") / "prefect.yaml")
    child = Child("deploy", ["prefect", "--no-prompt", "deploy", "--all", "--prefect-file", told], env, place.logs)
    children.insert(0, child)
    while child.process.poll() is None:
        pause(0.1)
    children.remove(child)
    if child.process.returncode:
        child.check()


def _tell(place: Place, say: Say) -> None:
    here = reachable(place.host)
    say(f"Prefect   {place.api.removesuffix('/api')}     runs, artifacts, schedules; a failed run is retried there")
    say(f"Web app   http://{here}:{place.web_port}     the pages behind the links of mails")
    say(f"Logs      {place.logs}")
    say("Stop with Ctrl-C or SIGTERM.")


@contextmanager
def _noted(place: Place) -> Iterator[None]:
    place.note.write_text(json.dumps({"api": place.api}))
    try:
        yield
    finally:
        place.note.unlink(missing_ok=True)


def running(home: Path) -> str | None:
    """Return the API address of the server that `up` runs for this workspace, None where none answers."""
    note = home / "up.json"
    if not note.is_file():
        return None
    api = str(json.loads(note.read_text())["api"])
    return api if is_healthy(api) else None


@contextmanager
def until_stopped() -> Iterator[Callable[[float], None]]:
    """Give a pause that raises StoppedError once SIGTERM or SIGINT came, here or while waiting."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    def pause(seconds: float) -> None:
        if stopped.wait(seconds):
            raise StoppedError

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield pause
    finally:
        for number, action in before.items():
            signal.signal(number, action)
