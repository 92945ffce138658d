"""A lead is found by its id, by any of its addresses, and by what a feed calls it."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import update

from penstock.errors import NotFoundError, UsageError
from penstock.identity.find import find_lead, find_subject
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


def test_lead_is_found_by_a_record_of_its_own(jana: Sessions, now: datetime) -> None:
    ingest(jana, ListFeed([form("jana@bücher.example", key="F-17")], stream="more"), now)
    with jana.read() as tx:
        assert find_lead(tx, "web:F-17") == find_lead(tx, "jana@bücher.example")


def test_name_of_several_says_which(jana: Sessions, now: datetime) -> None:
    records = [
        form("tom@bücher.example", person_id="17", company_id="9"),
        form("jana@bücher.example", company_id="17"),
    ]
    ingest(jana, ListFeed(records, stream="more"), now)
    with jana.read() as tx:
        tom = find_lead(tx, "web:17")
        with pytest.raises(UsageError, match=rf'"web:17" names 2 of them; give the one you mean: {tom}, account:\d+$'):
            find_subject(tx, "web:17")


@pytest.mark.parametrize("text", ["account:99", "nowhere.example", "gmail.com", "web:none", "jana"])
def test_no_account_is_not_found_and_the_message_says_what_to_write(jana: Sessions, text: str) -> None:
    with (
        jana.read() as tx,
        pytest.raises(NotFoundError, match=r"no lead or account .* account:ID, its domain, or feed:"),
    ):
        find_subject(tx, text)


def test_address_names_the_person_and_its_domain_the_company(jana: Sessions, now: datetime) -> None:
    ingest(jana, ListFeed([form("ada@firm.example", company="Firm GmbH")], stream="more"), now)
    with jana.read() as tx:
        assert find_subject(tx, "ada@firm.example") == ("lead", find_lead(tx, "ada@firm.example"))
        assert find_subject(tx, "firm.example")[0] == "account"
