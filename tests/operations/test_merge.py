"""Merging two leads: what was received goes to the kept one, what was made stays, and undoing it restores both."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from penstock.errors import NotFoundError, UsageError
from penstock.operations.merge import MergeResult
from penstock.operations.qualify import run_qualify
from penstock.records import ConsentSaid, OutcomeSaid, Record
from penstock.store.engine import Sessions, table
from penstock.store.tables import (
    Activity,
    Consent,
    Decision,
    Fact,
    Identifier,
    Lead,
    Merge,
    Outcome,
    Rescore,
    Score,
    Suppression,
)
from tests.history import DAY
from tests.operations.landing import KEYRING, ListFeed, begin, form, ingest, profile
from tests.operations.merging import merge, rows, unmerge, whole

HOUR = timedelta(hours=1)
WORK, HOME = "jana@brunner.example", "jana@gmail.com"
KEPT, MERGED = 1, 2


def said(email: str, *, granted: bool, at: datetime) -> Record:
    """Return a record of nothing but a consent."""
    return replace(profile(email, at=at), consent=ConsentSaid("marketing", granted, "Yes, please", at))


@pytest.fixture
def landed(store: Sessions, now: datetime) -> Sessions:
    """Jana at work, and Jana at home, who said more; judged once."""
    begin(store)
    work = form(WORK, company="Brunner", title="Engineer", key="w1", at=now - 3 * DAY)
    home = form(HOME, person_id="77", first_name="Jana", country="DE", key="h1", at=now - 2 * DAY)
    ingest(store, ListFeed([work]), now - DAY)
    ingest(store, ListFeed([home], name="crm"), now - DAY)
    run_qualify(store, now=now)
    return store


def test_what_was_received_goes_to_the_kept_lead(landed: Sessions, now: datetime) -> None:
    done = merge(landed, now + HOUR, KEPT, MERGED)
    assert (done.kept_id, done.merged_id, done.already) == (KEPT, MERGED, False)
    assert done.moved["activity"] == 1
    assert {one for (one,) in rows(landed, Activity, "lead_id")} == {KEPT}
    assert {one for (one,) in rows(landed, Fact, "subject_id", subject="lead")} == {KEPT}
    assert set(rows(landed, Identifier, "value", "lead_id", "home")) == {
        (WORK, KEPT, ""), (HOME, KEPT, f"email:{HOME}"), ("77", KEPT, f"email:{HOME}"),
    }  # fmt: skip


def test_kept_lead_shows_what_is_known_of_both(landed: Sessions, now: datetime) -> None:
    merge(landed, now + HOUR, KEPT, MERGED)
    kept, merged = rows(landed, Lead)
    assert (kept.company, kept.title, kept.first_name, kept.country) == ("Brunner", "Engineer", "Jana", "DE")
    assert (merged.merged_into, merged.first_name, merged.company) == (KEPT, "Jana", None)
    assert kept.email_hash == KEYRING.address_hash(kept.email)


def test_merge_and_unmerge_restore_both(landed: Sessions, now: datetime) -> None:
    before = whole(landed)
    merge(landed, now + HOUR, KEPT, MERGED)
    assert whole(landed) != before
    unmerge(landed, now + 2 * HOUR, MERGED)
    after = whole(landed)
    for name, told in before.items():
        assert after[name] == told, name


def test_both_are_judged_again_and_stand_as_before(landed: Sessions, now: datetime) -> None:
    before = [(row.subject_id, row.intent, row.tier, row.stage) for row in rows(landed, Score)]
    merge(landed, now + HOUR, KEPT, MERGED)
    run_qualify(landed, now=now + HOUR)
    unmerge(landed, now + 2 * HOUR, MERGED)
    run_qualify(landed, now=now + 2 * HOUR)
    assert [(row.subject_id, row.intent, row.tier, row.stage) for row in rows(landed, Score)] == before


def test_what_arrives_under_the_merged_ones_identifiers_goes_back_too(landed: Sessions, now: datetime) -> None:
    merge(landed, now + HOUR, KEPT, MERGED)
    later = [
        form(HOME, person_id="77", key="h2", at=now + HOUR, title="Buyer"), form(HOME, key="h3", at=now + HOUR),
        form(WORK, key="w2", at=now + HOUR), said(HOME, granted=True, at=now + HOUR),
        replace(profile(HOME, at=now + HOUR, key="o1"), outcome=OutcomeSaid("meeting", 5_000, "EUR")),
    ]  # fmt: skip
    ingest(landed, ListFeed(later, name="crm", stream="more"), now + 2 * HOUR)
    assert {one for (one,) in rows(landed, Activity, "lead_id")} == {KEPT}
    unmerge(landed, now + 3 * HOUR, MERGED)
    of = {key: (lead, by) for key, lead, by in rows(landed, Activity, "external_id", "lead_id", "found_by")}
    of_kept, by_crm = (KEPT, ""), (MERGED, "feed:crm:77")
    assert of == {"w1": of_kept, "w2": of_kept, "h1": by_crm, "h2": by_crm, "h3": (MERGED, "")}
    assert rows(landed, Consent, "lead_id", "found_by") == [(MERGED, "")]
    assert rows(landed, Outcome, "subject_id", "found_by") == [(MERGED, "")]
    kept, merged = rows(landed, Lead)
    assert (kept.title, merged.title) == ("Engineer", "Buyer")


def test_identifier_learnt_meanwhile_stays_with_the_kept_lead(landed: Sessions, now: datetime) -> None:
    merge(landed, now + HOUR, KEPT, MERGED)
    ingest(landed, ListFeed([form(HOME, person_id="new", key="n1", at=now + HOUR)], name="erp"), now + HOUR)
    unmerge(landed, now + 2 * HOUR, MERGED)
    assert rows(landed, Identifier, "lead_id", "home", kind="feed:erp") == [(KEPT, "")]
    assert rows(landed, Activity, "lead_id", external_id="n1") == [(KEPT,)]


def test_fact_that_both_hold_stays_where_it_is(store: Sessions, now: datetime) -> None:
    begin(store)
    at = now - DAY
    both = [form(WORK, title="Engineer", at=at, key="a"), form(HOME, title="Buyer", at=at, key="b")]
    ingest(store, ListFeed(both), now)
    run_qualify(store, now=now)
    before = whole(store)
    merge(store, now + HOUR, KEPT, MERGED)
    assert rows(store, Fact, "subject_id", "found_by", field="title") == [(KEPT, ""), (MERGED, "")]
    assert rows(store, Lead, "title", id=KEPT) == [("Engineer",)]
    unmerge(store, now + 2 * HOUR, MERGED)
    assert whole(store)["fact"] == before["fact"]


@pytest.mark.parametrize(("of_kept", "of_merged"), [(True, False), (False, True), (True, True), (False, False)])
def test_of_consents_said_at_once_the_stricter_holds_until_undone(
    store: Sessions, now: datetime, of_kept: bool, of_merged: bool
) -> None:
    begin(store)
    at = now - DAY
    ingest(store, ListFeed([said(WORK, granted=of_kept, at=at), said(HOME, granted=of_merged, at=at)]), now)
    before = whole(store)
    merge(store, now + HOUR, KEPT, MERGED)
    assert rows(store, Consent, "granted", lead_id=KEPT) == [(of_kept and of_merged,)]
    assert len(rows(store, Consent)) == 2
    unmerge(store, now + 2 * HOUR, MERGED)
    assert whole(store)["consent"] == before["consent"]


def test_chain_of_two_is_undone_step_by_step(store: Sessions, now: datetime) -> None:
    begin(store)
    at = now - DAY
    mails = ["a@a.example", "b@b.example", "c@c.example"]
    told = [replaced for n, mail in enumerate(mails) for replaced in (form(mail, key=mail, at=at, title=f"Title {n}"),)]
    agreed = [said(mail, granted=mail != mails[0], at=at) for mail in mails]
    ingest(store, ListFeed([*told, *agreed]), now)
    run_qualify(store, now=now)
    first = whole(store)
    merge(store, now + HOUR, 2, 1)
    second = whole(store)
    merge(store, now + 2 * HOUR, 3, 2)
    assert rows(store, Lead, "merged_into") == [(3,), (3,), (None,)]
    assert rows(store, Consent, "granted", lead_id=3) == [(False,)]
    with pytest.raises(UsageError, match="merged on into lead 3; undo that first: `penstock lead unmerge 2"):
        unmerge(store, now + 3 * HOUR, 1)
    unmerge(store, now + 3 * HOUR, 2)
    assert {name: told for name, told in whole(store).items() if second[name] != told} == {}
    unmerge(store, now + 4 * HOUR, 1)
    assert {name: told for name, told in whole(store).items() if first[name] != told} == {}


def test_two_merged_into_one_leave_in_any_order(store: Sessions, now: datetime) -> None:
    begin(store)
    at = now - DAY
    mails = ["a@a.example", "b@b.example", "c@c.example"]
    told = [form(mail, key=mail, at=at, title=mail) for mail in mails]
    told[0] = form(mails[0], key=mails[0], at=at)
    agreed = [said(mail, granted=mail == mails[0], at=at) for mail in mails]
    ingest(store, ListFeed([*told, *agreed]), now)
    first = whole(store)
    merge(store, now + HOUR, 1, 2)
    merge(store, now + 2 * HOUR, 1, 3)
    assert rows(store, Fact, "subject_id", field="title") == [(1,), (3,)]
    unmerge(store, now + 3 * HOUR, 2)
    assert rows(store, Fact, "subject_id", field="title") == [(1,), (2,)]
    assert rows(store, Consent, "granted", lead_id=1) == [(False,)]
    unmerge(store, now + 4 * HOUR, 3)
    after = whole(store)
    assert [name for name in ("lead", "identifier", "activity", "fact", "consent") if after[name] != first[name]] == []


@pytest.mark.parametrize("order", [(2, 3), (3, 2)])
def test_consent_exchanged_between_two_merged_leads_goes_home(
    store: Sessions, now: datetime, order: tuple[int, int]
) -> None:
    begin(store)
    at = now - DAY
    agreed = [said("b@b.example", granted=True, at=at), said("c@c.example", granted=False, at=at)]
    ingest(store, ListFeed([form("a@a.example", at=at), *agreed]), now)
    before = whole(store)["consent"]
    for merged in (2, 3):
        merge(store, now + HOUR, 1, merged)
    assert rows(store, Consent, "granted", lead_id=1) == [(False,)]
    for lead in order:
        unmerge(store, now + 2 * HOUR, lead)
    assert whole(store)["consent"] == before


def test_merging_again_says_that_it_is_so_already(landed: Sessions, now: datetime) -> None:
    merge(landed, now + HOUR, KEPT, MERGED)
    before = whole(landed, without=())
    for kept, merged in ((KEPT, MERGED), (WORK, HOME), (WORK, "crm:77"), (f" {KEPT} ", HOME)):
        assert merge(landed, now + 2 * HOUR, kept, merged) == MergeResult(KEPT, MERGED, already=True)
    assert whole(landed, without=()) == before
    assert len(rows(landed, Merge)) == 1


@pytest.mark.parametrize(
    ("kept", "merged", "more", "error", "what"),
    [
        (1, 2, {"reason": " "}, UsageError, "--reason TEXT"),
        (1, 1, {}, UsageError, "both name lead 1"),
        (WORK, 1, {}, UsageError, "both name lead 1"),
        (99, 1, {}, NotFoundError, "99"),
        (1, "nobody@brunner.example", {}, NotFoundError, "nobody"),
        (3, 1, {}, UsageError, "lead 3 was merged into lead 1, which cannot go into itself"),
        (2, 3, {}, UsageError, "lead 3 was merged into lead 1 already; name that one, or undo it first"),
    ],
)
def test_merge_that_cannot_be_is_refused(
    landed: Sessions, now: datetime, kept: Any, merged: Any, more: dict[str, Any], error: type[Exception], what: str
) -> None:
    ingest(landed, ListFeed([form("third@c.example", at=now)], name="third"), now)
    merge(landed, now, 1, 3)
    before = whole(landed, without=())
    with pytest.raises(error, match=what):
        merge(landed, now + HOUR, kept, merged, **more)
    assert whole(landed, without=()) == before


@pytest.mark.parametrize(
    ("lead", "more", "error", "what"),
    [
        (1, {}, UsageError, "lead 1 is merged into no other"),
        (WORK, {}, UsageError, "lead 1 is merged into no other"),
        (2, {"reason": ""}, UsageError, "--reason TEXT"),
        (99, {}, NotFoundError, "99"),
    ],
)
def test_unmerge_that_cannot_be_is_refused(
    landed: Sessions, now: datetime, lead: Any, more: dict[str, Any], error: type[Exception], what: str
) -> None:
    merge(landed, now, 1, 2)
    with pytest.raises(error, match=what):
        unmerge(landed, now + HOUR, lead, **more)


def test_merged_lead_is_named_by_what_found_it(landed: Sessions, now: datetime) -> None:
    merge(landed, now, KEPT, MERGED)
    assert unmerge(landed, now + HOUR, HOME).lead_id == MERGED
    assert [(row.undone_by, row.undone_reason, row.undone_at) for row in rows(landed, Merge)] == [
        ("eva", "two after all", now + HOUR)
    ]


def test_who_left_leaves_with_every_address(landed: Sessions, now: datetime) -> None:
    work, home = KEYRING.address_hash(WORK), KEYRING.address_hash(HOME)
    with landed.write() as tx:
        one = {"hash": home, "feed": "crm", "received_at": now}
        tx.execute(insert(table(Suppression)), [one | {"scope": "marketing", "reason": "unsubscribed"}])
    assert merge(landed, now + HOUR, KEPT, MERGED).suppressed == 1
    assert set(rows(landed, Suppression, "hash", "scope")) == {(home, "marketing"), (work, "marketing")}
    unmerge(landed, now + 2 * HOUR, MERGED)
    assert len(rows(landed, Suppression)) == 2


def test_address_that_bounced_closes_no_other(landed: Sessions, now: datetime) -> None:
    bounced = {
        "hash": KEYRING.address_hash(HOME),
        "scope": "all",
        "reason": "bounced",
        "feed": "crm",
        "received_at": now,
    }
    with landed.write() as tx:
        tx.execute(insert(table(Suppression)), bounced)
    assert merge(landed, now + HOUR, KEPT, MERGED).suppressed == 0


def test_merged_lead_is_judged_no_more(landed: Sessions, now: datetime) -> None:
    merge(landed, now + HOUR, KEPT, MERGED)
    run_qualify(landed, now=now + 60 * DAY)
    assert rows(landed, Rescore, "due_at", subject="lead", subject_id=MERGED) == [(None,)]
    moments = rows(landed, Decision, "moment", subject_id=MERGED)
    assert all(moment <= now for (moment,) in moments)


def test_lead_without_account_takes_that_of_the_merged_until_undone(store: Sessions, now: datetime) -> None:
    begin(store)
    ingest(store, ListFeed([form("a@gmail.com"), form(WORK, company="Brunner")]), now)
    assert rows(store, Lead, "account_id") == [(None,), (1,)]
    merge(store, now, "a@gmail.com", WORK)
    assert rows(store, Lead, "account_id") == [(1,), (1,)]
    unmerge(store, now + HOUR, WORK)
    assert rows(store, Lead, "account_id") == [(None,), (1,)]


@pytest.mark.parametrize("order", [(2, 3), (3, 2)])
def test_lead_without_account_keeps_that_of_whoever_stays_merged(
    store: Sessions, now: datetime, order: tuple[int, int]
) -> None:
    begin(store)
    two = [form("b@b.example", company="Bauer"), form("c@c.example", company="Cramer")]
    ingest(store, ListFeed([form("a@gmail.com"), *two]), now)
    for merged in (2, 3):
        merge(store, now, 1, merged)
    assert rows(store, Lead, "account_id", id=1) == [(1,)]
    first, last = order
    unmerge(store, now + HOUR, first)
    assert rows(store, Lead, "account_id", id=1) == rows(store, Lead, "account_id", id=last)
    unmerge(store, now + HOUR, last)
    assert rows(store, Lead, "account_id") == [(None,), (1,), (2,)]


def test_baseline_ends_with_a_live_lead_and_comes_back_without(store: Sessions, now: datetime) -> None:
    begin(store, now)
    ingest(store, ListFeed([form(WORK, at=now - DAY, key="old"), form(HOME, at=now, key="new")]), now)
    run_qualify(store, now=now)
    live = [at for (at,) in rows(store, Rescore, "live_at", subject="lead")]
    assert live == [None, now]
    merge(store, now + HOUR, 1, 2)
    assert rows(store, Rescore, "live_at", subject="lead", subject_id=1) == [(now,)]
    unmerge(store, now + 2 * HOUR, 2)
    assert [at for (at,) in rows(store, Rescore, "live_at", subject="lead")] == live


def test_what_arrived_live_meanwhile_ends_the_baseline_of_whose_it_is(store: Sessions, now: datetime) -> None:
    begin(store, now)
    ingest(store, ListFeed([form(WORK, at=now - DAY), form(HOME, at=now - DAY)]), now)
    merge(store, now + HOUR, 1, 2)
    ingest(store, ListFeed([form(HOME, at=now + HOUR)], name="other"), now + 2 * HOUR)
    unmerge(store, now + 3 * HOUR, 2)
    assert rows(store, Rescore, "live_at", subject="lead") == [(None,), (now + 2 * HOUR,)]


def test_address_without_facts_comes_and_goes_with_the_merged_lead(store: Sessions, now: datetime) -> None:
    begin(store)
    ingest(store, ListFeed([form(person_id="1", at=now - DAY), form(WORK, at=now - DAY)], name="crm"), now)
    crm = "feed:crm:1"
    assert rows(store, Lead, "email", key=crm) == [(None,)]
    merge(store, now, "crm:1", WORK)
    assert rows(store, Lead, "email", "email_hash", key=crm) == [(WORK, KEYRING.address_hash(WORK))]
    unmerge(store, now + HOUR, WORK)
    assert rows(store, Lead, "email", "email_hash", key=crm) == [(None, None)]


def test_decisions_that_nobody_acted_on_wait_until_undone(landed: Sessions, now: datetime) -> None:
    decision = table(Decision)
    with landed.write() as tx:
        tx.execute(update(decision).where(decision.c.subject_id == MERGED).values(hold=0))
    merge(landed, now + HOUR, KEPT, MERGED)
    assert {hold for (hold,) in rows(landed, Decision, "hold", subject_id=MERGED)} == {-1}
    unmerge(landed, now + 2 * HOUR, MERGED)
    assert {hold for (hold,) in rows(landed, Decision, "hold", subject_id=MERGED)} == {None}
