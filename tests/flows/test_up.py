"""`penstock up`, started by a script as a script would: it schedules, runs, retries, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.processes import free_port
from penstock.settings import Settings

PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Served:
    """A running `up` and where it listens."""

    process: subprocess.Popen[bytes]
    api: str
    web: str

    def post(self, path: str, body: Any) -> Any:
        answer = httpx.post(f"{self.api}{path}", json=body, timeout=30, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def runs(self, **wanted: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.post("/flow_runs/filter", {"flow_runs": wanted})
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


def of_session(folder: Path) -> list[str]:
    """The command lines of all processes that work in a workspace."""
    needle = f"PENSTOCK_WORKSPACE={folder}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if needle in (place / "environ").read_bytes():
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


@pytest.fixture
def served(simulated: Settings, tmp_path: Path) -> Iterator[Served]:
    port, web_port = free_port(), free_port()
    program = Path(sys.executable).with_name("penstock")
    ports = ["--port", str(port), "--web-port", str(web_port)]
    # As `&` in a script does: SIGINT is ignored from the start.
    with (tmp_path / "up.log").open("wb") as log:
        process = subprocess.Popen(
            ["sh", "-c", 'trap "" INT; exec "$@"', "sh", program, "up", "-w", simulated.workspace, *ports],
            stdout=log, stderr=log, start_new_session=True, env={**os.environ, "PREFECT_API_URL": "http://127.0.0.1:9/api"},
        )  # fmt: skip
    try:
        until(lambda: "Stop with" in (tmp_path / "up.log").read_text() or process.poll() is not None, "up to be up")
        assert process.poll() is None, (tmp_path / "up.log").read_text()
        yield Served(process, f"http://127.0.0.1:{port}/api", f"http://127.0.0.1:{web_port}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        until(lambda: not of_session(simulated.workspace), "everything to be gone")


def test_up_runs_what_the_scheduler_made_and_stops_cleanly(served: Served, simulated: Settings) -> None:
    often = {"schedule": {"interval": 5}, "active": True}
    served.post(f"/deployments/{served.deployment('pipeline')}/schedules", [often])
    (run, *_) = until(
        lambda: [one for one in served.runs(state={"type": {"any_": ["COMPLETED"]}}) if one["auto_scheduled"]],
        "a run that the scheduler made",
    )
    assert run["deployment_id"] == served.deployment("pipeline")
    assert httpx.get(f"{served.web}/health", trust_env=False).text == "ok"
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(60) == 0
    assert of_session(simulated.workspace) == []
    assert not (simulated.data / "prefect" / "up.json").exists()


def test_killed_up_leaves_nothing_running(served: Served, simulated: Settings) -> None:
    assert of_session(simulated.workspace)
    served.process.kill()
    served.process.wait()
    until(lambda: not of_session(simulated.workspace), "children to end with their parent")
