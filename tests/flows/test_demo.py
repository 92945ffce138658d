"""The demo as a newcomer runs it: no account, no network, and everything that the product does occurs in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from penstock.operations.export import TABLES, export_table
from penstock.playbook.load import load_playbook
from penstock.settings import Settings, load_settings
from penstock.store.engine import open_store

STAGES = {"lead", "mql", "working", "sql", "opportunity", "customer", "nurture", "triage", "disqualified"}
BRANCHES = {"sales", "nurture", "triage", "out", "none", "baseline"}
Exports = dict[str, list[dict[str, Any]]]


def run_demo(folder: Path, *arguments: str) -> tuple[Settings, subprocess.CompletedProcess[str]]:
    """Run the command where any way out of this machine leads nowhere."""
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    command = [str(Path(sys.executable).with_name("penstock")), "demo", "-w", str(folder), *arguments]
    ran = subprocess.run(command, env=os.environ | nowhere, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return load_settings(folder), ran


def exports(settings: Settings) -> Exports:
    sessions = open_store(settings.database_url)
    found: Exports = {}
    try:
        for name in TABLES:
            out = BytesIO()
            export_table(sessions, now=datetime(2026, 3, 2, tzinfo=UTC), name=name, fmt="json", out=out)
            found[name] = json.loads(out.getvalue())
    finally:
        sessions.close()
    return found


def values(rows: list[dict[str, Any]], column: str) -> set[Any]:
    return {row[column] for row in rows}


def test_everything_occurs_in_the_demo(tmp_path: Path) -> None:
    settings, ran = run_demo(tmp_path / "demo")
    told, playbook = exports(settings), load_playbook(settings.playbook)
    assert values(told["leads"], "stage") >= STAGES
    assert values(told["decisions"], "branch") >= BRANCHES
    assert values(told["handoffs"], "queue") == set(playbook.operations.queues)
    assert values(told["escalations"], "level") >= {0, 1, 2}
    for name, definition in playbook.deciding.definitions.items():
        mine = [row for row in told["scores"] if row["definition"] == name]
        assert values(mine, "tier") >= set(definition.tiers)
    assert values(told["messages"], "status") >= {"accepted", "cancelled"}
    assert values(told["messages"], "skip_reason") >= {"no_address", "no_consent", "suppressed"}
    assert 0.95 * 2000 <= len(told["leads"]) <= 2000
    check_things_to_look_at(settings, ran.stdout)


def check_things_to_look_at(settings: Settings, printed: str) -> None:
    lead = int(printed.split("penstock explain ")[1].split(maxsplit=1)[0])
    command = [str(Path(sys.executable).with_name("penstock")), "explain", str(lead), "-w", str(settings.workspace)]
    explained = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "sales" in explained
    assert len(list((settings.data / "mail").glob("*.eml"))) > 1000
    assert "penstock up -w" in printed
    assert (settings.data / "prefect" / "prefect.db").is_file()


def test_small_demo_has_rows_in_every_table(tmp_path: Path) -> None:
    settings, _ = run_demo(tmp_path / "demo", "--days", "20", "--leads", "300")
    assert [name for name, rows in exports(settings).items() if not rows] == []
