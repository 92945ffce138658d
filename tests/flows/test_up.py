"""`penstock up`, started by a script as a script would: it schedules, runs, retries, and leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.processes import free_port
from penstock.settings import Settings, load_settings
from tests.flows.conftest import SIMULATED
from tests.flows.test_flows import tables

PATIENCE = 120.0
BUSY = 503
RETRIES = "PREFECT_FLOW_DEFAULT_RETRIES"


@dataclass(frozen=True, slots=True)
class Served:
    """A running `up` and where it listens."""

    process: subprocess.Popen[bytes]
    api: str
    web: str

    def post(self, path: str, body: Any) -> Any:
        ask = partial(httpx.post, f"{self.api}{path}", json=body, timeout=30, trust_env=False)
        # Prefect says 503 while another of its own services writes to its SQLite file.
        answer = until(lambda: (said := ask()).status_code != BUSY and said, "Prefect's database to be free")
        answer.raise_for_status()
        return answer.json()

    def runs(self, **wanted: Any) -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = self.post("/flow_runs/filter", {"flow_runs": wanted})
        except httpx.ReadTimeout:
            return []  # on a machine under load; whoever waits for a run asks again
        return found

    def deployment(self, name: str) -> str:
        answer = httpx.get(f"{self.api}/deployments/name/{name}/penstock", timeout=30, trust_env=False)
        return str(answer.json()["id"])


def until(found: Callable[[], Any], what: str) -> Any:
    """Wait for something to be there."""
    end = time.monotonic() + PATIENCE
    while not (there := found()):
        assert time.monotonic() < end, f"waited {PATIENCE:.0f} s for {what}"
        time.sleep(0.3)
    return there


def working_in(folder: Path) -> list[str]:
    """The command lines of all processes that we started for a workspace."""
    needle = f"PENSTOCK_WORKSPACE={folder}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if needle in (place / "environ").read_bytes():
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def start_up(settings: Settings, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start `up` as `&` in a script does: with SIGINT ignored, and somebody else's Prefect in the environment."""
    command = [str(Path(sys.executable).with_name("penstock")), "up", "-w", str(settings.workspace), *arguments]
    foreign = os.environ | {"PREFECT_API_URL": "http://127.0.0.1:9/api"}
    with log.open("wb") as out:
        ignoring = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]
        return subprocess.Popen(ignoring, stdout=out, stderr=out, start_new_session=True, env=foreign)


@pytest.fixture(scope="module")
def lived_in(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("up") / "workspace"
    shutil.copytree(template, folder)
    (folder / "penstock.toml").write_text(SIMULATED)
    return load_settings(folder)


@pytest.fixture(scope="module")
def served(lived_in: Settings) -> Iterator[Served]:
    port, web_port, log = free_port(), free_port(), lived_in.workspace / "up.log"
    process = start_up(lived_in, log, "--port", str(port), "--web-port", str(web_port))
    try:
        until(lambda: "Stop with" in log.read_text() or process.poll() is not None, "up to be up")
        assert process.poll() is None, log.read_text()
        yield Served(process, f"http://127.0.0.1:{port}/api", f"http://127.0.0.1:{web_port}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        until(lambda: not working_in(lived_in.workspace), "everything to be gone")


def test_failed_run_retried_as_the_button_does_does_nothing_twice(served: Served, lived_in: Settings) -> None:
    reasons = lived_in.playbook / "reasons.yaml"
    right = reasons.read_text()
    reasons.write_text("reasons:\n  no-need: {title: No need, to: nurtur}\n")
    once = {"parameters": {"as_of": "2026-03-10T11:00:00Z"}, "job_variables": {"env": {RETRIES: "0"}}}
    run = served.post(f"/deployments/{served.deployment('pipeline')}/create_flow_run", once)["id"]
    until(lambda: served.runs(id={"any_": [run]}, state={"type": {"any_": ["FAILED"]}}), "the run to fail")
    before = tables(lived_in)
    assert before["messages"].count("\n") > 1
    reasons.write_text(right)
    served.post(f"/flow_runs/{run}/set_state", {"state": {"type": "SCHEDULED", "name": "AwaitingRetry"}, "force": True})
    until(lambda: served.runs(id={"any_": [run]}, state={"type": {"any_": ["COMPLETED"]}}), "the retry to complete")
    assert tables(lived_in) == before


def test_run_that_the_scheduler_made_is_seen(served: Served) -> None:
    often = {"schedule": {"interval": 15}, "active": True}
    served.post(f"/deployments/{served.deployment('pipeline')}/schedules", [often])
    done = {"state": {"type": {"any_": ["COMPLETED"]}}}
    made = until(lambda: [run for run in served.runs(**done) if run["auto_scheduled"]], "a run that the scheduler made")
    assert made[0]["deployment_id"] == served.deployment("pipeline")


def test_route_and_check_schedule_the_next_check(served: Served) -> None:
    asked = {"parameters": {"as_of": "2026-03-10T12:00:00Z"}}
    run = served.post(f"/deployments/{served.deployment('pipeline')}/create_flow_run", asked)["id"]
    until(lambda: served.runs(id={"any_": [run]}, state={"type": {"any_": ["COMPLETED"]}}), "the run to complete")
    mine = {"deployment_id": {"any_": [served.deployment("check-slas")]}}
    keys = [run["idempotency_key"] for run in served.runs(**mine) if not run["auto_scheduled"]]
    assert keys
    assert all(key.startswith("check-slas:2026-03-") for key in keys)


def test_web_app_is_served(served: Served) -> None:
    assert httpx.get(f"{served.web}/health", trust_env=False).text == "ok"


def test_sigterm_stops_everything(served: Served, lived_in: Settings) -> None:
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(60) == 0
    assert working_in(lived_in.workspace) == []
    assert not (lived_in.data / "prefect" / "up.json").exists()


def test_children_end_with_a_killed_parent(simulated: Settings, tmp_path: Path) -> None:
    process = start_up(simulated, tmp_path / "up.log", "--port", str(free_port()), "--web-port", str(free_port()))
    until(lambda: working_in(simulated.workspace), "the first child")
    process.kill()
    process.wait()
    until(lambda: not working_in(simulated.workspace), "children to end with their parent")
