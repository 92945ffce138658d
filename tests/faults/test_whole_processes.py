"""Whole `penstock run pipeline` and `penstock up`, killed with their process group in the middle; then run again.

The workspace lives by a simulated clock, so that the run that is killed, the one after it and the undisturbed one have
the same `now`. The moment is found by looking into the store from outside.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deployments.processes import free_port
from penstock.operations.init import init_workspace
from penstock.settings import load_settings
from penstock.store.engine import open_store
from tests.faults.conftest import ALL
from tests.faults.snapshot import Record, differences, meaning, record, unknown
from tests.flows.test_up import Served, start_up, until, working_in

pytestmark = pytest.mark.faults
PENSTOCK = Path(sys.executable).with_name("penstock")
BEFORE, NOW = "2026-03-05T10:00:00Z", "2026-03-10T14:00:00Z"
SETTINGS = """\
clock = "simulated"

[feeds.vendor]
kind = "demo"
leads = 60
days = 20
start = 2026-03-02
live_from = 2026-03-02
"""
# What a step has written more of than before, once it has begun; a mail that waits is a file, see ``mails``.
SIGNS = {
    "ingest": "SELECT count(*) FROM batch",
    "qualify": "SELECT count(*) FROM decision",
    "route": "SELECT count(*) FROM handoff",
    "nurture": "SELECT count(*) FROM effect WHERE kind = 'sequence_mail'",
    "deliver": "SELECT count(*) FROM effect WHERE status = 'claimed'",
}
RUNS = list(SIGNS) if ALL else ["route"]
UPS = ["ingest", "deliver"]


def penstock(*arguments: object) -> None:
    done = subprocess.run([PENSTOCK, *map(str, arguments)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with some days behind it, at work on the next ones since."""
    folder = tmp_path_factory.mktemp("whole") / "workspace"
    init_workspace(folder, now=datetime(2026, 3, 2, tzinfo=UTC))
    (folder / "penstock.toml").write_text(SETTINGS)
    penstock("simulate", "-w", folder, "--from", BEFORE, "--to", BEFORE)
    return folder


@pytest.fixture(scope="module")
def undisturbed(lived_in: Path) -> Record:
    """What one undisturbed run leaves."""
    folder = copied(lived_in, "undisturbed")
    penstock("simulate", "-w", folder, "--from", NOW, "--to", NOW)
    return left(folder)


def copied(folder: Path, name: str) -> Path:
    shutil.copytree(folder, folder.with_name(name))
    return folder.with_name(name)


def left(folder: Path) -> Record:
    return record(open_store(f"sqlite:///{folder}/data/penstock.db"), folder / "data" / "mail")


def sign(folder: Path, step: str) -> int:
    with sqlite3.connect(f"file:{folder}/data/penstock.db?mode=ro", uri=True) as store:
        found = int(store.execute(SIGNS[step]).fetchone()[0])
    store.close()
    return found


def await_sign(folder: Path, step: str, is_over: Callable[[], bool]) -> None:
    """Wait until a step has begun to write; raises when the run is over before that."""
    before = sign(folder, step)
    while sign(folder, step) == before:
        assert not is_over(), f"the run ended before anybody saw {step}"
        time.sleep(0.001)


def kill(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Kill a process group; whatever it has started ends with it."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    until(lambda: not working_in(folder), "everything to be gone")


def end_leases(folder: Path) -> None:
    """Let a quarter of an hour pass, for those who wait for a lease to run out."""
    store = sqlite3.connect(folder / "data" / "penstock.db")
    with store:
        store.execute("UPDATE effect SET claimed_until = 0 WHERE status = 'claimed'")
    store.close()


def compare(folder: Path, wanted: Record) -> None:
    found = left(folder)
    # Mail into a folder can be repeated: the same file again.
    assert unknown(found) == frozenset()
    assert differences(meaning(found), meaning(wanted)) == []


@pytest.mark.parametrize("step", RUNS)
def test_killed_run_and_another_leave_what_one_leaves(lived_in: Path, undisturbed: Record, step: str) -> None:
    folder = copied(lived_in, f"run-{step}")
    run = [str(PENSTOCK), "run", "pipeline", "-w", str(folder), "--as-of", str(NOW)]
    with (folder / "run.log").open("wb") as log:
        process = subprocess.Popen(run, stdout=log, stderr=log, start_new_session=True)
    await_sign(folder, step, lambda: process.poll() is not None)
    kill(process, folder)
    end_leases(folder)
    penstock(*run[1:])
    compare(folder, undisturbed)


@pytest.mark.skipif(not ALL, reason="`make test` kills one whole process, `make test-faults` these too")
@pytest.mark.parametrize("step", UPS)
def test_killed_up_and_another_leave_what_one_leaves(lived_in: Path, undisturbed: Record, step: str) -> None:
    folder = copied(lived_in, f"up-{step}")
    with serve(folder) as served:
        run_pipeline(served)
        await_sign(folder, step, lambda: served.process.poll() is not None)
    end_leases(folder)
    with serve(folder) as again:
        run = run_pipeline(again)
        until(lambda: again.runs(id={"any_": [run]}, state={"type": {"any_": ["COMPLETED"]}}), "the run to complete")
        again.process.send_signal(signal.SIGTERM)
        assert again.process.wait(60) == 0
    compare(folder, undisturbed)


@contextmanager
def serve(folder: Path) -> Iterator[Served]:
    """Start `up`, and kill it with its process group in the end, unless it has ended."""
    port, web_port, log = free_port(), free_port(), folder / "up.log"
    process = start_up(load_settings(folder), log, "--port", str(port), "--web-port", str(web_port))
    try:
        until(lambda: "Stop with" in log.read_text() or process.poll() is not None, "up to be up")
        assert process.poll() is None, log.read_text()
        yield Served(process, f"http://127.0.0.1:{port}/api", f"http://127.0.0.1:{web_port}")
    finally:
        if process.poll() is None:
            kill(process, folder)


def run_pipeline(served: Served) -> str:
    asked = {"parameters": {"as_of": NOW}}
    return str(served.post(f"/deployments/{served.deployment('pipeline')}/create_flow_run", asked)["id"])
