"""Flows: thin, repeatable, few task runs, and what fails in them holds back nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from connectors.smtp import Options, SmtpMailer
from penstock.errors import FeedError, UsageError
from penstock.operations.adopt import AdoptResult
from penstock.operations.deliver import DeliverResult
from penstock.operations.export import TABLES, export_table
from penstock.operations.ingest import IngestResult
from penstock.operations.qualify import QualifyResult
from penstock.operations.simulate import run_simulate
from penstock.playbook.load import load_playbook
from penstock.ports import Feed
from penstock.records import Page
from penstock.settings import Settings, load_settings
from penstock.store.engine import Sessions, open_store
from tasks import world
from tasks.report import RunFailedError
from tests.flows.conftest import DAY_ONE, Start

DAYS = [DAY_ONE + timedelta(days=day, hours=9) for day in range(3)]
MOST_TASK_RUNS = 40


def tables(settings: Settings) -> dict[str, str]:
    """Every exported table, as text."""
    sessions = open_store(settings.database_url)
    try:
        return {name: exported(sessions, name) for name in TABLES}
    finally:
        sessions.close()


def exported(sessions: Sessions, name: str) -> str:
    out = BytesIO()
    export_table(sessions, now=datetime(2026, 3, 2, tzinfo=UTC), name=name, fmt="csv", out=out)
    return out.getvalue().decode()


def test_second_pipeline_run_at_the_same_now_changes_nothing(start: Start, simulated: Settings) -> None:
    runs = [start(simulated, "pipeline", as_of=now) for now in DAYS]
    assert [run.state for run in runs] == ["Completed"] * len(DAYS)
    before = tables(simulated)
    again = start(simulated, "pipeline", as_of=DAYS[-1])
    assert tables(simulated) == before
    assert again.count() == runs[-1].count() <= MOST_TASK_RUNS


def test_flows_and_simulation_give_the_same(start: Start, simulated: Settings, tmp_path: Path) -> None:
    shutil.copytree(simulated.workspace, tmp_path / "other")
    other = load_settings(tmp_path / "other")
    for now in DAYS:
        start(simulated, "pipeline", as_of=now)
    with world.in_workspace(other), world.opened() as of:
        run_simulate(of.world, at=DAYS, playbook=load_playbook(other.playbook))
    assert tables(simulated) == tables(other)


def test_steps_one_by_one_give_what_the_pipeline_gives(start: Start, simulated: Settings, tmp_path: Path) -> None:
    shutil.copytree(simulated.workspace, tmp_path / "other")
    other = load_settings(tmp_path / "other")
    start(simulated, "pipeline", as_of=DAYS[0])
    for step in ("ingest", "qualify", "route", "nurture", "check-slas", "deliver"):
        assert start(other, step, as_of=DAYS[0]).state == "Completed"
    assert tables(simulated) == tables(other)


class BrokenFeed:
    """A feed that fails as soon as it is read."""

    name = "broken"

    def streams(self) -> Sequence[str]:
        return ["rows"]

    def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:
        raise FeedError("feed broken: the far side is down")

    def untaken(self) -> Sequence[str]:
        return []

    def check(self) -> str:
        raise FeedError("feed broken: the far side is down")

    def reread(self, stream: str, raw: str, place: str) -> Page:
        raise NotImplementedError


def test_failing_feed_holds_back_no_other_and_the_run_fails_after_its_artifact(
    start: Start, simulated: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = world.build_feeds

    def with_broken(settings: Settings, sessions: Sessions) -> Sequence[Feed]:
        return [BrokenFeed(), *build(settings, sessions)]

    monkeypatch.setattr(world, "build_feeds", with_broken)
    ran = start(simulated, "pipeline", as_of=DAYS[1])
    assert ran.state == "Failed"
    assert isinstance(ran.error, RunFailedError)
    assert ran.error.report.of(DeliverResult)
    assert "failed: ingest broken: feed broken: the far side is down" in ran.artifact()
    assert tables(simulated)["leads"].count("\n") > 10


def test_mail_server_out_of_reach_fails_the_run_after_everything_else_and_nothing_is_lost(
    start: Start, simulated: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(world, "build_mailer", lambda _: SmtpMailer(Options(host="127.0.0.1", port=1, timeout=2)))
        ran = start(simulated, "pipeline", as_of=DAYS[1])
    assert ran.state == "Failed"
    assert isinstance(ran.error, RunFailedError)
    assert ran.error.exit_code == 1
    (result,) = ran.error.report.of(DeliverResult)
    assert result.claimed == result.deferred > 0
    page = ran.artifact()
    assert "failed: deliver: No session with 127.0.0.1:1: " in page
    assert f"{result.deferred:,} messages put off ({result.deferred:,} × No session with" in page
    again = start(simulated, "pipeline", as_of=DAYS[2])
    assert again.report is not None
    assert again.report.of(DeliverResult)[0].accepted >= result.deferred


def test_artifact_adds_up_and_says_what_waits(start: Start, simulated: Settings) -> None:
    ran = start(simulated, "ingest", as_of=DAYS[1])
    assert ran.report is not None
    (result,) = ran.report.of(IngestResult)
    assert result.rows == result.mapped + result.folded + sum(result.skipped.values()) + sum(
        result.quarantined.values()
    )
    assert result.records == result.landed + result.known
    page = ran.artifact()
    assert f"vendor · {result.rows:,} rows = {result.mapped:,} mapped" in page
    assert "next: qualify" in page
    assert "failed: nothing" in page


def test_broken_playbook_fails_the_run_and_the_live_one_goes_on(start: Start, simulated: Settings) -> None:
    (simulated.playbook / "reasons.yaml").write_text("reasons:\n  no-need: {title: No need, to: nurtur}\n")
    ran = start(simulated, "pipeline", as_of=DAYS[0])
    assert isinstance(ran.error, RunFailedError)
    assert ran.error.exit_code == 3
    assert "playbook/reasons.yaml:2" in str(ran.error)
    assert ran.error.report.of(QualifyResult)[0].judged > 0


def test_mistake_of_the_users_is_not_tried_again_and_what_may_pass_is(
    start: Start, simulated: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = simulated.playbook / "reasons.yaml"
    good = file.read_text()
    file.write_text("reasons:\n  no-need: {title: No need, to: nurtur}\n")
    first = start(simulated, "ingest", as_of=DAYS[0], retries=1)
    assert (first.state, first.attempts()) == ("Failed", 1)
    file.write_text(good)
    monkeypatch.setattr(world, "build_feeds", lambda *_: [BrokenFeed()])
    second = start(simulated, "ingest", as_of=DAYS[0], retries=1)
    assert (second.state, second.attempts()) == ("Failed", 2)


def test_changed_playbook_is_adopted_by_the_next_run(start: Start, simulated: Settings) -> None:
    start(simulated, "qualify", as_of=DAYS[0])
    file = simulated.playbook / "definitions" / "hydraulics.yaml"
    file.write_text(file.read_text().replace("at_most: 60", "at_most: 59", 1))
    ran = start(simulated, "qualify", as_of=DAYS[1])
    assert ran.report is not None
    assert ran.report.of(AdoptResult)[0].definition_is_new
    assert "new definition" in ran.artifact()


def test_run_by_the_real_clock_takes_no_as_of(start: Start, folder: Path) -> None:
    ran = start(load_settings(folder), "pipeline", as_of=datetime(2030, 1, 1, tzinfo=UTC))
    assert isinstance(ran.error, UsageError)


def test_dry_run_changes_nothing_and_sends_nothing(start: Start, simulated: Settings) -> None:
    start(simulated, "pipeline", as_of=DAYS[0])
    before = tables(simulated)
    mails = sorted((simulated.data / "mail").glob("*.eml"))
    ran = start(simulated, "pipeline", as_of=DAYS[2], dry_run=True)
    assert ran.state == "Completed"
    assert ran.report is not None
    assert ran.report.of(IngestResult)[0].landed > 0
    assert tables(simulated) == before
    assert sorted((simulated.data / "mail").glob("*.eml")) == mails
