"""A list in which there is nothing says so in a line, and prints no heads; as JSON it is an empty list."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command

EMPTY = {
    "messages that wait": (
        ["message", "list"],
        "no message is held, deferred, refused or unknown; --status accepted lists what was sent",
    ),
    "messages of a status": (["message", "list", "--status", "refused"], "no message has the status refused"),
    "handoffs": (["handoff", "list"], "no handoff is open; `penstock run pipeline` hands over what was decided since"),
    "handoffs of a status": (["handoff", "list", "--status", "review"], "no handoff has the status review"),
    "handoffs of somebody": (["handoff", "list", "--owner", "anna"], "no handoff of anna is open"),
    "handoffs of a queue": (
        ["handoff", "list", "--queue", "inside-sales", "--overdue"],
        "no handoff in inside-sales is open and past its promise",
    ),
    "quarantine": (["quarantine", "list"], "nothing waits in quarantine"),
    "quarantine of a sort": (
        ["quarantine", "list", "--feed", "inbox", "--error", "bad_date"],
        "nothing of feed inbox with error bad_date waits in quarantine",
    ),
    "quarantine that landed": (["quarantine", "list", "--replayed"], "nothing landed in the end"),
    "quarantine that is dealt with": (["quarantine", "list", "--resolved"], "nothing was dealt with by hand"),
}


@pytest.mark.parametrize("name", EMPTY)
def test_list_without_rows_says_so_in_a_line(penstock: Command, real: Path, name: str) -> None:
    arguments, said = EMPTY[name]
    lines, told = penstock(*arguments, "-w", real), penstock(*arguments, "-w", real, "--json")
    assert (lines.code, lines.out) == (0, f"{said}\n")
    assert list(told.json.values()) == [[]]


def test_workspace_without_feeds_says_how_to_name_one(penstock: Command, real: Path) -> None:
    (real / "penstock.toml").write_text("")
    ran = penstock("feed", "list", "-w", real)
    assert ran.out == "no feed is configured; name one as [feeds.NAME] in penstock.toml\n"
