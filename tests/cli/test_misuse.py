"""Every mistake with a flag or an argument is told in one or two lines: what, where, what to do; with its exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command, Ran

# Arguments · exit code · what is said of the place · what is said of the remedy.
MISTAKES = {
    "no such command": (["explian", "1"], 2, "explian", "penstock --help"),
    "no such flag": (["status", "--jsn"], 2, "--jsn", "--json"),
    "no such flow": (["run", "pipelin"], 2, '"pipelin"', '"pipeline"'),
    "a flow not built yet": (["run", "feedback"], 2, '"feedback" is not built yet', "the pipeline runs without it"),
    "write-back is not built yet": (["run", "write-back"], 2, "write-back", "the pipeline runs without it"),
    "a time without zone": (["explain", "1", "--as-of", "2026-03-02T10:00"], 2, "names no zone", "2026-03-02T09:00Z"),
    "no time at all": (["run", "qualify", "--as-of", "yesterday"], 2, '"yesterday"', "2026-03-02T09:00Z"),
    "no such day": (["explain", "1", "--as-of", "2026-11-31"], 2, 'no such time as "2026-11-31"', "2026-03-02T09:00Z"),
    "no such hour": (["explain", "1", "--as-of", "2026-11-30T25:00Z"], 2, "no such time", "2026-03-02T09:00Z"),
    "something after a time": (["explain", "1", "--as-of", "2026-11-30T09:00Z!"], 2, "is no time", "2026-03-02T09:00Z"),
    "no such day of a next step": (
        ["handoff", "answer", "1", "accepted", "--next-step", "Call", "--next-on", "2026-11-31"],
        2, 'no such date as "2026-11-31"', "2026-03-02"
    ),
    "no such table": (["export", "lead"], 2, '"lead"', '"leads"'),
    "no such format": (["export", "leads", "--format", "xls"], 2, '"xls"', "csv, json or parquet"),
    "parquet to the terminal": (["export", "leads", "--format", "parquet"], 2, "parquet", "--out FILE"),
    "export into nowhere": (["export", "leads", "--out", "no/such/folder.csv"], 2, "no/such/folder.csv", "folder"),
    "no such feed": (["run", "ingest", "--feed", "inbx"], 2, '"inbx"', '"inbox"'),
    "a feed for a flow that reads none": (["run", "qualify", "--feed", "inbox"], 2, "qualify reads no feed", "ingest"),
    "no feed to check": (["feed", "check", "crm"], 2, 'no feed "crm" is configured', "inbox"),
    "as-of by the real clock": (["run", "pipeline", "--as-of", "2026-03-02"], 2, "--as-of", "--dry-run"),
    "simulate by the real clock": (
        ["simulate", "--from", "2026-03-02", "--to", "2026-03-03"], 2, "simulate", 'clock = "simulated"'
    ),
    "a missing end": (["simulate", "--from", "2026-03-02"], 2, "--to", "--help"),
    "no such status of handoffs": (["handoff", "list", "--status", "ofered"], 2, '"ofered"', '"offered"'),
    "no such queue of handoffs": (["handoff", "list", "--queue", "inside-sale"], 2, '"inside-sale"', '"inside-sales"'),
    "no such owner of handoffs": (["handoff", "list", "--owner", "sofie"], 2, '"sofie"', '"sophie"'),
    "no such status of messages": (["message", "list", "--status", "unkown"], 2, '"unkown"', '"unknown"'),
    "no such answer": (["handoff", "answer", "1", "acepted"], 2, "acepted", "accepted"),
    "an answer by a stranger": (["handoff", "answer", "1", "working", "--by", "ana"], 2, '"ana"', 'mean "anna"?'),
    "no such handoff": (["handoff", "answer", "999", "working"], 4, "999", "penstock handoff list"),
    "no such lead": (["explain", "nobody@nowhere.example"], 4, "nobody@nowhere.example", "e-mail address"),
    "no such record in quarantine": (["quarantine", "show", "12"], 4, "12", "penstock quarantine list"),
    "dealt with without a reason": (["quarantine", "resolve", "1"], 2, "reason", "--reason TEXT"),
    "dealt with, but nothing chosen": (["quarantine", "resolve", "--reason", "sums"], 2, "say which", "--feed NAME"),
    "no such record to deal with": (["quarantine", "resolve", "12", "--reason", "x"], 4, "12", "quarantine list"),
    "no number where one belongs": (["quarantine", "show", "first"], 2, "'ID'", "that is no whole number"),
    "no such kind of touch": (["lead", "touch", "1", "fax"], 2, '"fax"', "call"),
    "a lift without reason": (["lead", "lift", "1", "student"], 2, "reason", "--reason"),
    "a merge without reason": (["lead", "merge", "1", "2"], 2, "reason", "--reason"),
    "a merge of one": (["lead", "merge", "1"], 2, "MERGED", "--help"),
    "a merge with nobody": (["lead", "merge", "1", "2", "--reason", "same"], 4, '"1"', "e-mail address"),
    "an unmerge without reason": (["lead", "unmerge", "1"], 2, "reason", "--reason"),
    "an unmerge of nobody": (["lead", "unmerge", "7", "--reason", "other"], 4, '"7"', "e-mail address"),
    "a promotion without reason": (["lead", "promote", "1"], 2, "reason", "--reason"),
    "no such sequence": (["message", "preview", "hydralics", "first", "--lead", "1"], 4, "hydralics", "hydraulics"),
    "no such message": (["message", "resolve", "7", "accepted", "--reason", "log"], 4, "7", "penstock message list"),
    "no such dialect": (["playbook", "sql", "--dialect", "mysql"], 2, '"mysql"', "postgresql"),
    "no such definition": (["playbook", "sql", "hydraulic"], 2, '"hydraulic"', '"hydraulics"'),
    "no such part of the schema": (["playbook", "schema", "sequences"], 2, '"sequences"', "sections"),
    "no such version": (["playbook", "diff", "live", "abcd99"], 4, '"abcd99"', "the beginning of a hash"),
    "an agreement of nobody": (["playbook", "approve"], 2, "agreement", "--as NAME"),
    "no such example": (["playbook", "test", "asks-for-quote"], 2, '"asks-for-quote"', '"asks-for-a-quote"'),
    "a port that is none": (["up", "--port", "99999"], 2, "'--port'", "65535"),
}  # fmt: skip


def told(ran: Ran, code: int, *said: str) -> None:
    lines = ran.err.strip().splitlines()
    assert (ran.code, ran.out) == (code, "")
    assert 1 <= len(lines) <= 2, ran.err
    assert [part for part in said if part not in ran.err] == [], ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("name", MISTAKES)
def test_misuse_is_told_with_place_and_remedy(penstock: Command, real: Path, name: str) -> None:
    arguments, code, place, remedy = MISTAKES[name]
    told(penstock("-w", real, *arguments), code, place, remedy)


def test_no_workspace_around_is_told(penstock: Command) -> None:
    told(penstock("status"), 2, "penstock.toml", "penstock init DIR")


def test_workspace_that_is_none_is_told(penstock: Command, tmp_path: Path) -> None:
    told(penstock("status", "-w", tmp_path), 4, str(tmp_path), "penstock init")


def test_store_without_tables_is_told(penstock: Command, real: Path) -> None:
    (real / "data" / "penstock.db").unlink()
    told(penstock("status", "-w", real), 3, "no tables", "penstock store upgrade")


def test_store_that_is_no_database_is_told(penstock: Command, real: Path) -> None:
    for file in (real / "data").glob("penstock.db*"):
        file.unlink()
    (real / "data" / "penstock.db").write_text("not a database, by far" * 100)
    told(penstock("status", "-w", real), 1, "not a database", "[database] url")


def test_demo_refuses_a_folder_that_is_taken(penstock: Command, real: Path) -> None:
    told(penstock("demo", "-w", real), 2, str(real), "-w DIR")


def test_init_refuses_an_unknown_starter(penstock: Command, tmp_path: Path) -> None:
    told(penstock("init", tmp_path / "new", "--starter", "component"), 2, '"component"', "components")


def test_broken_playbook_is_told_with_file_and_line(penstock: Command, real: Path) -> None:
    (real / "playbook" / "reasons.yaml").write_text("reasons:\n  no-need: {title: No need, to: nurtur}\n")
    told(penstock("playbook", "check", "-w", real), 3, "playbook/reasons.yaml:2", "nurture")


def test_simulated_clock_never_goes_back(penstock: Command, lived: Path) -> None:
    back = ["simulate", "--from", "2026-03-02", "--to", "2026-03-03"]
    told(penstock(*back, "-w", lived), 2, "--from 2026-03-02", "forward only", "name that or a later time")


def test_simulation_that_ends_before_it_begins_is_told(penstock: Command, simulated: Path) -> None:
    told(penstock("simulate", "--from", "2026-03-05", "--to", "2026-03-03", "-w", simulated), 2, "--to", "--from")


def test_business_hours_are_no_step_of_a_clock(penstock: Command, simulated: Path) -> None:
    days = ["--from", "2026-03-02", "--to", "2026-03-03", "--every", "2 business hours"]
    told(penstock("simulate", *days, "-w", simulated), 2, '"2 business hours"', "1h")


def test_feed_named_without_a_flag_is_not_told_of_one(penstock: Command, real: Path) -> None:
    assert penstock("-w", real, "feed", "check", "crm").err.startswith('no feed "crm" is configured')
    assert penstock("-w", real, "run", "ingest", "--feed", "crm").err.startswith('--feed: no feed "crm" is configured')
