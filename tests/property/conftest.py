"""Stores that many generated examples share: each is landed in a transaction and rolled back."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.store.engine import Sessions, open_store
from penstock.store.migrate import upgrade
from tests import postgres as pg
from tests.conftest import missing
from tests.property.landed import intern_words


@pytest.fixture(scope="module")
def stores(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[list[Sessions]]:
    """SQLite and, where it is installed, PostgreSQL, side by side: one example is judged by both."""
    place = tmp_path_factory.mktemp("both") / "store.sqlite"
    shutil.copyfile(migrated_file, place)
    opened = [open_store(f"sqlite:///{place}")]
    if pg.binaries() is not None:
        server: pg.Server = request.getfixturevalue("postgres")
        opened.append(open_store(server.url(server.migrated(upgrade))))
    elif os.environ.get("PENSTOCK_REQUIRE_POSTGRES") == "1":
        missing("POSTGRES", "there is no PostgreSQL 15 or newer here")
    for store in opened:
        with store.write() as tx:
            intern_words(tx)
    yield opened
    for store in opened:
        store.close()
