"""Workspaces on real data: their settings and playbooks stand here, their files are laid beside them for each test."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select

from penstock.mail.keyring import make_key
from penstock.operations.ingest import IngestResult
from penstock.operations.pipeline import World, units, work
from penstock.operations.simulate import run_simulate
from penstock.playbook.load import load_playbook
from penstock.settings import Settings, load_settings
from penstock.store.engine import Sessions, table
from penstock.store.tables import Effect
from penstock.store.types import Row
from tasks.world import build_world

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Workspace:
    """An opened workspace on real data."""

    settings: Settings
    world: World

    def run(self, now: datetime) -> Any:
        """Run the pipeline once, as the demo and ``simulate`` do."""
        playbook = load_playbook(self.settings.playbook)
        return run_simulate(self.world, at=[now], playbook=playbook)

    def ingest(self, now: datetime) -> IngestResult:
        """Run ingest alone and return what it says."""
        [result] = work(self.world, units(self.world, ["ingest"])[0], now=now)
        assert isinstance(result, IngestResult)
        return result

    def count(self, model: type[Row], *by: str, **where: Any) -> Counter[Any]:
        """Count the rows of a table by some columns."""
        of = table(model)
        wanted = [of.c[name] == value for name, value in where.items()]
        columns = [of.c[name] for name in by]
        counted: Select[Any] = select(*columns, func.count()).select_from(of).where(*wanted).group_by(*columns)
        with self.world.sessions.read() as tx:
            rows = [(tuple(row)[:-1], row[-1]) for row in tx.execute(counted)]
        return Counter({key[0] if len(key) == 1 else key: count for key, count in rows})

    def mails(self) -> Counter[Any]:
        """Count the mails to leads by status and skip reason."""
        return self.count(Effect, "status", "skip_reason", kind="sequence_mail")


@contextmanager
def workspace(name: str, *, data: Path, place: Path, store: Sessions) -> Iterator[Workspace]:
    """Lay the files of a data set into a copy of its workspace and open it on a store."""
    folder = place / name
    shutil.copytree(HERE / name, folder)
    shutil.copytree(data / name, folder / name)
    make_key(folder / "data" / "secret.key")
    settings = load_settings(folder)
    world = build_world(settings, store, run="real")
    yield Workspace(settings, replace(world, wall=lambda: datetime.now(UTC)))
