"""One Prefect server for the whole session, and workspaces for flows to work in.

Test files are the workers' shares (``--dist loadfile``), so that each server is started once.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from penstock.operations.init import init_workspace
from penstock.settings import Settings, load_settings
from tasks.report import Report
from tasks.world import in_workspace

HERE = Path(__file__).parent
DAY_ONE = datetime(2026, 3, 2, tzinfo=UTC)
SIMULATED = """\
clock = "simulated"

[feeds.vendor]
kind = "demo"
leads = 100
days = 20
start = 2026-03-02
live_from = 2026-03-02
"""
MARKS = (
    pytest.mark.flows,
    # Prefect leaves sockets and event loops of its clients to the garbage collector; nothing of ours does.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            for mark in MARKS:
                item.add_marker(mark)


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A server on a port of its own; Prefect is imported here and not before, with its home in a temporary folder."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        monkeypatch.setenv("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
        monkeypatch.setenv("PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW", "ignore")
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=120):
            yield


@dataclass(frozen=True, slots=True)
class Ran:
    """A flow run as Prefect keeps it, with what it reported or raised."""

    report: Report | None
    error: BaseException | None
    id: Any
    state: str

    def count(self) -> int:
        """The task runs of its last attempt."""
        from prefect.client.orchestration import get_client
        from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

        with get_client(sync_client=True) as client:
            mine = FlowRunFilter(id=FlowRunFilterId(any_=[self.id]))
            return len(client.read_task_runs(flow_run_filter=mine, limit=200))

    def attempts(self) -> int:
        """How often it was begun."""
        from prefect.client.orchestration import get_client

        with get_client(sync_client=True) as client:
            return int(client.read_flow_run(self.id).run_count)

    def artifact(self) -> str:
        """The text of the artifact that it left."""
        from prefect.client.orchestration import get_client
        from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

        with get_client(sync_client=True) as client:
            mine = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[self.id]))
            # Prefect keeps an artifact without a key for what a run returned.
            (found,) = [one for one in client.read_artifacts(artifact_filter=mine) if one.key]
        return str(found.data)


Start = Callable[..., Ran]


@pytest.fixture
def start(prefect_server: None) -> Start:
    """Run a flow by its name in a workspace."""

    def run(settings: Settings, name: str, *, retries: int = 0, **options: Any) -> Ran:
        module = name.replace("-", "_")
        flow = getattr(import_module(f"flows.{module}"), module).with_options(retries=retries, retry_delay_seconds=0)
        with in_workspace(settings):
            state = asyncio.run(flow(**options, return_state=True))
        result = asyncio.run(state.aresult(raise_on_failure=False))
        failed = isinstance(result, BaseException)
        run_id = state.state_details.flow_run_id
        return Ran(None if failed else result, result if failed else None, run_id, state.name)

    return run


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "workspace"
    init_workspace(folder, now=DAY_ONE)
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    """The folder of a workspace that lives by the real clock, with an empty inbox."""
    shutil.copytree(template, tmp_path / "workspace")
    shutil.rmtree(tmp_path / "workspace" / "inbox")
    (tmp_path / "workspace" / "inbox").mkdir()
    return tmp_path / "workspace"


@pytest.fixture
def simulated(folder: Path) -> Settings:
    """The settings of a workspace with a small made-up vendor."""
    (folder / "penstock.toml").write_text(SIMULATED)
    return load_settings(folder)
