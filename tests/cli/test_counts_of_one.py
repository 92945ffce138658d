"""What commands count is singular where it is one."""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.cli.simulate import print_result
from penstock.cli.status import print_held, print_held_import, print_status
from penstock.operations.simulate import SimulateResult
from penstock.operations.status import StatusResult
from penstock.operations.waits import Waits
from penstock.store.held import Held
from penstock.store.held_imports import HeldImport


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 handoff (at most 25), 1 enrolment (at most 250) at once"),
        (2, "2 handoffs (at most 25), 2 enrolments (at most 250) at once"),
    ],
)
def test_held_change_is_told(capsys: pytest.CaptureFixture[str], now: datetime, count: int, said: str) -> None:
    print_held(Held("abc", "def", now, count, count, 25, 250, ("lead 7",)))
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("count", "what", "said"),
    [
        (1, "handoffs", "feed fair: 1 handoff at once (at most 25)"),
        (2, "handoffs", "feed fair: 2 handoffs at once (at most 25)"),
        (1, "enrolments", "feed fair: 1 enrolment at once (at most 25)"),
    ],
)
def test_held_import_is_told(
    capsys: pytest.CaptureFixture[str], now: datetime, count: int, what: str, said: str
) -> None:
    print_held_import(HeldImport("fair", what, count, 25, now))
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(("runs", "said"), [(1, "1 run\n"), (2, "2 runs\n")])
def test_simulation_says_how_many_runs(capsys: pytest.CaptureFixture[str], runs: int, said: str) -> None:
    print_result(SimulateResult(runs, None, None, {"route": {"decisions": 1}}))
    assert capsys.readouterr().out == f"{said}  route       decisions 1\n"


def test_simulation_says_what_its_sums_are_made_of(capsys: pytest.CaptureFixture[str]) -> None:
    totals = {"qualify": {"decisions": 1_005, "by_branch": 1_005, "triage": 0}}
    parts = {"qualify": {"by_branch": {"nurture": 1_004, "sales": 1}, "triage": {}}}
    print_result(SimulateResult(2, None, None, totals, {}, parts))
    told = "  qualify     decisions 1,005 · by branch 1,005 (nurture: 1,004, sales: 1)\n"
    assert capsys.readouterr().out == f"2 runs\n{told}"


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, ["1 lead · 1 account · 1 due to be judged", "unknown     message 7 →"]),
        (2, ["2 leads · 2 accounts · 2 due to be judged", "unknown     messages 7, 8 →"]),
    ],
)
def test_status_counts_and_names_what_waits(
    capsys: pytest.CaptureFixture[str], now: datetime, count: int, said: list[str]
) -> None:
    none: dict[str, int] = {}
    waits = Waits(unknown=(7, 8)[:count], unknown_total=count)
    print_status(StatusResult(now, now, count, count, count, none, none, none, {}, none, none, none, none, waits))
    printed = capsys.readouterr().out
    assert [words for words in said if words not in printed] == []
