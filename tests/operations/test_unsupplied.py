"""What a form never supplies is named, with the rules that ask for it; what follows from another field is supplied."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from penstock.operations.adopt import run_adopt
from penstock.operations.unsupplied import in_words, odd_by_what_landed, read_unsupplied
from penstock.playbook.load_files import read_playbook
from penstock.records import Happening
from penstock.store.engine import Sessions
from penstock.store.playbooks import read_live
from tests.history import HYDRAULICS, playbook
from tests.operations.landing import LIVE_FROM, ListFeed, form, ingest

GOOD = Path(__file__).parents[1] / "playbook" / "cases" / "good"
FULL: dict[str, Any] = {"industry": "Maschinenbau", "employees": "50", "title": "Engineer", "country": "DE"}


def found(store: Sessions, now: datetime, records: int, **fields: Any) -> list[str]:
    run_adopt(store, now=LIVE_FROM, playbook=playbook(HYDRAULICS), live_from=LIVE_FROM)
    ingest(store, ListFeed([form(f"p{n}@firm.example", **fields) for n in range(records)], page=10), now)
    with store.read() as tx:
        return [in_words(one) for one in read_unsupplied(tx, read_live(tx).deciding)]


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("", []),
        ("industry", ["forms of web never states industry (20 records), asked by hydraulics: industry"]),
        ("title", ["forms of web never states function (20 records), asked by hydraulics: role and 1 more"]),
        ("country", ["forms of web never states region (20 records), asked by hydraulics: far"]),
    ],
)
def test_field_that_a_form_never_states_is_named(store: Sessions, now: datetime, without: str, said: list[str]) -> None:
    assert found(store, now, 20, **{name: text for name, text in FULL.items() if name != without}) == said


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (
            "industries",
            ["forms of web never states industry, but industries (20 records), asked by hydraulics: industry"],
        ),
        ("remark", ["forms of web never states industry (20 records), asked by hydraulics: industry"]),
        ("last_name", ["forms of web never states industry (20 records), asked by hydraulics: industry"]),
    ],
)
def test_field_that_is_probably_misspelt_in_a_mapping_is_named(
    store: Sessions, now: datetime, column: str, said: list[str]
) -> None:
    rest = {name: text for name, text in FULL.items() if name != "industry"}
    assert found(store, now, 20, **rest, **{column: "Maschinenbau"}) == said


def test_gated_asset_whose_form_asks_for_less_than_others_is_named(store: Sessions, now: datetime) -> None:
    run_adopt(store, now=LIVE_FROM, playbook=playbook(HYDRAULICS), live_from=LIVE_FROM)
    short: dict[str, Any] = {name: text for name, text in FULL.items() if name != "employees"}
    forms = [
        replace(form(f"{asset[0]}{n}@firm.example", **fields), happening=Happening("form_submitted", asset=asset))
        for asset, fields, count in (
            ("Guide", FULL, 20),
            ("Sheet", short, 20),
            ("Other", short, 19),
            ("a page", {}, 30),
        )
        for n in range(count)
    ]
    ingest(store, ListFeed(forms, page=50), now)
    with store.read() as tx:
        lacking = [in_words(one) for one in read_unsupplied(tx, read_live(tx).deciding)]
    assert lacking == [
        'the form of "Sheet" in forms of web never states employees (20 records), asked by hydraulics: size'
    ]


@pytest.mark.parametrize(("records", "said"), [(20, True), (19, False)])
def test_check_says_it_at_the_rule(
    tmp_path: Path, database_url: str, store: Sessions, now: datetime, records: int, said: bool
) -> None:
    shutil.copytree(GOOD, tmp_path / "playbook")
    loaded = read_playbook(tmp_path / "playbook")
    run_adopt(store, now=LIVE_FROM, playbook=loaded.playbook, live_from=LIVE_FROM)
    rest: dict[str, Any] = {"title": "Engineer", "employees": "5", "country": "DE", "relationship": "VAR"}
    ingest(store, ListFeed([form(f"p{n}@firm.example", **rest) for n in range(records)], page=10), now)
    told = [str(one) for one in odd_by_what_landed(database_url, loaded)]
    what = "playbook/definitions/pumps.yaml:7: forms of web never states industry (20 records); ask for it there"
    assert [one.startswith(what) for one in told] == [True] * said


@pytest.mark.parametrize("url", ["sqlite:///none.sqlite", "postgresql+psycopg://nobody@127.0.0.1:1/none"])
def test_check_without_a_store_in_reach_says_nothing(url: str) -> None:
    assert odd_by_what_landed(url, read_playbook(GOOD)) == ()


def test_few_records_say_nothing(store: Sessions, now: datetime) -> None:
    assert found(store, now, 19, title="Engineer") == []
