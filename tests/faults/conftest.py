"""Stages for the kill tests: a store on each database, with the morning and noon behind it, and what the evening
gives.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from penstock.operations.pipeline import World
from penstock.store.migrate import upgrade
from tests import postgres as pg
from tests.conftest import ON_BOTH
from tests.faults.cast import EVENING
from tests.faults.snapshot import Record, record
from tests.faults.stores import FilePlace, ServerPlace, Stage
from tests.faults.world import Chunks, begin, open_world, steps

# `make test-faults` sets it; `make test` runs every boundary and a share of the rest.
ALL = os.environ.get("PENSTOCK_FAULTS") == "all"


@dataclass(frozen=True)
class Play:
    """A stage on which the evening can be played from any step, and what an undisturbed evening makes of it.

    Scenes: ``before-STEP`` is the store as an undisturbed run has it before that step, ``after`` when it has ended.
    """

    stage: Stage
    world: World
    chunks: Chunks
    wanted: Record


Rehearse = Callable[[int, Chunks], Play]


@pytest.fixture(params=ON_BOTH)
def rehearse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rehearse]:
    """Return what fills a stage, on each database in turn: (crowd, chunks) → play."""
    if request.param == "sqlite":
        file = FilePlace(tmp_path)
        upgrade(file.url)
        yield lambda crowd, chunks: play(Stage(file, tmp_path), crowd, chunks)
        return
    server: pg.Server = request.getfixturevalue("postgres")
    database = server.migrated(upgrade)
    place = ServerPlace(server, database)
    yield lambda crowd, chunks: play(Stage(place, tmp_path), crowd, chunks)
    place.close()
    server.drop(database)


def play(stage: Stage, crowd: int, chunks: Chunks) -> Play:
    """Play morning, noon and an undisturbed evening, and keep every scene of it."""
    stage.log.touch()
    begin(stage.sessions, stage.log, crowd=crowd, chunks=chunks)
    world = open_world(stage.sessions, stage.log, crowd=crowd)
    for name, step in steps(chunks).items():
        stage.keep(f"before-{name}")
        step(world, EVENING)
    stage.keep("after")
    return Play(stage, world, chunks, record(stage.sessions, stage.log))
