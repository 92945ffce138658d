"""Ingest: what feeds have becomes rows, once, whatever comes again, at once or in between."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Table, event, func, select

from penstock.errors import UsageError
from penstock.operations.ingest import run_ingest
from penstock.records import ConsentSaid, Happening, OutcomeSaid, Page, Record, Unreadable
from penstock.store.engine import Sessions, open_store, table
from penstock.store.receipts import lock
from penstock.store.tables import (
    Account,
    AccountIdentifier,
    Activity,
    Batch,
    Consent,
    Cursor,
    Fact,
    Identifier,
    Lead,
    Outcome,
    Payload,
    Quarantine,
    Receipt,
    Rescore,
    Suppression,
    Term,
)
from tests.operations.landing import KEYRING, LIVE_FROM, ListFeed, begin, form, ingest, profile

DAY = timedelta(days=1)
LANDED = (Lead, Account, Identifier, AccountIdentifier, Activity, Payload, Fact, Consent, Outcome, Rescore, Receipt)


def rows(store: Sessions, model: Any, *names: str) -> list[Any]:
    """All rows of a table, or some columns of them, in an order that does not matter to the test."""
    of = table(model)
    with store.read() as tx:
        return sorted(map(tuple, tx.execute(select(*(of.c[name] for name in names or of.c.keys())))), key=repr)


def everything(store: Sessions) -> dict[str, int]:
    def count(of: Table) -> int:
        with store.read() as tx:
            return int(tx.scalar(select(func.count()).select_from(of)) or 0)

    return {model.__name__: count(table(model)) for model in LANDED}


def test_record_becomes_a_lead_with_its_account_facts_activity_and_receipt(store: Sessions, now: datetime) -> None:
    begin(store)
    done = ingest(store, ListFeed([form("Jana@Brunner.example", company="Brunner AG", title="Engineer")]), now)
    assert (done.rows, done.landed, done.leads_touched, done.leads_new, done.accounts_new) == (1, 1, 1, 1, 1)
    assert rows(store, Lead, "key", "email", "title", "company", "job_function", "source") == [
        ("email:jana@brunner.example", "jana@brunner.example", "Engineer", "Brunner AG", "engineering", "web")
    ]
    assert rows(store, AccountIdentifier, "kind", "value") == [("domain", "brunner.example"), ("name", "brunner")]
    assert Counter(row[:2] for row in rows(store, Fact, "subject", "field")) == {
        ("lead", "title"): 1, ("lead", "company"): 1, ("lead", "source"): 1, ("lead", "email_type"): 1,
        ("account", "company"): 1,
    }  # fmt: skip
    assert rows(store, Payload, "body")[0][0].startswith('{"id": ')
    assert rows(store, Rescore, "subject", "due_at", "live_at") == [("account", now, now), ("lead", now, now)]


def test_same_records_again_are_known_and_write_nothing(store: Sessions, now: datetime) -> None:
    begin(store)
    records = [form(f"p{number}@firm.example", company="Firm", country="DE") for number in range(5)]
    records += [profile("p1@firm.example", title="Buyer"), profile("p9@firm.example", at=None, title="Buyer")]
    ingest(store, ListFeed(records), now)
    before = everything(store)
    again = ingest(store, ListFeed([replace(r) for r in records], stream="forms", page=3, name="web"), now + DAY)
    assert again.rows == 0  # the cursor stands at the end
    with store.write() as tx:
        tx.execute(table(Cursor).delete())
    again = ingest(store, ListFeed(records, page=3), now + DAY)
    assert (again.landed, again.known) == (0, 7)
    after = everything(store)
    assert {name: after[name] for name in after if name != "Receipt"} == {
        name: before[name] for name in before if name != "Receipt"
    }


def test_second_file_that_overlaps_lands_only_what_is_new(store: Sessions, now: datetime) -> None:
    begin(store)
    records = [form(f"p{number}@firm.example", title="Buyer") for number in range(6)]
    ingest(store, ListFeed(records[:4]), now)
    with store.write() as tx:
        tx.execute(table(Cursor).delete())
    done = ingest(store, ListFeed(records[2:]), now + DAY)
    assert (done.landed, done.known, done.leads_new) == (2, 2, 2)
    assert everything(store)["Activity"] == 6


def test_known_activity_still_states_facts(store: Sessions, now: datetime) -> None:
    begin(store)
    record = form("a@firm.example", title="Buyer")
    ingest(store, ListFeed([record]), now)
    mended = replace(record, fields={"title": "Buyer", "country": "DE"})
    done = ingest(store, ListFeed([record, mended], page=1), now + DAY)
    assert (done.landed, done.known) == (0, 1)
    assert [field for (field,) in rows(store, Fact, "field")] == ["country", "email_type", "source", "title"]
    assert rows(store, Lead, "country") == [("DE",)]


def test_two_runs_that_meet_one_address_make_one_lead(store: Sessions, database_url: str, now: datetime) -> None:
    begin(store)
    together = Barrier(2)

    class Meeting(ListFeed):
        def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Any:
            for page in super().pull(stream, cursor, now=now):
                together.wait(timeout=30)
                yield page

    def run(name: str, person: str) -> None:
        own = open_store(database_url)
        records = [
            form(f"p{n}@firm.example", person_id=f"{person}{n}", company="Firm", title="Buyer") for n in range(90)
        ]
        ingest(own, Meeting(records, name=name, page=45), now)
        own.close()

    threads = [Thread(target=run, args=pair) for pair in (("crm", "c"), ("web", "w"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    found = everything(store)
    assert (found["Lead"], found["Account"], found["Activity"], found["Identifier"]) == (90, 1, 180, 270)


def test_two_runs_of_one_feed_give_the_rows_of_one(store: Sessions, database_url: str, now: datetime) -> None:
    begin(store)
    records = [form(f"p{number % 7}@firm.example", title=f"Title {number}") for number in range(60)]
    results = []

    def run() -> None:
        own = open_store(database_url)
        results.append(ingest(own, ListFeed(records, page=3), now))
        own.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sum(result.landed for result in results) == 60
    assert sum(result.known for result in results) == 0
    assert everything(store)["Activity"] == 60
    assert rows(store, Cursor, "position") == [("60",)]


def test_cursor_moves_only_with_its_page(store: Sessions, now: datetime) -> None:
    begin(store)
    feed = ListFeed([form(f"p{number}@firm.example") for number in range(6)])
    statements = Counter[str]()

    def die(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements["cursor"] += statement.startswith("UPDATE cursor")
        if statements["cursor"] == 2:
            raise KeyboardInterrupt

    event.listen(store.engine, "before_cursor_execute", die)
    with pytest.raises(KeyboardInterrupt):
        ingest(store, feed, now)
    event.remove(store.engine, "before_cursor_execute", die)
    assert (everything(store)["Activity"], rows(store, Cursor, "position")) == (2, [("2",)])
    assert ingest(store, feed, now).landed == 4
    assert rows(store, Cursor, "position") == [("6",)]


def test_feed_that_fails_keeps_its_pages_and_says_why(store: Sessions, now: datetime) -> None:
    begin(store)
    records = [form(f"p{number}@firm.example") for number in range(6)]
    done = ingest(store, ListFeed(records, fails_after=4), now)
    assert (done.failed, done.landed, done.batches) == ("the far side is away", 4, 2)
    assert ingest(store, ListFeed(records), now).landed == 2


def test_page_whose_counts_do_not_add_up_is_refused_whole(store: Sessions, now: datetime) -> None:
    begin(store)

    class Losing(ListFeed):
        def made(self, found: Any, cursor: str) -> Page:
            return replace(super().made(found, cursor), read=len(found) + 1)

    done = ingest(store, Losing([form("a@firm.example")]), now)
    assert "do not add up" in done.failed
    assert everything(store)["Activity"] == 0


def test_quarantine_holds_what_cannot_land_and_the_counts_reconcile(store: Sessions, now: datetime) -> None:
    begin(store)
    records: list[Record | Unreadable] = [
        form("a@firm.example"), form("nobody"), form(), form(company="Firm"), form("bad", person_id="7"),
        Unreadable("x", "bad_date", "no such date", "raw", "forms.csv:9"), form("b@firm.example", key="bad\0key"),
    ]  # fmt: skip
    done = ingest(store, ListFeed(records, page=4), now)
    assert done.quarantined == {"bad_email": 1, "no_subject": 1, "bad_date": 1, "bad_text": 1}
    assert done.places["bad_date"] == ("forms.csv:9",)
    assert done.rows == done.mapped + done.folded + sum(done.skipped.values()) + sum(done.quarantined.values()) == 7
    assert done.records == done.landed + done.known == 3
    assert [error for (error,) in rows(store, Quarantine, "error")] == [
        "bad_date",
        "bad_email",
        "bad_text",
        "no_subject",
    ]
    sums = rows(store, Batch, "rows", "mapped", "quarantined", "landed", "known")
    assert [sum(column) for column in zip(*sums, strict=True)] == [7, 3, 4, 3, 0]


def test_row_of_several_records_is_in_quarantine_once_and_only_when_none_landed(store: Sessions, now: datetime) -> None:
    begin(store)

    class Wide(ListFeed):
        def made(self, found: Any, cursor: str) -> Page:
            return replace(super().made(found, cursor), read=2, mapped=2)

    lost, kept = [replace(form(), place="f:1"), replace(form(), place="f:1")], replace(form("a@b.example"), place="f:2")
    done = ingest(store, Wide([*lost, kept, replace(form(), place="f:2")], page=4), now)
    assert (done.rows, done.mapped, done.quarantined) == (2, 1, {"no_subject": 1})
    assert (done.records, done.landed, len(rows(store, Quarantine))) == (1, 1, 3)


def test_record_of_nobody_lands_on_the_account(store: Sessions, now: datetime) -> None:
    begin(store)
    record = form(company="Firm GmbH", company_id="F1", industry="Maschinenbau", employees="820", parent="Holding")
    ingest(store, ListFeed([record]), now)
    assert rows(store, Account, "name", "industry", "employees", "parent_id") == [
        ("Firm GmbH", "machinery", 820, 2), ("Holding", None, None, None),
    ]  # fmt: skip
    assert rows(store, Activity, "lead_id", "account_id") == [(None, 1)]
    assert rows(store, Fact, "field", "number") == [
        ("company", None), ("employees", 820_000), ("industry", None), ("parent", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("again", "changed"),
    [
        ([form("a@firm.example", key="a"), form("b@firm.example", key="b")], 0),
        ([form("a@firm.example", key="a"), form("b@firm.example", key="c")], 1),
        ([form("a@firm.example", key="a", title="Buyer"), form("b@firm.example", key="b")], 1),
        ([form("a@firm.example", key="a", title="Buyer"), form("b@firm.example", key="c")], 2),
    ],
)
def test_leads_of_whom_nothing_is_new_are_not_counted(
    store: Sessions, now: datetime, again: list[Record], changed: int
) -> None:
    begin(store)
    first = [form("a@firm.example", key="a"), form("b@firm.example", key="b")]
    assert ingest(store, ListFeed(first), now).leads_touched == 2
    assert ingest(store, ListFeed([*first, *again]), now).leads_touched == changed


def test_lead_is_found_by_its_feed_id_first_and_keeps_every_address(store: Sessions, now: datetime) -> None:
    begin(store)
    ingest(
        store, ListFeed([form("old@firm.example", person_id="1"), form("new@firm.example", person_id="1", at=now)]), now
    )
    done = ingest(store, ListFeed([form("old@firm.example"), form("NEW@firm.example")], name="shop"), now)
    assert (done.leads_new, done.leads_touched) == (0, 1)
    assert rows(store, Lead, "email") == [("new@firm.example",)]
    assert rows(store, Lead, "email_hash") == [(KEYRING.address_hash("new@firm.example"),)]
    assert {found_by for (found_by,) in rows(store, Activity, "found_by")} == {
        "",
        "feed:web:1",
        "email:new@firm.example",
    }


def test_free_mail_makes_no_account(store: Sessions, now: datetime) -> None:
    begin(store)
    ingest(store, ListFeed([form("jana@gmail.com"), form("tom@mail.firm.co.uk")]), now)
    assert rows(store, Account, "key") == [("domain:firm.co.uk",)]


def test_domain_of_an_address_is_known_once_for_each_address(store: Sessions, now: datetime) -> None:
    begin(store)
    said = [form("jana@gmail.com"), form("jana@gmail.com"), form("tom@firm.example", person_id="7")]
    ingest(store, ListFeed([*said, form("tom@gmx.de", person_id="7", at=now)]), now)
    ingest(store, ListFeed([form("jana@gmail.com")], name="shop"), now)
    means = {
        spelling: term for of, spelling, term in rows(store, Term, "field", "spelling_id", "term") if of == "email_type"
    }
    told = rows(store, Fact, "field", "subject_id", "spelling_id")
    assert sorted((lead, means[spelling]) for field, lead, spelling in told if field == "email_type") == [
        (1, "free"), (2, "business"), (2, "free"),
    ]  # fmt: skip


def test_name_typed_into_a_form_moves_nobody_to_another_account(store: Sessions, now: datetime) -> None:
    begin(store)
    ingest(store, ListFeed([form("a@gmail.com", company="Firm"), form("a@gmail.com", company="Other")]), now)
    assert rows(store, Lead, "account_id") == [(1,)]
    ingest(store, ListFeed([form("a@gmail.com", company_id="9", company="Third")], name="crm"), now)
    assert rows(store, Lead, "account_id") == [(3,)]


@pytest.mark.parametrize("page", [1, 10])
def test_profile_shows_the_most_trusted_then_the_latest(store: Sessions, now: datetime, page: int) -> None:
    begin(store)
    early, late = now - 9 * DAY, now - 2 * DAY

    def said(feed: str, *records: Any) -> None:
        ingest(store, ListFeed(records, name=feed, stream=f"{feed} {records[0].external_id}", page=page), now)

    email = "a@firm.example"
    said("shop", form(email, at=late, title="Shop late", country="AT"))
    said("forms", form(email, at=early, title="Forms early", country="DE"), form(email, at=late, first_name="Jana"))
    assert rows(store, Lead, "title", "country", "region", "first_name") == [("Forms early", "DE", "dach", "Jana")]
    said("crm", form(email, at=late, title="Crm late"), form(email, at=early, title="Crm early"))
    assert rows(store, Lead, "title") == [("Crm late",)]
    said("shop", replace(form(email, at=early, title="Design engineer"), typed=True))
    assert rows(store, Lead, "title", "job_function") == [("Design engineer", "engineering")]


def test_fact_of_the_account_shows_at_its_leads_and_queues_them_without_ending_their_baseline(
    store: Sessions, now: datetime
) -> None:
    begin(store)
    past = LIVE_FROM - 30 * DAY
    ingest(store, ListFeed([form("a@firm.example", at=past), form("b@firm.example", at=past)]), now)
    assert rows(store, Rescore, "due_at", "live_at") == [(LIVE_FROM, None)] * 2
    with store.write() as tx:
        tx.execute(table(Rescore).update().values(folded_to=now - DAY, due_at=None))
        tx.execute(table(Receipt).delete())
    ingest(store, ListFeed([profile(at=now, domain="firm.example", country="DE")], name="crm"), now)
    assert rows(store, Lead, "country", "region") == [("DE", "dach")] * 2
    assert rows(store, Rescore, "subject", "due_at", "live_at") == [("account", now, now), *[("lead", now, None)] * 2]


def test_history_is_received_at_its_own_time_and_folds_at_going_live(store: Sessions, now: datetime) -> None:
    begin(store)
    past = datetime(2025, 6, 1, tzinfo=UTC)
    ingest(store, ListFeed([form("a@firm.example", at=past, title="Buyer")]), now)
    assert rows(store, Activity, "occurred_at", "received_at", "landed_at") == [(past, past, now)]
    assert rows(store, Rescore, "due_at", "live_at") == [(LIVE_FROM, None)]
    ingest(store, ListFeed([form("a@firm.example", at=LIVE_FROM)], name="shop"), now)
    assert ("lead", LIVE_FROM, now) in rows(store, Rescore, "subject", "due_at", "live_at")
    assert rows(store, Receipt, "at") == [(LIVE_FROM,), (now,)]


def test_feed_may_go_live_later_than_the_workspace(store: Sessions, now: datetime) -> None:
    begin(store)
    ingest(store, ListFeed([form("a@firm.example", at=now - DAY)]), now, live_from=now)
    assert rows(store, Rescore, "due_at", "live_at") == [(now, None)]


def test_late_record_is_received_after_what_was_decided(store: Sessions, now: datetime) -> None:
    begin(store)
    ingest(store, ListFeed([form("a@firm.example")]), now)
    decided = now + timedelta(hours=1)
    with store.write() as tx:
        lock(tx, "lead", [1])
        tx.execute(table(Rescore).update().values(folded_to=decided, due_at=None))
    ingest(store, ListFeed([form("a@firm.example", at=now - 3 * DAY, title="Buyer")], name="shop"), now)
    after = decided + timedelta(microseconds=1)
    assert (now - 3 * DAY, after) in rows(store, Activity, "occurred_at", "received_at")
    assert ("lead", after) in rows(store, Rescore, "subject", "due_at")


def test_activity_from_the_future_lands_as_it_is(store: Sessions, now: datetime) -> None:
    begin(store)
    ingest(store, ListFeed([form("a@firm.example", at=now + DAY), form("a@firm.example", at=now + DAY)]), now)
    assert rows(store, Activity, "occurred_at", "received_at") == [(now + DAY, now)] * 2


def test_undated_record_says_what_holds_now_and_only_news_is_written(store: Sessions, now: datetime) -> None:
    begin(store)
    first = profile("a@firm.example", at=None, title="Buyer", country="DE")
    ingest(store, ListFeed([first]), now)
    ingest(store, ListFeed([first, profile("a@firm.example", at=None, title="Head", country="DE")], page=1), now + DAY)
    told = [row for row in rows(store, Fact, "field", "said_at") if row[0] != "email_type"]
    assert told == [("country", now), ("title", now), ("title", now + DAY)]
    assert rows(store, Lead, "title") == [("Head",)]


def test_word_that_is_new_is_read_by_every_stored_version(store: Sessions, now: datetime) -> None:
    begin(store)
    ingest(store, ListFeed([form("a@firm.example", country="de")]), now)
    assert ("country", "DE") in rows(store, Term, "field", "term")
    assert ("region", "dach") in rows(store, Term, "field", "term")


def test_unsubscribing_closes_every_address_and_makes_nobody(store: Sessions, now: datetime) -> None:
    begin(store)
    ingest(store, ListFeed([form("a@firm.example", person_id="1"), form("b@firm.example", person_id="1")]), now)
    left = replace(form("A@firm.example"), happening=Happening("unsubscribed"))
    unknown = replace(form("c@other.example"), happening=Happening("bounced"))
    nobody = replace(form(person_id="99"), happening=Happening("bounced"))
    done = ingest(store, ListFeed([left, unknown, nobody], name="esp"), now)
    assert (done.landed, done.quarantined, done.leads_new) == (2, {"no_address": 1}, 0)
    addresses = ("a@firm.example", "b@firm.example", "c@other.example")
    assert {hash_ for hash_, _ in rows(store, Suppression, "hash", "reason")} == set(
        map(KEYRING.address_hash, addresses)
    )
    assert ingest(store, ListFeed([left], name="esp2"), now).known == 1


@pytest.mark.parametrize("order", [1, -1])
def test_withdrawal_wins_over_consent_of_the_same_moment(store: Sessions, now: datetime, order: int) -> None:
    begin(store)
    given = replace(form("a@firm.example", at=now), consent=ConsentSaid("marketing", granted=True, wording="yes"))
    taken = replace(form("a@firm.example", at=now), consent=ConsentSaid("marketing", granted=False, wording="no"))
    ingest(store, ListFeed([given, taken][::order], page=1), now)
    assert rows(store, Consent, "purpose", "granted", "said_at") == [("marketing", False, now)]


def test_outcome_lands_once_and_again_where_it_changed(store: Sessions, now: datetime) -> None:
    begin(store)
    won = replace(profile("a@firm.example", at=now - DAY), outcome=OutcomeSaid("won", 5_000, "EUR"))
    more = replace(won, outcome=OutcomeSaid("won", 9_000, "EUR"))
    results = [
        ingest(store, ListFeed([one] * times, page=1), now + times * DAY)
        for times, one in ((1, won), (2, won), (3, more))
    ]
    assert [result.landed for result in results] == [1, 0, 1]
    assert rows(store, Outcome, "subject", "kind", "value") == [("lead", "won", 5_000), ("lead", "won", 9_000)]


def test_outcomes_of_one_page_that_correct_each_other_are_all_kept_and_the_last_holds(
    store: Sessions, now: datetime
) -> None:
    begin(store)
    won = replace(profile("a@firm.example", at=now), outcome=OutcomeSaid("won", 5_000, "EUR"))
    more = replace(won, outcome=OutcomeSaid("won", 9_000, "EUR"))
    later = replace(more, at=now + DAY)
    for time in (1, 2):
        ingest(store, ListFeed([won, more, later], page=3, stream=f"read {time}"), now)
    said = [("won", 5_000, now), ("won", 9_000, now), ("won", 9_000, now + DAY)]
    assert rows(store, Outcome, "kind", "value", "at") == said


@pytest.mark.parametrize("said", [None, OutcomeSaid("lost")])
def test_statements_do_not_grow_with_the_page(store: Sessions, now: datetime, said: OutcomeSaid | None) -> None:
    begin(store)
    counts = []

    def landed(many: int, feed: str) -> None:
        seen: list[str] = []
        listener = lambda _c, _cur, statement, *_rest: seen.append(statement)  # noqa: E731 - an event takes a function
        event.listen(store.engine, "before_cursor_execute", listener)
        firms = [f"{feed}{n % 99}" for n in range(many)]
        records = [form(f"{feed}{n}@{f}.example", company=f, title=f"{feed} {n}") for n, f in enumerate(firms)]
        records = [replace(one, outcome=said) for one in records]
        ingest(store, ListFeed(records, name=feed, page=many), now)
        event.remove(store.engine, "before_cursor_execute", listener)
        counts.append(len(seen))

    for many, feed in ((200, "a"), (300, "b"), (3_000, "c")):
        landed(many, feed)
    assert counts[1] == counts[2] < 90


def test_dry_run_goes_through_every_page_and_leaves_nothing(store: Sessions, database_url: str, now: datetime) -> None:
    begin(store)
    dry = open_store(database_url, dry_run=True)
    assert ingest(dry, ListFeed([form(f"p{n}@firm.example") for n in range(6)]), now).landed == 6
    dry.close()
    assert everything(store)["Lead"] == 0


def test_nothing_lands_before_a_playbook_was_adopted(store: Sessions, now: datetime) -> None:
    with pytest.raises(UsageError, match="adopted no playbook"):
        run_ingest(store, now=now, feed=ListFeed([form("a@firm.example")]), run="x", keyring=KEYRING)
