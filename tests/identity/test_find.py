"""A lead is found by its id, by any of its addresses, and by what a feed calls it."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import update

from penstock.errors import NotFoundError
from penstock.identity.find import find_lead
from penstock.store.engine import Sessions, table
from penstock.store.tables import Lead
from tests.operations.landing import ListFeed, begin, form, ingest


@pytest.fixture
def jana(store: Sessions, now: datetime) -> Sessions:
    begin(store)
    ingest(store, ListFeed([form("jana@bücher.example", person_id="003:x"), form("tom@bücher.example")]), now)
    return store


@pytest.mark.parametrize("text", ["1", " JANA@Bücher.example ", "jana@xn--bcher-kva.example", "web:003:x"])
def test_lead_is_found_by_everything_that_names_it(jana: Sessions, text: str) -> None:
    with jana.read() as tx:
        assert find_lead(tx, text) == find_lead(tx, "jana@bücher.example")


def test_merged_lead_leads_on(jana: Sessions) -> None:
    with jana.write() as tx:
        one, other = find_lead(tx, "jana@bücher.example"), find_lead(tx, "tom@bücher.example")
        tx.execute(update(table(Lead)).where(table(Lead).c.id == one).values(merged_into=other))
        assert find_lead(tx, str(one)) == find_lead(tx, "web:003:x") == other


@pytest.mark.parametrize("text", ["99", "9" * 40, "x@firm.example", "crm:1", "jana", ""])
def test_nobody_is_not_found_and_the_message_says_what_to_write(jana: Sessions, text: str) -> None:
    with jana.read() as tx, pytest.raises(NotFoundError, match=r"lead id, an e-mail address, or feed:external-id"):
        find_lead(tx, text)
