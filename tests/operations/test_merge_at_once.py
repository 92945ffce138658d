"""Merges at the same time as something else, killed in between, and with much to move."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from penstock.errors import PenstockError
from penstock.mail.keyring import Keyring
from penstock.operations.merge import MergeResult
from penstock.operations.promote import promote_lead
from penstock.operations.qualify import run_qualify
from penstock.operations.touch import touch_lead
from penstock.operations.unsubscribe import run_unsubscribe
from penstock.records import Record
from penstock.store.engine import Sessions, open_store
from penstock.store.tables import Activity, Consent, Fact, Lead, Merge, Promotion, Rescore, Touch
from tests.history import DAY
from tests.operations.landing import ListFeed, begin, form, ingest
from tests.operations.merging import merge, rows, unmerge, whole

HOUR = timedelta(hours=1)


def at_once(*work: Any) -> list[Any]:
    """Run some things at the same time; return what each gave, or the error that it raised."""
    found: list[Any] = [None] * len(work)

    def do(place: int) -> None:
        try:
            found[place] = work[place]()
        except PenstockError as error:
            found[place] = error

    threads = [threading.Thread(target=do, args=(place,)) for place in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_two_who_merge_at_once_do_it_once(store: Sessions, database_url: str, now: datetime) -> None:
    begin(store)
    ingest(store, ListFeed([form("a@a.example"), form("b@b.example")]), now)
    other = open_store(database_url)
    done = at_once(lambda: merge(store, now, 1, 2), lambda: merge(other, now, 1, 2))
    other.close()
    assert sorted(one.already for one in done) == [False, True]
    assert len(rows(store, Merge)) == 1


def test_one_who_merges_the_other_way_round_is_told(store: Sessions, database_url: str, now: datetime) -> None:
    begin(store)
    ingest(store, ListFeed([form("a@a.example"), form("b@b.example")]), now)
    other = open_store(database_url)
    done = at_once(lambda: merge(store, now, 1, 2), lambda: merge(other, now, 2, 1))
    other.close()
    assert sorted(isinstance(one, MergeResult) for one in done) == [False, True]
    assert len(rows(store, Merge)) == 1


def land_meanwhile(
    store: Sessions, database_url: str, record: Record, at: datetime, act: Callable[[], Any], *, wait: float = 20
) -> int:
    """Land a record while somebody acts, and return how often the landing began."""
    feed = ListFeed([record], name="crm", stream="late")
    return meanwhile(store, database_url, lambda other: ingest(other, feed, at), act, wait=wait)


def meanwhile(
    store: Sessions, database_url: str, say: Callable[[Sessions], Any], act: Callable[[], Any], *, wait: float = 20
) -> int:
    """Say something of a lead while somebody acts: what is said has found the lead, and waits for its row until that is
    done, or so many seconds. Return how many pages it began to land.

    On SQLite the writer has the store alone, so that one simply comes after the other.
    """
    other, matched, acted, begun = open_store(database_url), threading.Event(), threading.Event(), []

    @event.listens_for(other.engine, "before_cursor_execute")
    def _wait(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        begun.extend([1] * statement.startswith("INSERT INTO batch"))
        if "rescore" in statement and "FOR UPDATE" in statement and not matched.is_set():
            matched.set()
            acted.wait(wait)

    def do() -> None:
        if not store.is_sqlite:
            matched.wait(20)
        act()
        acted.set()

    done = at_once(lambda: say(other), do)
    other.close()
    assert [one for one in done if isinstance(one, Exception)] == []
    return len(begun)


@pytest.fixture
def two(store: Sessions, now: datetime) -> Sessions:
    """Two leads, judged."""
    begin(store)
    ingest(store, ListFeed([form("a@a.example"), form("b@b.example", at=now - DAY)]), now)
    run_qualify(store, now=now)
    return store


def late(now: datetime) -> Record:
    return form("b@b.example", title="Buyer", at=now + HOUR)


def test_landing_that_found_the_lead_before_the_merge_lands_with_the_kept_one(
    two: Sessions, database_url: str, now: datetime
) -> None:
    land_meanwhile(two, database_url, late(now), now + HOUR, lambda: merge(two, now + HOUR, 1, 2))
    assert {one for (one,) in rows(two, Activity, "lead_id")} == {1}
    assert {one for (one,) in rows(two, Fact, "subject_id", subject="lead")} == {1}
    assert rows(two, Rescore, "due_at", subject="lead", subject_id=2) == [(None,)]


def test_landing_that_found_the_lead_before_the_undoing_lands_with_its_own(
    two: Sessions, database_url: str, now: datetime
) -> None:
    merge(two, now, 1, 2)
    land_meanwhile(two, database_url, late(now), now + HOUR, lambda: unmerge(two, now + HOUR, 2))
    assert rows(two, Activity, "lead_id", "found_by") == [(1, ""), (2, ""), (2, "")]
    assert rows(two, Lead, "title") == [(None,), ("Buyer",)]


def test_landing_that_read_the_kept_lead_before_the_merge_shows_what_holds_now(
    store: Sessions, database_url: str, now: datetime
) -> None:
    begin(store)
    known = [form("a@a.example", title="Engineer", at=now - DAY), form("b@b.example", title="Buyer", at=now)]
    ingest(store, ListFeed(known), now)
    again = form("a@a.example", title="Engineer", at=now + HOUR)
    land_meanwhile(store, database_url, again, now + HOUR, lambda: merge(store, now + HOUR, 1, 2))
    assert rows(store, Lead, "title") == [("Engineer",), ("Buyer",)]


@pytest.mark.parametrize("act", [merge, unmerge])
def test_landing_begins_once_whoever_else_is_merged_meanwhile(
    two: Sessions, database_url: str, now: datetime, act: Callable[..., Any]
) -> None:
    ingest(two, ListFeed([form("c@c.example", at=now)], name="crm"), now)
    if act is unmerge:
        merge(two, now, 1, 2)
    who = (1, 2) if act is merge else (2,)
    record = form("c@c.example", title="Buyer", at=now + HOUR)
    assert land_meanwhile(two, database_url, record, now + HOUR, lambda: act(two, now + HOUR, *who)) == 1


@pytest.mark.parametrize("act", [merge, unmerge])
def test_landing_that_moves_the_kept_lead_to_another_account_stops_neither(
    store: Sessions, database_url: str, now: datetime, act: Callable[..., Any]
) -> None:
    begin(store)
    known = [form("a@gmail.com", company_id="1", at=now), form("b@b.example", country="DE", at=now - DAY)]
    ingest(store, ListFeed(known, name="crm"), now)
    if act is unmerge:
        merge(store, now, 1, 2)
    who = (1, 2) if act is merge else (2,)
    # Each holds what the other wants next, and who waited first is given up.
    record = form("a@gmail.com", company_id="2", title="Boss", at=now + HOUR)
    land_meanwhile(store, database_url, record, now + HOUR, lambda: act(store, now + HOUR, *who), wait=0.5)
    assert rows(store, Lead, "title", "country", id=1) == [("Boss", "DE" if act is merge else None)]
    assert len(rows(store, Merge)) == 1


KEYRING = Keyring(("a-key-of-at-least-thirty-two-letters",))
BY_HAND: dict[str, tuple[Any, Callable[[Sessions, datetime], Any]]] = {
    "touch": (Touch, lambda to, now: touch_lead(to, now=now, lead="b@b.example", kind="call", actor="rep")),
    "promote": (
        Promotion,
        lambda to, now: promote_lead(to, now=now, lead="b@b.example", reason="trade fair", actor="rep"),
    ),
    "unsubscribe": (
        Consent,
        lambda to, now: run_unsubscribe(to, now=now, lead_id=2, purpose="marketing", keyring=KEYRING),
    ),
}


@pytest.mark.parametrize("word", BY_HAND)
@pytest.mark.parametrize("act", [merge, unmerge])
def test_what_a_person_says_is_of_whom_they_named_once_the_merge_is_made_or_undone(
    two: Sessions, database_url: str, now: datetime, word: str, act: Callable[..., Any]
) -> None:
    model, say = BY_HAND[word]
    if act is unmerge:
        merge(two, now, 1, 2)
    who = (1, 2) if act is merge else (2,)
    meanwhile(two, database_url, lambda to: say(to, now + HOUR), lambda: act(two, now + HOUR, *who))
    assert rows(two, model, "subject_id" if model is Promotion else "lead_id")[-1] == (1 if act is merge else 2,)


class KilledError(Exception):
    """The process ended here."""


def killed_before(store: Sessions, number: int, act: Callable[[], Any]) -> bool:
    """Do something that ends before its n-th statement; return whether it came that far."""
    left = [number]

    def _count(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KilledError

    event.listen(store.engine, "before_cursor_execute", _count)
    try:
        act()
    except KilledError:
        return True
    finally:
        event.remove(store.engine, "before_cursor_execute", _count)
    return False


def test_merge_that_is_killed_changes_nothing_and_is_done_by_the_next(two: Sessions, now: datetime) -> None:
    for act, again in ((merge, (1, 2)), (unmerge, (2,))):
        before, number = whole(two), 1
        while killed_before(two, number, lambda: act(two, now + HOUR, *again)):  # noqa: B023 - called at once
            assert whole(two) == before
            number += 1
        assert number > 20
        assert whole(two) != before


def test_merge_takes_as_many_statements_whatever_there_is_to_move(two: Sessions, now: datetime) -> None:
    def statements(at: datetime) -> int:
        count: list[str] = []
        listen = lambda _c, _cursor, statement, *_: count.append(statement)  # noqa: E731 - removed again below
        run_qualify(two, now=at)
        event.listen(two.engine, "before_cursor_execute", listen)
        merge(two, at, 1, 2)
        unmerge(two, at, 2)
        event.remove(two.engine, "before_cursor_execute", listen)
        return len(count)

    statements(now + HOUR)
    few = statements(now + 2 * HOUR)
    many = [form("b@b.example", at=now - DAY, title=f"Title {number}") for number in range(40)]
    ingest(two, ListFeed(many, name="many", page=50), now + 3 * HOUR)
    # Columns and decisions that change are a statement more each, forty forms are none.
    assert statements(now + 4 * HOUR) <= few + 5
