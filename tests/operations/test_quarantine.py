"""Quarantine: nothing read is lost, and what was mended lands once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from penstock.errors import NotFoundError
from penstock.operations.quarantine import ReplayResult, list_quarantine, replay_quarantine, show_quarantine
from penstock.ports import Feed
from penstock.records import Record, Unreadable
from penstock.store.engine import Sessions, table
from penstock.store.tables import Activity
from tests.operations.landing import KEYRING, ListFeed, begin, form, ingest

LATER = timedelta(hours=1)
BAD = [Unreadable(f"bad-{n}", "bad_date", "no such date", f'{{"id": "fixed-{n}"}}', f"f.csv:{n}") for n in range(3)]
FIXED: list[Record | Unreadable] = [form(f"p{n}@firm.example", key=f"fixed-{n}") for n in range(3)]


def replay(
    store: Sessions, now: datetime, records: Sequence[Record | Unreadable], ids: Sequence[int] | None = None
) -> ReplayResult:
    feeds: dict[str, Feed] = {"web": ListFeed(records)}
    return replay_quarantine(store, now=now, feed_by_name=feeds, ids=ids, run="replay", keyring=KEYRING)


@pytest.fixture
def held(store: Sessions, now: datetime) -> Sessions:
    begin(store)
    ingest(store, ListFeed([*BAD, form("a@firm.example"), form(key="nobody")]), now)
    return store


def test_list_and_show_say_what_where_and_why(held: Sessions, now: datetime) -> None:
    lines = list_quarantine(held)
    assert [line.error for line in lines] == ["bad_date", "bad_date", "bad_date", "no_subject"]
    shown = show_quarantine(held, lines[0].quarantine_id)
    assert (shown.detail, shown.place, shown.record, shown.seen_at) == ("no such date", "f.csv:0", BAD[0].raw, now)
    assert list_quarantine(held, error="no_subject", feed="web") == lines[3:]


def test_mended_records_land_and_keep_their_row_with_the_moment(held: Sessions, now: datetime) -> None:
    done = replay(held, now + LATER, [*FIXED, form(key="nobody")])
    assert (done.tried, done.replayed, done.still) == (4, 3, {"no_subject": 1})
    assert [line.replayed_at for line in list_quarantine(held, replayed=True)] == [now + LATER] * 3
    with held.read() as tx:
        keys = set(tx.scalars(select(table(Activity).c.external_id)))
    assert {"fixed-0", "fixed-1", "fixed-2"} <= keys


def test_replaying_twice_lands_nothing_twice(held: Sessions, now: datetime) -> None:
    replay(held, now + LATER, FIXED)
    again = replay(held, now + 2 * LATER, FIXED)
    assert (again.tried, again.replayed) == (1, 0)


def test_only_those_named_are_tried(held: Sessions, now: datetime) -> None:
    first = list_quarantine(held)[0].quarantine_id
    done = replay(held, now + LATER, FIXED, [first])
    assert (done.tried, done.replayed, len(list_quarantine(held))) == (1, 1, 3)


def test_what_is_still_wrong_tells_its_reason_of_today(held: Sessions, now: datetime) -> None:
    worse = [replace(one, code="bad_number", detail="no such number") for one in BAD]
    assert replay(held, now + LATER, worse).still == {"bad_number": 3, "no_record": 1}
    assert [line.error for line in list_quarantine(held)] == ["bad_number"] * 3 + ["no_record"]


def test_feed_that_is_gone_is_said_and_holds_back_no_other(held: Sessions, now: datetime) -> None:
    done = replay_quarantine(held, now=now, feed_by_name={}, run="replay", keyring=KEYRING)
    assert done.replayed == 0
    assert 'no feed "web"' in done.failed["web"]


def test_unknown_id_is_not_found(held: Sessions, now: datetime) -> None:
    with pytest.raises(NotFoundError, match="nothing in quarantine under 999"):
        replay(held, now, FIXED, [999])
    with pytest.raises(NotFoundError):
        show_quarantine(held, 999)


def test_record_that_is_read_wrong_again_is_kept_once(held: Sessions, now: datetime) -> None:
    ingest(held, ListFeed(BAD, stream="forms", name="web", page=1), now)
    ingest(held, ListFeed([*BAD, *BAD, *BAD]), now)
    assert len(list_quarantine(held)) == 4


def waiting(store: Sessions) -> list[str]:
    return [line.external_id for line in list_quarantine(store)]


def test_record_that_was_mended_where_it_came_from_waits_no_longer(held: Sessions, now: datetime) -> None:
    mended = [form("p0@firm.example", key="bad-0"), form("p1@firm.example"), form(key="nobody")]
    ingest(held, ListFeed([*[BAD[1]] * 5, *mended]), now + LATER)
    assert waiting(held) == ["bad-1", "bad-2", "nobody"]
    [line] = list_quarantine(held, replayed=True)
    assert (line.external_id, line.replayed_at, line.record) == ("bad-0", now + LATER, BAD[0].raw)


def test_record_of_another_stream_settles_nothing(held: Sessions, now: datetime) -> None:
    ingest(held, ListFeed([form("p0@firm.example", key="bad-0")], stream="scans"), now + LATER)
    assert len(waiting(held)) == 4


def test_record_that_is_read_wrong_once_more_waits_again(held: Sessions, now: datetime) -> None:
    once: list[Record | Unreadable] = [*[BAD[1]] * 5, form("p0@firm.example", key="bad-0")]
    ingest(held, ListFeed(once), now + LATER)
    ingest(held, ListFeed([*once, BAD[0]]), now + 2 * LATER)
    assert "bad-0" in waiting(held)
