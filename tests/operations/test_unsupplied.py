"""What a form never supplies is named, with the rules that ask for it; what follows from another field is supplied."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from penstock.operations.adopt import run_adopt
from penstock.operations.unsupplied import in_words, read_unsupplied
from penstock.store.engine import Sessions
from penstock.store.playbooks import read_live
from tests.history import HYDRAULICS, playbook
from tests.operations.landing import LIVE_FROM, ListFeed, form, ingest

FULL = {"industry": "Maschinenbau", "employees": "50", "title": "Engineer", "country": "DE"}


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


def test_few_records_say_nothing(store: Sessions, now: datetime) -> None:
    assert found(store, now, 19, title="Engineer") == []
