"""The pipeline over real files: from rows to decisions and, where there is a person, handoffs and messages."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from penstock.operations.quarantine import replay_quarantine
from penstock.store.engine import Sessions, table
from penstock.store.tables import (
    Account,
    Activity,
    Decision,
    Disposition,
    Effect,
    Enrolment,
    Fact,
    Handoff,
    Lead,
    Outcome,
    Payload,
    Quarantine,
    Score,
    Term,
)
from tests.real.workspaces import Workspace, workspace

pytestmark = pytest.mark.real
OLIST_NOW = datetime(2018, 3, 1, 12, tzinfo=UTC)
ZOOM_NOW = datetime(2020, 3, 30, 14, tzinfo=UTC)
MAVEN_NOW = datetime(2017, 7, 3, 15, tzinfo=UTC)
THINGS = (
    Lead,
    Account,
    Activity,
    Payload,
    Fact,
    Outcome,
    Decision,
    Handoff,
    Enrolment,
    Effect,
    Disposition,
    Quarantine,
)


@pytest.fixture
def olist(real_data: Path, tmp_path: Path, store: Sessions) -> Iterator[Workspace]:
    with workspace("olist", data=real_data, place=tmp_path, store=store) as opened:
        yield opened


@pytest.fixture
def zoom(real_data: Path, tmp_path: Path, store: Sessions) -> Iterator[Workspace]:
    with workspace("zoom", data=real_data, place=tmp_path, store=store) as opened:
        yield opened


@pytest.fixture
def maven(real_data: Path, tmp_path: Path, store: Sessions) -> Iterator[Workspace]:
    with workspace("maven", data=real_data, place=tmp_path, store=store) as opened:
        yield opened


def everything(of: Workspace) -> dict[str, int]:
    return {model.__name__: of.count(model).total() for model in THINGS}


def test_olist_goes_from_form_fills_to_handoffs_and_deals(olist: Workspace) -> None:
    olist.run(OLIST_NOW)
    assert olist.count(Lead).total() == 4171
    assert olist.count(Outcome, "kind") == {"won": 189}
    stages = olist.count(Score, "stage")
    assert stages["customer"] == 189
    assert stages["triage"] > 0, "an origin that the vocabulary does not know"
    going_live = olist.settings.feeds["olist"].live_from
    assert olist.count(Decision, "branch", moment=going_live) == {"baseline": len(before_february(olist))}
    assert olist.count(Handoff, "queue").total() > 100
    assert set(olist.count(Handoff, "owner")) == {"sdr-1", "sdr-2", "sdr-3"}


def before_february(olist: Workspace) -> list[str]:
    """Return the leads that came before going live (midnight UTC is ten in the evening in São Paulo)."""
    with next((olist.settings.workspace / "olist").glob("mql_*.csv")).open(encoding="utf-8") as rows:
        return [row["mql_id"] for row in csv.DictReader(rows) if row["first_contact_date"] < "2018-02-01"]


def test_olist_has_no_address_so_every_mail_ends_cancelled(olist: Workspace) -> None:
    olist.run(OLIST_NOW)
    mails = olist.mails()
    assert mails.total() > 0
    assert set(mails) == {("cancelled", "no_address")}


def test_zoom_tells_who_registered_from_who_came(zoom: Workspace) -> None:
    zoom.run(ZOOM_NOW)
    with zoom.world.sessions.read() as tx:
        term, activity = table(Term), table(Activity)
        joined = activity.join(term, (term.c.spelling_id == activity.c.kind_id) & (term.c.field == "kind"))
        kinds = list(tx.scalars(select(term.c.term).select_from(joined)))
    came, registered = kinds.count("webinar_attended"), kinds.count("webinar_registered")
    assert came > 100
    assert registered > came, "no-shows are registered only"
    assert zoom.count(Handoff, "queue")["community"] > 0


def test_zoom_states_no_consent_so_every_mail_ends_cancelled(zoom: Workspace) -> None:
    zoom.run(ZOOM_NOW)
    mails = zoom.mails()
    assert mails.total() > 0
    assert set(mails) == {("cancelled", "no_consent")}


def test_maven_scores_accounts_with_their_spellings_put_right(maven: Workspace) -> None:
    maven.run(MAVEN_NOW)
    assert maven.count(Account).total() >= 85
    with maven.world.sessions.read() as tx:
        accounts = {row.name: row for row in tx.execute(select(table(Account)))}
    assert accounts["Acme Corporation"].industry == "technology"
    assert accounts["Bluth Company"].parent_id == accounts["Acme Corporation"].id
    assert maven.count(Outcome, "kind") == {
        "won": 2394 - lost_accounts("Won", maven),
        "lost": 1255 - lost_accounts("Lost", maven),
    }
    assert maven.count(Decision, "subject") == {"account": maven.count(Decision).total()}


def lost_accounts(stage: str, maven: Workspace) -> int:
    """Count the closed opportunities of a stage that name no account."""
    with next((maven.settings.workspace / "maven").glob("sales_pipeline_*.csv")).open(encoding="utf-8") as rows:
        return sum(not row["account"] and row["deal_stage"] == stage for row in csv.DictReader(rows))


def test_maven_rows_without_account_wait_in_quarantine_until_replayed(maven: Workspace) -> None:
    maven.run(MAVEN_NOW)
    assert maven.count(Quarantine, "error") == {"no_subject": 484}
    before = everything(maven)
    replay_quarantine(
        maven.world.sessions, now=MAVEN_NOW, run="again", keyring=maven.world.keyring,
        feed_by_name={source.feed.name: source.feed for source in maven.world.sources},
    )  # fmt: skip
    assert everything(maven) == before, "nothing was mended, so nothing lands and nothing is lost"


@pytest.mark.parametrize("name", ["olist", "zoom", "maven"])
def test_nothing_lands_twice_from_the_same_files_or_an_overlapping_one(
    name: str, real_data: Path, tmp_path: Path, store: Sessions
) -> None:
    now = {"olist": OLIST_NOW, "zoom": ZOOM_NOW, "maven": MAVEN_NOW}[name]
    with workspace(name, data=real_data, place=tmp_path, store=store) as of:
        of.run(now)
        before = everything(of)
        for file in sorted((of.settings.workspace / name).glob("*.csv")):
            lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
            if name != "zoom":
                file.with_name(file.stem + "_again.csv").write_text("".join(lines[:1] + lines[5:]), encoding="utf-8")
            else:
                file.with_name(file.stem + "_again.csv").write_text("".join(lines), encoding="utf-8")
        result = of.ingest(now)
        assert result.landed == 0
        assert result.rows > 0 or name == "maven"
        assert result.rows == result.mapped + result.folded + sum(result.skipped.values()) + sum(
            result.quarantined.values()
        )
        of.run(now)
        assert everything(of) == before
