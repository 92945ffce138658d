"""Exports: the columns that users script against, the same content in each format, values as promised."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import pyarrow.parquet as pq
import pytest

from penstock.operations.adopt import run_adopt
from penstock.operations.export import TABLES, export_table
from penstock.operations.export.shape import Kind
from penstock.store.engine import Sessions
from tests.cli.demo_store import DAY_ONE, components, live_through

# As the contract names them, in its order; more columns are welcome.
CONTRACT = {
    "leads": (
        "lead_id email first_name last_name title job_function seniority company account_id country region stage"
        " tier fit intent interest owner source campaign created_at updated_at"
    ),
    "accounts": "account_id name domain industry employees country region parent_id is_target owner status intent",
    "activities": (
        "activity_id lead_id account_id kind channel occurred_at received_at feed external_id source campaign asset"
        " interest text"
    ),
    "facts": "subject subject_id field value feed typed received_at",
    "scores": "subject subject_id definition fit intent as_of next_change_at version evidence",
    "decisions": (
        "decision_id subject subject_id definition decided_at stage_from stage_to tier_from tier_to branch reason"
        " version acted_at evidence"
    ),
    "handoffs": (
        "handoff_id lead_id account_id definitions queue owner tier reason created_at working_at first_contact_at"
        " status disposition rejection_reason next_step next_on"
    ),
    "clocks": "clock_id of of_id kind round started_at due_at stopped_at stopped_by",
    "escalations": "escalation_id clock_id level due_at fired_at notified",
    "outcomes": "subject subject_id kind at value currency feed",
    "enrolments": "enrolment_id lead_id sequence step status entered_at next_at exit_reason",
    "messages": (
        "message_id kind enrolment_id lead_id handoff_id clock_id sequence step to subject status rail held_until"
        " skip_reason planned_at settled_at rfc_message_id"
    ),
    "dispositions": "handoff_id answer reason actor feed received_at",
    "suppressions": "",
    "consents": "",
    "quarantine": "quarantine_id feed seen_at error record",
}
OPEN = {"offered", "working", "accepted", "review"}
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
DECIMAL = re.compile(r"-?\d+(\.\d{1,3})?")
PATTERNS: dict[Kind, re.Pattern[str]] = {"instant": ISO, "points": DECIMAL, "boolean": re.compile("true|false")}


def exported(store: Sessions, name: str, fmt: str) -> BytesIO:
    out = BytesIO()
    export_table(store, now=DAY_ONE, name=name, fmt=fmt, out=out)
    out.seek(0)
    return out


def as_csv(store: Sessions, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(exported(store, name, "csv").read().decode())))


@pytest.mark.parametrize("name", CONTRACT)
def test_columns_are_those_of_the_contract_first(store: Sessions, name: str) -> None:
    run_adopt(store, now=DAY_ONE, playbook=components())
    wanted = CONTRACT[name].split()
    heads = exported(store, name, "csv").read().decode().splitlines()[0].split(",")
    assert heads[: len(wanted)] == wanted
    assert json.load(exported(store, name, "json")) == []


def test_every_exported_table_is_in_the_contract() -> None:
    assert set(TABLES) == set(CONTRACT)


def test_a_fortnight_fills_every_table_with_values_as_promised(store: Sessions) -> None:
    live_through(store, leads=90, days=14, every=timedelta(days=1))
    for name, exported_table in TABLES.items():
        rows = as_csv(store, name)
        assert rows, name
        assert ill_formed(rows, exported_table.columns) == [], name
        check_formats_agree(store, name, rows)
    check_leads_lead(store)


def ill_formed(rows: list[dict[str, str]], columns: Mapping[str, Kind]) -> list[tuple[str, str]]:
    judged = [(column, PATTERNS[kind]) for column, kind in columns.items() if kind in PATTERNS]
    told = ((column, row[column], pattern) for row in rows for column, pattern in judged)
    return [(column, text) for column, text, pattern in told if text and not pattern.fullmatch(text)]


def check_formats_agree(store: Sessions, name: str, rows: list[dict[str, str]]) -> None:
    told: list[dict[str, Any]] = json.load(exported(store, name, "json"))
    table = pq.read_table(exported(store, name, "parquet"))
    first = next(iter(rows[0]))
    assert list(told[0]) == table.column_names == list(rows[0]), name
    assert [str(row[first]) for row in told] == [row[first] for row in rows], name
    assert [str(value) for value in table.column(first).to_pylist()] == [row[first] for row in rows], name


def check_leads_lead(store: Sessions) -> None:
    """Each lead shows the score of its leading definition: one joined to its open handoff, where there is one."""
    scores = {(r["subject_id"], r["definition"]): r for r in as_csv(store, "scores") if r["subject"] == "lead"}
    handed = {r["lead_id"]: r["definitions"].split(",") for r in as_csv(store, "handoffs") if r["status"] in OPEN}
    leads = [row for row in as_csv(store, "leads") if row["definition"]]
    shown = ("stage", "tier", "fit", "intent", "branch")
    assert [row for row in leads if any(row[c] != scores[row["lead_id"], row["definition"]][c] for c in shown)] == []
    led = [row for row in leads if row["lead_id"] in handed]
    assert led
    assert [row for row in led if row["definition"] not in handed[row["lead_id"]]] == []
