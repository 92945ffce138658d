"""The page about a run: what waits and what failed, as the artifact and the terminal show it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from penstock.operations.adopt import AdoptResult
from penstock.operations.check_slas import CheckSlasResult
from penstock.operations.deliver import DeliverResult
from penstock.operations.ingest import IngestResult
from penstock.operations.nurture import NurtureResult
from penstock.operations.pipeline import Result
from penstock.operations.qualify import QualifyResult
from penstock.operations.route import RouteResult
from penstock.operations.triage import InTriage
from penstock.operations.waits import Waits
from penstock.store.held import Held
from penstock.store.held_imports import HeldImport
from tasks.page import headline, markdown
from tasks.report import Report


def test_single_messages_that_went_wrong_are_told_and_fail_no_run(now: datetime) -> None:
    said = {"refused": {"550 no such user": 2}, "unknown": {"the connection broke": 1}, "deferred": {"451 later": 3}}
    report = Report("deliver", now, waits=Waits(deferred=4))
    report.take("deliver", (DeliverResult(claimed=6, refused=2, unknown=1, deferred=3, said=said),))
    assert report.failures == []
    assert headline(report).endswith(": done")
    page = markdown(report)
    assert "waits: 4 messages put off (3 × 451 later) → `penstock message list --status deferred`" in page
    assert "failed: 2 messages refused (2 × 550 no such user) → `penstock message list --status refused`" in page
    assert "1 message of unknown fate (1 × the connection broke)" in page


def test_mails_that_a_run_took_back_or_lost_sight_of_are_told(now: datetime) -> None:
    report = Report("pipeline", now)
    ended = {"handed_over": 2, "unsubscribed": 1}
    report.take("nurture", (NurtureResult(0, 0, {}, ended, 5, 0, {"exited": 2, "suppressed": 1}),))
    report.take("deliver", (DeliverResult(claimed=1, accepted=1, abandoned=1),))
    page = markdown(report)
    assert "3 left (2 × handed over, 1 × unsubscribed), which cancelled 3 mails (2 × exited, 1 × suppressed)" in page
    assert "1 more left in flight by a run that died, now unknown → `penstock message list --status unknown`" in page


ONE = HeldImport("fair", "enrolments", 1, 25, datetime(2026, 3, 2, tzinfo=UTC), ("lead 7 (Firm): nurture",))
ONES = [
    ("adopt", AdoptResult("live", "ops", definition_is_new=True, spellings=1, queued=1),
     ["1 word read anew", "1 subject to judge again"]),
    ("adopt", AdoptResult("live", "ops", held=Held("abc", "def", ONE.held_at, 1, 1, 25, 250, ("lead 7",))),
     ["1 handoff (at most 25), 1 enrolment (at most 250)"]),
    ("ingest", IngestResult("web", rows=1, mapped=1, records=1, landed=1, leads_touched=1, accounts_new=1),
     ["1 row = 1 mapped", "1 record = 1 landed", "1 lead with news", "1 new account"]),
    ("qualify", QualifyResult(judged=1, rounds=1, scores=1, decisions=1),
     ["in 1 round ·", "1 score changed", "1 decision"]),
    ("route", RouteResult(decisions=1, handoffs=1, unrouted=1, unowned=1, held=(ONE,)),
     ["1 decision = 1 handed over", "1 has no queue", "1 lies in a queue", "1 enrolment (at most 25)"]),
    ("nurture", NurtureResult(1, 1, {}, {"replied": 1}, 1, 0, {"exited": 1}),
     ["1 decision = 1 enrolled", "1 mail planned", "which cancelled 1 mail (1 × exited)"]),
    ("check-slas", CheckSlasResult(clocks=1), ["1 clock ·"]),
]  # fmt: skip


@pytest.mark.parametrize(("step", "result", "said"), ONES, ids=[f"{step}: {said[0]}" for step, _, said in ONES])
def test_one_of_a_thing_is_told_in_the_singular(now: datetime, step: str, result: Result, said: list[str]) -> None:
    report = Report("pipeline", now)
    report.take(step, (result,))
    page = markdown(report)
    assert [words for words in said if words not in page] == []
    assert re.findall(r"\b1 \w+s\b(?! in a queue| no queue)", page) == []


def test_one_that_waits_is_told_in_the_singular(now: datetime) -> None:
    waits = Waits(unknown_total=1, refused_total=1, deferred=1, overdue=1, held_imports=(ONE,))
    page = markdown(Report("pipeline", now, waits=waits))
    assert "waits: 1 message of unknown fate" in page
    assert "1 message refused" in page
    assert "1 message put off" in page
    assert "1 enrolment of feed fair held" in page
    assert "1 handoff past its promise" in page


def test_transport_out_of_reach_fails_the_run(now: datetime) -> None:
    report = Report("deliver", now)
    report.take("deliver", (DeliverResult(claimed=1, deferred=1, failed="No session with mail.example:25"),))
    assert [(one.step, one.what, one.exit_code) for one in report.failures] == [
        ("deliver", "No session with mail.example:25", 1)
    ]


def test_list_of_those_in_triage_says_who_why_and_what_to_do(now: datetime) -> None:
    one = InTriage("lead", 7, "pumps", "triage: …", now, "Jana | Keller", 'source "x|y" is new', "add it")
    page = markdown(Report("qualify", now, waits=Waits(triage=(one,), triage_total=3)))
    assert '| lead 7 | Jana \\| Keller | pumps | source "x\\|y" is new | add it | 2026-03-02 |' in page
    assert "… and 2 more: `penstock status`" in page


def test_held_import_is_told_by_the_run_that_held_it_and_waits_on_every_page(now: datetime) -> None:
    held = HeldImport("fair", "handoffs", 120, 25, now, ("lead 7 (Firm): sales, hydraulics A",))
    report = Report("pipeline", now, waits=Waits(held_imports=(held,)))
    report.take("route", (RouteResult(held=(held,)),))
    page = markdown(report)
    assert "feed fair is held: at once it would make 120 handoffs (at most 25)" in page
    assert "first of them: lead 7 (Firm): sales, hydraulics A" in page
    assert "waits: 120 handoffs of feed fair held → `penstock playbook approve`" in page


def test_held_change_is_told_with_numbers_whom_and_what_to_do(now: datetime) -> None:
    held = Held("abc", "def", now, 120, 3, 25, 250, ("lead 7 (Firm): sales, hydraulics A", "lead 9: nurture, seals C"))
    report = Report("pipeline", now)
    report.take("adopt", (AdoptResult("live", "ops", held=held),))
    page = markdown(report)
    assert "definition abc is held: at once it would make 120 handoffs (at most 25), 3 enrolments (at most 250)" in page
    assert "first of them: lead 7 (Firm): sales, hydraulics A; lead 9: nurture, seals C" in page
    assert "`penstock playbook approve --as NAME`" in page
    assert report.failures == []
