"""The pipeline as a whole, over the fake vendor: repeated it changes nothing, at rest it costs the same at any size."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, select

from penstock.operations.demo import DemoPlan, penstock_toml
from penstock.operations.init import init_workspace
from penstock.operations.pipeline import PIPELINE, World, units, work
from penstock.operations.simulate import run_simulate
from penstock.playbook.load import load_playbook
from penstock.settings import load_settings
from penstock.store.engine import Sessions
from penstock.store.types import Row
from tasks.world import build_world

START = date(2026, 2, 2)
DAY = timedelta(days=1)


def vendor(store: Sessions, folder: Path, *, leads: int, days: int) -> tuple[World, datetime]:
    """Return a world that has lived through some days with a vendor of so many leads, and its last moment."""
    plan = DemoPlan(seed=7, leads=leads, days=days, start=START)
    init_workspace(folder, starter="components", now=plan.day_one)
    (folder / "penstock.toml").write_text(penstock_toml(plan), encoding="utf-8")
    settings = load_settings(folder)
    world = build_world(settings, store)
    run_simulate(world, at=plan.moments, playbook=load_playbook(settings.playbook))
    return world, plan.moments[-1]


def run(world: World, now: datetime) -> Counter[str]:
    """Run the pipeline once and count its statements by their first words."""
    said: Counter[str] = Counter()

    def heard(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said[" ".join(statement.split()[:3])] += 1

    event.listen(world.sessions.engine, "before_cursor_execute", heard)
    try:
        for unit in units(world, PIPELINE):
            work(world, unit, now=now)
    finally:
        event.remove(world.sessions.engine, "before_cursor_execute", heard)
    return said


def rows(store: Sessions) -> dict[str, int]:
    with store.read() as tx:
        return {
            name: tx.scalar(select(func.count()).select_from(table)) or 0 for name, table in Row.metadata.tables.items()
        }


def test_second_run_at_the_same_moment_changes_nothing(store: Sessions, tmp_path: Path) -> None:
    world, now = vendor(store, tmp_path / "w", leads=60, days=4)
    before = rows(store)
    run(world, now)
    after = rows(store)
    after["batch"] = before["batch"]  # a page that brings nothing new is still on record
    assert after == before
    assert before["handoff"] > 0
    assert before["effect"] > 0


def test_unchanged_store_takes_the_same_statements_at_any_size(store: Sessions, tmp_path: Path) -> None:
    world, now = vendor(store, tmp_path / "w", leads=15, days=3)
    run(world, now)
    few = run(world, now).total()
    grown = DemoPlan(seed=7, leads=200, days=3, start=START)
    (tmp_path / "w" / "penstock.toml").write_text(penstock_toml(grown), encoding="utf-8")
    world = build_world(load_settings(tmp_path / "w"), store)
    before = rows(store)["lead"]
    run(world, now + DAY)
    run(world, now + DAY)
    assert rows(store)["lead"] > 5 * before
    assert run(world, now + DAY).total() == few
