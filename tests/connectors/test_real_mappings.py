"""The real data sets, mapped whole: every row has one fate, and the sums are those of the files."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.registry import build_feed
from penstock.records import Page, Record
from tests.connectors.conformance import ids, pages_of, passes
from tests.connectors.drop import NOW

REAL = Path(__file__).parent.parent / "real"
pytestmark = pytest.mark.real


def pages(real_data: Path, name: str, stream: str) -> list[Page]:
    feed = build_feed("csv", name, {"path": str(real_data / name), "mapping": "mappings"}, workspace=REAL / name)
    return pages_of(feed, stream, NOW)


def whole(real_data: Path, name: str, stream: str) -> tuple[list[Record], Counter[str]]:
    """Return the records, and the rows by their fate."""
    fates: Counter[str] = Counter()
    records: list[Record] = []
    for page in pages(real_data, name, stream):
        fates += Counter(read=page.read, mapped=page.mapped_rows, folded=page.folded, **page.skipped)
        fates += Counter(one.code for one in page.unreadable)
        records += page.records
    return records, fates


@pytest.mark.parametrize("name", ["olist", "zoom", "maven"])
def test_real_feed_passes_the_suite(real_data: Path, name: str) -> None:
    options = {"path": str(real_data / name), "mapping": "mappings", "page": 1500}
    passes(lambda: build_feed("csv", name, options, workspace=REAL / name), NOW)


def test_olist_mqls_are_form_fills_on_their_landing_page(real_data: Path) -> None:
    records, fates = whole(real_data, "olist", "mqls")
    assert fates == {"read": 4171, "mapped": 4171}
    assert {record.email for record in records} == {""}
    assert len({record.person_id for record in records}) == 4171
    happened = [
        record.happening for record in records if record.happening and record.happening.kind == "form_submitted"
    ]
    assert (len(happened), len({one.asset for one in happened})) == (4171, 269)
    assert Counter(one.source for one in happened)[""] == 24
    assert records[0].at == datetime(2018, 2, 1, 2, tzinfo=UTC)  # midnight in São Paulo, in summer time


def test_olist_deals_are_won_outcomes_of_known_people(real_data: Path) -> None:
    records, fates = whole(real_data, "olist", "deals")
    assert fates == {"read": 189, "mapped": 189}
    assert {record.outcome.kind for record in records if record.outcome} == {"won"}
    people = {record.person_id for record in whole(real_data, "olist", "mqls")[0]}
    assert {record.person_id for record in records} <= people


def test_zoom_registered_and_attended_are_told_apart(real_data: Path) -> None:
    records, fates = whole(real_data, "zoom", "webinars")
    assert fates == {
        "read": 1019, "mapped": 469, "folded": 471, "webinar": 1, "hosts": 1, "panelists": 73, "without_address": 4,
    }  # fmt: skip
    kinds = Counter(record.happening.kind for record in records if record.happening)
    assert kinds == {"webinar_registered": 469, "webinar_attended": 455}
    assert {record.consent for record in records} == {None}
    assert len({record.email for record in records}) == 469


def test_maven_accounts_have_their_facts_and_parents(real_data: Path) -> None:
    records, fates = whole(real_data, "maven", "accounts")
    assert fates == {"read": 85, "mapped": 85}
    assert sum("parent" in record.fields for record in records) == 15
    wanted = {"company", "industry", "employees", "revenue", "year_established", "country"}
    assert all(wanted <= set(record.fields) for record in records)


def test_maven_opportunities_open_and_close_and_those_without_account_wait(real_data: Path) -> None:
    records, fates = whole(real_data, "maven", "opportunities")
    assert fates == {"read": 4365, "mapped": 3881, "no_subject": 484}
    kinds = Counter(
        record.happening.kind if record.happening else (record.outcome or None) and "closed" for record in records
    )
    assert kinds == {"opportunity_opened": 3881, "closed": 3649}
    outcomes = Counter(record.outcome.kind for record in records if record.outcome)
    assert outcomes == {"won": 2394, "lost": 1255}
    assert all(record.at and record.fields["owner"] and record.company_id for record in records)


def test_second_file_that_overlaps_the_first_gives_the_same_ids(real_data: Path, tmp_path: Path) -> None:
    lines = (
        (real_data / "maven" / "sales_pipeline_until_2017-06.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    )
    (tmp_path / "sales_pipeline_again.csv").write_text("".join([lines[0], *lines[2000:3000]]), encoding="utf-8")
    options = {"path": str(tmp_path), "mapping": "mappings/opportunities.yaml"}
    feed = build_feed("csv", "maven", options, workspace=REAL / "maven")
    known = set(ids(pages(real_data, "maven", "opportunities")))
    assert set(ids(pages_of(feed, "opportunities", NOW))) <= known
