"""What `penstock quarantine` tells of records that landed, or that somebody dealt with otherwise."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from penstock.cli.quarantine import MOST_NAMED, print_replayed, stands
from penstock.operations.quarantine import QuarantineLine, ReplayResult
from tests.cli.conftest import Command


@pytest.fixture
def line(now: datetime) -> QuarantineLine:
    return QuarantineLine(7, "web", "forms", "form-1", now, "bad_date", "no such date", "f.csv:2", "{}", None)


def test_record_says_in_words_where_it_stands(line: QuarantineLine, now: datetime) -> None:
    said = replace(line, resolved_by="anna", resolution="typed in")
    assert stands(line) == "waits"
    assert stands(said) == "waits again; anna said last: typed in"
    assert stands(replace(said, resolved_at=now)) == "was dealt with on 2026-03-02 09:00Z by anna: typed in"
    assert stands(replace(line, replayed_at=now)) == "landed on 2026-03-02 09:00Z; nothing of it waits"


def test_replay_of_what_landed_says_when(
    line: QuarantineLine, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    print_replayed(ReplayResult(before=[replace(line, replayed_at=now)]))
    told = capsys.readouterr().out
    assert told == "record 7 landed on 2026-03-02 09:00Z; nothing of it waits\nnothing to try\n"


def test_only_the_first_are_named(line: QuarantineLine, now: datetime, capsys: pytest.CaptureFixture[str]) -> None:
    print_replayed(ReplayResult(1, 1, before=[replace(line, replayed_at=now)] * (MOST_NAMED + 2)))
    told = capsys.readouterr().out.splitlines()
    assert told[-2:] == ["… and 2 more that were passed over", "1 tried, 1 landed"]
    assert len(told) == MOST_NAMED + 2


def test_replay_where_nothing_waits_says_so(penstock: Command, lived: Path) -> None:
    penstock("quarantine", "resolve", "--feed", "vendor", "--reason", "of no use", "-w", lived)
    assert penstock("quarantine", "replay", "-w", lived).out == "nothing to try: nothing waits in quarantine\n"


def test_quarantine_that_is_dealt_with_is_said_by_whom_and_may_be_taken_back(penstock: Command, lived: Path) -> None:
    first = penstock("quarantine", "list", "-w", lived, "--json").json["quarantine"][0]["quarantine_id"]
    said = ["--reason", "typed into the CRM", "--by", "anna"]
    done = penstock("quarantine", "resolve", str(first), *said, "-w", lived)
    assert (done.code, done.out) == (0, "1 record dealt with; `penstock quarantine list --resolved` shows what is\n")
    again = penstock("quarantine", "resolve", str(first), *said, "-w", lived).out.splitlines()
    assert re.fullmatch(rf"record {first} was dealt with on 2026-03-20 .*Z by anna: typed into the CRM", again[0])
    assert again[1] == "nothing changed"
    assert again[0].partition(" was ")[2] in penstock("quarantine", "show", str(first), "-w", lived).out
    assert "anna" in penstock("quarantine", "list", "--resolved", "-w", lived).out
    back = penstock("quarantine", "resolve", str(first), "--again", "--reason", "not yet", "-w", lived)
    assert back.out == "1 record waits again\n"
    assert "waits again;" in penstock("quarantine", "show", str(first), "-w", lived).out
