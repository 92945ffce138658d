"""What goes wrong below a command is said in a line, too."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from penstock.operations.init import init_workspace
from tests.cli.conftest import DAY_ONE, Command


def test_store_that_fails_is_said_in_a_line(penstock: Command, tmp_path: Path) -> None:
    init_workspace(tmp_path / "w", starter="components", now=DAY_ONE)
    with sqlite3.connect(tmp_path / "w" / "data" / "penstock.db") as store:
        store.execute("ALTER TABLE handoff RENAME TO gone")
    ran = penstock("handoff", "list", "-w", tmp_path / "w")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "the store failed: no such table: handoff; try again, or see what `penstock doctor` says\n"
