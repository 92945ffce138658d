"""A workspace for commands, and running them in this process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from penstock.cli.entry import run
from penstock.operations.init import init_workspace

DAY_ONE = datetime(2026, 3, 2, tzinfo=UTC)
SIMULATED = """\
clock = "simulated"

[feeds.vendor]
kind = "demo"
leads = 40
days = 20
start = 2026-03-02
live_from = 2026-03-02
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Ran]


@pytest.fixture
def penstock(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run a command in an empty folder of this test's own."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.delenv("PENSTOCK_WORKSPACE", raising=False)

    def call(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        code = run([str(one) for one in arguments])
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return call


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "workspace"
    init_workspace(folder, now=DAY_ONE)
    return folder


@pytest.fixture
def real(template: Path, tmp_path: Path) -> Path:
    """A workspace that lives by the real clock."""
    shutil.copytree(template, tmp_path / "real")
    return tmp_path / "real"


@pytest.fixture
def simulated(template: Path, tmp_path: Path) -> Path:
    """A workspace with a small made-up vendor, in which nothing has run yet."""
    shutil.copytree(template, tmp_path / "simulated")
    (tmp_path / "simulated" / "penstock.toml").write_text(SIMULATED)
    return tmp_path / "simulated"


@pytest.fixture(scope="session")
def lived_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lived") / "workspace"
    shutil.copytree(template, folder)
    (folder / "penstock.toml").write_text(SIMULATED)
    days = ["--from", "2026-03-02", "--to", "2026-03-20T12:00Z", "--every", "12h"]
    assert run(["simulate", "-w", str(folder), *days]) == 0
    return folder


@pytest.fixture
def lived(lived_template: Path, tmp_path: Path) -> Path:
    """A workspace with a small made-up vendor, after eighteen days."""
    shutil.copytree(lived_template, tmp_path / "lived")
    return tmp_path / "lived"
