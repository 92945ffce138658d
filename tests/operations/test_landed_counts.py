"""What ingest counts as landed is what is new, also inside one page."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from penstock.records import ConsentSaid
from penstock.store.engine import Sessions
from tests.operations.landing import ListFeed, begin, form, ingest


def test_row_that_comes_twice_in_a_page_lands_once_with_its_consent(store: Sessions, now: datetime) -> None:
    begin(store)
    said = ConsentSaid("marketing", granted=True, wording="I agree")
    row = replace(form("jana@brunner.example", key="W-1"), consent=said)
    done = ingest(store, ListFeed([row, row]), now)
    assert (done.records, done.landed, done.known) == (2, 1, 1)
