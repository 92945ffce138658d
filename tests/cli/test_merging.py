"""`penstock lead merge` and `unmerge`: said in words and in JSON, told by show and explain, refused with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.cli.lead import merge_words, rows_words
from penstock.operations.merge import MergeResult
from tests.cli.conftest import Command
from tests.cli.test_misuse import told

WHY = ("--reason", "one card, two forms", "--by", "eva")


def test_merge_is_told_in_words_and_shown_where_it_matters(penstock: Command, lived: Path) -> None:
    ran = penstock("lead", "merge", "1", "2", *WHY, "-w", lived)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("lead 2 is merged into lead 1, with ")
    assert ran.out.endswith("; the next run decides anew\n")
    assert "lead 2 merged into it (eva: one card, two forms)" in penstock("explain", "1", "-w", lived).out
    identifiers = penstock("lead", "show", "1", "-w", lived, "--json").json["identifiers"]
    assert {one["came_with"] for one in identifiers} == {None, 2}


def test_merged_lead_leads_on(penstock: Command, lived: Path) -> None:
    penstock("lead", "merge", "1", "2", *WHY, "-w", lived)
    shown = penstock("lead", "show", "2", "-w", lived, "--json").json
    assert shown["lead_id"] == 1
    assert penstock("explain", "2", "-w", lived, "--json").json["lead"]["lead_id"] == 1


def test_merge_and_unmerge_as_json_say_what_moved(penstock: Command, lived: Path) -> None:
    merged = penstock("lead", "merge", "1", "2", *WHY, "-w", lived, "--json").json
    assert (merged["kept_id"], merged["merged_id"], merged["already"]) == (1, 2, False)
    parted = penstock("lead", "unmerge", "2", *WHY, "-w", lived, "--json").json
    assert (parted["kept_id"], parted["lead_id"], parted["moved"]) == (1, 2, merged["moved"])
    assert "taken out of it again (eva: " in penstock("explain", "1", "-w", lived).out
    assert "taken out of lead 1 again (eva: " in penstock("explain", "2", "-w", lived).out


def test_merge_said_again_changes_nothing(penstock: Command, lived: Path) -> None:
    penstock("lead", "merge", "1", "2", *WHY, "-w", lived)
    again = penstock("lead", "merge", "1", "2", *WHY, "-w", lived)
    assert (again.code, again.out) == (0, "lead 2 was merged into lead 1 before; nothing changed\n")


def test_merge_that_cannot_be_is_told_with_the_remedy(penstock: Command, lived: Path) -> None:
    penstock("lead", "merge", "1", "2", *WHY, "-w", lived)
    told(penstock("lead", "merge", "3", "3", *WHY, "-w", lived), 2, "lead 3", "two leads")
    told(penstock("lead", "merge", "3", "2", *WHY, "-w", lived), 2, "lead 2", "penstock lead unmerge 2")
    told(penstock("lead", "merge", "2", "1", *WHY, "-w", lived), 2, "cannot go into itself", "penstock lead unmerge 2")
    told(penstock("lead", "unmerge", "1", *WHY, "-w", lived), 2, "lead 1", "name the one that was merged")
    told(penstock("lead", "merge", "3", "9999", *WHY, "-w", lived), 4, '"9999"', "e-mail address")
    past = penstock("lead", "merge", "3", "4", *WHY, "--as-of", "2026-03-01", "-w", lived)
    told(past, 2, "2026-03-01", "forward only")


def test_simulation_goes_on_after_a_merge_and_its_undoing(penstock: Command, lived: Path) -> None:
    for command, day in ((("merge", "1", "2"), 21), (("unmerge", "2"), 23)):
        assert penstock("lead", *command, *WHY, "-w", lived).code == 0
        days = ("--from", f"2026-03-{day}", "--to", f"2026-03-{day + 1}", "--every", "12h")
        assert penstock("simulate", *days, "-w", lived).code == 0


@pytest.mark.parametrize(
    ("moved", "words"),
    [
        ({"activity": 2, "fact": 1, "consent": 0}, "2 activities, 1 fact"),
        ({"activity": 1, "touch": 3}, "1 activity, 3 touches"),
        ({"activity": 0}, "nothing received"),
    ],
)
def test_what_moved_is_told_as_people_count(moved: dict[str, int], words: str) -> None:
    assert rows_words(moved) == words


def test_what_a_merge_ends_and_closes_is_counted() -> None:
    assert merge_words(MergeResult(1, 2, moved={"fact": 1}, exited=1, suppressed=2)) == (
        "lead 2 is merged into lead 1, with 1 fact; 1 sequence ended; "
        "2 addresses closed as another of the same person is; the next run decides anew"
    )
