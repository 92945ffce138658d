"""What commands do and print: lines for people, one JSON object for scripts; the next run sees what a person did."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.cli.root import hoisted
from tests.cli.conftest import Command

LOOKS = {
    "status": ["status"],
    "explain": ["explain", "1"],
    "lead show": ["lead", "show", "1"],
    "handoff list": ["handoff", "list"],
    "message list": ["message", "list", "--status", "accepted"],
    "message preview": ["message", "preview", "general", "line-card", "--lead", "1"],
    "quarantine list": ["quarantine", "list"],
    "feed list": ["feed", "list"],
    "playbook check": ["playbook", "check"],
    "doctor": ["doctor"],
}


def test_importing_the_command_line_imports_no_prefect() -> None:
    code = (
        "import sys, penstock.cli.entry as e; e.run(['--help']); assert not {'prefect', 'fastapi'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize("name", LOOKS)
def test_looking_prints_lines_or_one_json_object(penstock: Command, lived: Path, name: str) -> None:
    lines, told = penstock(*LOOKS[name], "-w", lived), penstock("-w", lived, *LOOKS[name], "--json")
    assert (lines.code, told.code) == (0, 0), lines.err + told.err
    assert lines.out.strip()
    assert isinstance(told.json, dict)


@pytest.mark.parametrize(
    ("given", "first"),
    [
        (["status", "-w", "here"], ["-w", "here", "status"]),
        (["lead", "show", "--workspace=here", "1"], ["--workspace=here", "lead", "show", "1"]),
        (["lead", "touch", "1", "call", "--note", "x", "--", "-w", "y"], ["lead", "touch", "1", "call"]),
    ],
)
def test_workspace_is_taken_before_or_after_the_command(given: list[str], first: list[str]) -> None:
    assert hoisted(given)[: len(first)] == first


def test_export_writes_the_file_whole(penstock: Command, lived: Path, tmp_path: Path) -> None:
    out = tmp_path / "leads.json"
    ran = penstock("export", "leads", "--format", "json", "--out", out, "-w", lived)
    assert (ran.code, ran.out) == (0, "")
    assert str(len(json.loads(out.read_text()))) in ran.err
    assert list(tmp_path.glob(".*")) == []


def test_answer_by_hand_is_seen_by_the_next_run(penstock: Command, lived: Path) -> None:
    handoff = penstock("handoff", "list", "--status", "offered", "-w", lived, "--json").json["handoffs"][0]
    agreed = ["--next-step", "technical call", "--next-on", "2026-04-01", "--by", "anna"]
    done = penstock("handoff", "answer", str(handoff["handoff_id"]), "accepted", *agreed, "-w", lived, "--json")
    assert done.json["status"] == "accepted"
    run = ["simulate", "--from", "2026-03-20T13:00Z", "--to", "2026-03-20T13:00Z", "-w", lived]
    assert penstock(*run).code == 0
    leads = penstock("export", "leads", "--format", "json", "-w", lived).json
    assert next(lead["stage"] for lead in leads if lead["lead_id"] == handoff["subject_id"]) == "sql"


def test_answer_given_twice_in_one_moment_says_so(penstock: Command, lived: Path) -> None:
    handoff = penstock("handoff", "list", "--status", "offered", "-w", lived, "--json").json["handoffs"][0][
        "handoff_id"
    ]
    said = ["handoff", "answer", str(handoff), "working", "--by", "Anna Vogt", "--as-of", "2026-03-21"]
    told = [penstock(*said, "-w", lived) for _ in range(2)]
    assert [ran.code for ran in told] == [0, 0]
    assert told[0].out == f"handoff {handoff} is working\n"
    assert told[1].out == f"handoff {handoff} was answered working in this very moment already; nothing changed\n"
    rows = penstock("export", "dispositions", "--format", "json", "-w", lived).json
    assert [row["actor"] for row in rows if row["handoff_id"] == handoff] == ["anna"]


def test_accepting_without_a_next_step_is_refused(penstock: Command, lived: Path) -> None:
    handoff = penstock("handoff", "list", "--status", "offered", "-w", lived, "--json").json["handoffs"][0]
    ran = penstock("handoff", "answer", str(handoff["handoff_id"]), "accepted", "-w", lived)
    assert ran.code == 2
    assert "--next-step" in ran.err


def test_touch_by_hand_is_the_first_contact(penstock: Command, lived: Path) -> None:
    handoff = penstock("handoff", "list", "--status", "offered", "-w", lived, "--json").json["handoffs"][0]
    done = penstock("lead", "touch", str(handoff["subject_id"]), "call", "--note", "reached", "-w", lived, "--json")
    assert done.json["handoffs"] >= 1
    rows = penstock("export", "handoffs", "--format", "json", "-w", lived).json
    assert next(row["first_contact_at"] for row in rows if row["handoff_id"] == handoff["handoff_id"])


def test_promotion_by_hand_becomes_a_handoff(penstock: Command, lived: Path) -> None:
    leads = penstock("export", "leads", "--format", "json", "-w", lived).json
    lead = next(lead["lead_id"] for lead in leads if lead["stage"] in {"lead", "engaged", "nurture"})
    promoted = ["lead", "promote", str(lead), "--reason", "met at the fair", "--definition", "hydraulics"]
    assert penstock(*promoted, "-w", lived).code == 0
    assert penstock("simulate", "--from", "2026-03-20T13:00Z", "--to", "2026-03-20T13:00Z", "-w", lived).code == 0
    handoffs = penstock("handoff", "list", "-w", lived, "--json").json["handoffs"]
    assert lead in {handoff["subject_id"] for handoff in handoffs}


def test_quarantine_is_shown_and_replayed(penstock: Command, lived: Path) -> None:
    waiting = penstock("quarantine", "list", "-w", lived, "--json").json["quarantine"]
    assert waiting
    shown = penstock("quarantine", "show", str(waiting[0]["quarantine_id"]), "-w", lived)
    assert waiting[0]["error"] in shown.out
    replayed = penstock("quarantine", "replay", "-w", lived, "--json").json
    assert replayed["tried"] == len(waiting) == replayed["replayed"] + sum(replayed["still"].values())


def test_playbook_is_shown_compiled_and_described(penstock: Command, real: Path) -> None:
    assert "Who they are: fit, at most 60" in penstock("playbook", "show", "-w", real).out
    out = real / "page.html"
    assert penstock("playbook", "show", "--html", "--out", out, "-w", real).code == 0
    assert "By example" in out.read_text(encoding="utf-8")
    for dialect in ("sqlite", "postgresql"):
        sql = penstock("playbook", "sql", "hydraulics", "--dialect", dialect, "-w", real).out
        assert sql.startswith("-- hydraulics\n")
        assert "POSTCOMPILE" not in sql
    assert penstock("playbook", "schema", "sections").json["$schema"].startswith("https://json-schema.org")


def test_init_may_be_repeated_and_runs_as_it_is(penstock: Command, tmp_path: Path) -> None:
    for _ in range(2):
        assert penstock("init", tmp_path / "new", "--starter", "equipment").code == 0
    assert penstock("doctor", "-w", tmp_path / "new").code == 0
    assert penstock("store", "upgrade", "-w", tmp_path / "new").out.endswith("as before\n")


def test_doctor_names_each_part_that_is_wrong(penstock: Command, lived: Path) -> None:
    (lived / "data" / "secret.key").chmod(0o644)
    (lived / "templates" / "email").mkdir(parents=True)
    (lived / "templates" / "email" / "layout.txt").write_text("{% if %}")
    ran = penstock("doctor", "-w", lived, "--json")
    wrong = [one["part"] for one in ran.json["findings"] if not one["ok"]]
    assert (ran.code, wrong) == (3, ["keys", "templates"])
    assert "chmod 600" in json.dumps(ran.json)


def test_doctor_tries_the_mail_server(penstock: Command, real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TRANSPORT": "smtp", "HOST": "127.0.0.1", "PORT": "1", "SECURITY": "none"}.items():
        monkeypatch.setenv(f"PENSTOCK_MAIL_{name}", value)
    monkeypatch.setenv("PENSTOCK_WEB_ADDRESS", "https://mail.example")
    ran = penstock("doctor", "-w", real, "--json")
    (mail,) = [one for one in ran.json["findings"] if one["part"] == "mail"]
    assert (ran.code, mail["ok"]) == (3, False)
    assert "No session with 127.0.0.1:1: " in mail["said"]
    assert "; check host, port and security in [mail]" in mail["said"]


def test_dry_run_in_this_process_reports_and_changes_nothing(penstock: Command, lived: Path) -> None:
    before = penstock("status", "-w", lived, "--json").json
    program = [
        str(Path(sys.executable).with_name("penstock")),
        "run",
        "pipeline",
        "-w",
        str(lived),
        "--dry-run",
        "--json",
    ]
    ran = subprocess.run([*program, "--as-of", "2026-03-22T09:00Z"], capture_output=True, text=True, check=True)
    adopted, ingested, *_ = json.loads(ran.stdout)["results"]
    assert (adopted["step"], ingested["step"], ingested["result"]["feed"]) == ("adopt", "ingest", "vendor")
    assert penstock("status", "-w", lived, "--json").json == before


def test_failed_run_tells_what_failed_without_a_traceback(lived: Path) -> None:
    (lived / "playbook" / "reasons.yaml").write_text("reasons:\n  no-need: {title: No need, to: nurtur}\n")
    program = [str(Path(sys.executable).with_name("penstock")), "run", "qualify", "-w", str(lived)]
    ran = subprocess.run(program, capture_output=True, text=True, check=False)
    assert ran.returncode == 3
    assert "Traceback" not in ran.stderr
    assert "playbook/reasons.yaml:2" in ran.stderr
    assert "failed: adopt" in ran.stdout


def test_status_names_the_files_that_no_mapping_takes(penstock: Command, lived: Path) -> None:
    with (lived / "penstock.toml").open("a", encoding="utf-8") as file:
        file.write('\n[feeds.inbox]\nkind = "csv"\npath = "inbox"\nmapping = "mappings"\n')
    (lived / "inbox" / "Leads (2).xlsx").write_text("x")
    assert (
        "no mapping  feed inbox: Leads (2).xlsx → write one, or move them away" in penstock("status", "-w", lived).out
    )
    assert penstock("status", "-w", lived, "--json").json["untaken"] == {"inbox": ["Leads (2).xlsx"]}


def test_examples_are_tried_and_differences_told(penstock: Command, real: Path) -> None:
    ran = penstock("playbook", "test", "-w", real)
    assert (ran.code, ran.out) == (0, "15 of 15 examples are as expected\n")
    path = real / "playbook" / "examples.yaml"
    path.write_text(path.read_text().replace("{tier: A, branch: sales, stage: mql, fit: 60, ", "{tier: B, fit: 60, "))
    ran = penstock("playbook", "test", "asks-for-a-quote", "student", "-w", real)
    assert ran.code == 3
    assert "playbook/examples.yaml:4: asks-for-a-quote: " in ran.out
    assert "  hydraulics: tier is A, expected B\n" in ran.out
    assert ran.err == "1 not as expected; mend the playbook, or the example\n"
    told = penstock("playbook", "test", "asks-for-a-quote", "--json", "-w", real).json
    assert [one["what"] for one in told["examples"][0]["differences"]] == ["tier"]


def test_check_says_where_trust_names_no_feed(penstock: Command, real: Path) -> None:
    place = real / "playbook" / "vocabulary.yaml"
    place.write_text(place.read_text(encoding="utf-8").replace("[crm, inbox]", "[crm, inbx]"), encoding="utf-8")
    ran = penstock("playbook", "check", "-w", real)
    assert (ran.code, ran.out) == (0, "the playbook is in order (1 oddity)\n")
    assert ran.err == 'odd: playbook/vocabulary.yaml:5: there is no feed "inbx"; did you mean inbox?\n'


def test_check_reads_the_examples_too(penstock: Command, real: Path) -> None:
    path = real / "playbook" / "examples.yaml"
    path.write_text(path.read_text().replace("did: rfq_submitted", "did: rfq_submited", 1))
    ran = penstock("playbook", "check", "-w", real)
    assert (ran.code, ran.out) == (3, "")
    assert 'examples.yaml:9: there is no activity kind "rfq_submited"; did you mean rfq_submitted?' in ran.err


def test_change_is_told_in_words_and_in_leads(penstock: Command, lived: Path, tmp_path: Path) -> None:
    shutil.copytree(lived / "playbook", tmp_path / "new")
    path = tmp_path / "new" / "definitions" / "hydraulics.yaml"
    path.write_text(path.read_text().replace("needs: {fit: 10, intent: 5}", "needs: {fit: 10, intent: 50}"))
    ran = penstock("playbook", "diff", "live", tmp_path / "new", "-w", lived)
    assert ran.code == 0, ran.err
    assert "  hydraulics: tier C: needs intent 5 → 50\n" in ran.out
    assert re.search(r"  hydraulics: 0 up, ([1-9]\d*) down of \d+ \(C → none: \1\)", ran.out), ran.out
    assert re.search(r"  down lead \d+ .* hydraulics C → none .*: C asks now intent 50, has", ran.out), ran.out
    told = penstock("playbook", "diff", "live", tmp_path / "new", "--json", "-w", lived).json
    assert told["changes"] == ["hydraulics: tier C: needs intent 5 → 50"]
    assert 1 <= len(told["leads"]["telling"]) <= 10
    same = penstock("playbook", "diff", "live", lived, "-w", lived)
    assert (same.code, same.out.splitlines()[-1]) == (0, "  nothing changes")
    assert "definition" in penstock("playbook", "diff", told["old"].split()[1], "live", "-w", lived).out


def test_held_change_is_told_until_somebody_agrees(penstock: Command, lived: Path) -> None:
    place = lived / "playbook" / "definitions" / "hydraulics.yaml"
    company = lived / "playbook" / "company.yaml"
    company.write_text(company.read_text() + "\nguard: {enrolments: 0, handoffs: 0}\n")
    at = "2026-03-20T13:00Z"
    assert penstock("simulate", "--from", at, "--to", at, "-w", lived).code == 0
    place.write_text(place.read_text().replace("needs: {fit: 10, intent: 5}", "needs: {fit: -20, intent: 1}"))
    at = "2026-03-20T14:00Z"
    assert penstock("simulate", "--from", at, "--to", at, "-w", lived).code == 0
    assert "held change definition " in penstock("status", "-w", lived).out
    assert "held since 20 Mar 2026" in penstock("playbook", "show", "-w", lived).out
    ran = penstock("playbook", "approve", "--as", "Eva Lang", "-w", lived)
    assert ran.out.startswith("Eva Lang agrees to definition ")
    assert ran.out.endswith("; what was held goes on with the next run\n")
    at = "2026-03-20T15:00Z"
    assert penstock("simulate", "--from", at, "--to", at, "-w", lived).code == 0
    assert "held change" not in penstock("status", "-w", lived).out
    assert "Eva Lang on 20 Mar 2026" in penstock("playbook", "show", "-w", lived).out
