"""What a person says is dealt with waits no longer, stays on record, and may be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from penstock.errors import NotFoundError, UsageError
from penstock.operations.quarantine import list_quarantine, replay_quarantine, show_quarantine
from penstock.operations.resolve import ResolveResult, resolve_quarantine
from penstock.operations.status import read_status
from penstock.ports import Feed
from penstock.records import Record, Unreadable
from penstock.store.engine import Sessions
from tests.operations.landing import KEYRING, ListFeed, begin, form, ingest

LATER = timedelta(hours=1)
BAD = [Unreadable("", "bad_date", "no such date", f'{{"row": {n}}}', f"f.csv:{n}") for n in range(3)]
NOBODY = form(key="nobody")
READ: list[Record | Unreadable] = [*BAD, form("a@firm.example"), NOBODY]


@pytest.fixture
def held(store: Sessions, now: datetime) -> Sessions:
    """Three rows without an id of their own (1 to 3), and one with neither person nor company (4)."""
    begin(store)
    ingest(store, ListFeed(READ), now)
    return store


def resolve(store: Sessions, now: datetime, **chosen: Any) -> ResolveResult:
    said = {"reason": "mended in the file", "actor": "anna"}
    return resolve_quarantine(store, now=now + LATER, **(said | chosen))


def waiting(store: Sessions) -> list[int]:
    return [line.quarantine_id for line in list_quarantine(store)]


def dealt_with(store: Sessions) -> list[int]:
    return [line.quarantine_id for line in list_quarantine(store, resolved=True)]


@pytest.mark.parametrize(
    ("chosen", "gone"),
    [
        ({"ids": [2]}, [2]),
        ({"ids": [4, 1, 1]}, [1, 4]),
        ({"feed": "web"}, [1, 2, 3, 4]),
        ({"error": "bad_date"}, [1, 2, 3]),
        ({"feed": "web", "error": "no_subject"}, [4]),
    ],
)
def test_those_chosen_wait_no_longer_and_stay_on_record(
    held: Sessions, now: datetime, chosen: dict[str, Any], gone: list[int]
) -> None:
    assert resolve(held, now, **chosen) == ResolveResult(len(gone))
    assert waiting(held) == [n for n in (1, 2, 3, 4) if n not in gone]
    assert dealt_with(held) == gone
    status = read_status(held, now=now + LATER)
    assert status.waits.quarantined == sum(status.quarantine.values()) == 4 - len(gone)


def test_who_said_so_when_and_why_stands_beside_the_record(held: Sessions, now: datetime) -> None:
    resolve(held, now, ids=[1], reason="  twice in the list ")
    shown = show_quarantine(held, 1)
    assert (shown.resolved_at, shown.resolved_by, shown.resolution) == (now + LATER, "anna", "twice in the list")
    assert (shown.record, shown.error, shown.replayed_at) == (BAD[0].raw, "bad_date", None)


def test_saying_it_twice_changes_nothing_and_names_them(held: Sessions, now: datetime) -> None:
    resolve(held, now, ids=[1])
    again = resolve(held, now, ids=[1, 2], actor="ben")
    assert (again.resolved, [line.quarantine_id for line in again.passed]) == (1, [1])
    assert show_quarantine(held, 1).resolved_by == "anna"


def test_what_landed_cannot_be_dealt_with_otherwise(held: Sessions, now: datetime) -> None:
    ingest(held, ListFeed([*READ, form("n@firm.example", key="nobody")]), now)
    done = resolve(held, now, ids=[4])
    assert (done.resolved, [line.quarantine_id for line in done.passed], dealt_with(held)) == (0, [4], [])


def test_taken_back_they_wait_again_and_say_why(held: Sessions, now: datetime) -> None:
    resolve(held, now, feed="web")
    assert resolve(held, now, error="bad_date", again=True, reason="meant the other list").resolved == 3
    assert (waiting(held), dealt_with(held)) == ([1, 2, 3], [4])
    assert show_quarantine(held, 1).resolution == "meant the other list"
    assert [line.quarantine_id for line in resolve(held, now, ids=[1], again=True).passed] == [1]


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nothing_is_said(held: Sessions, now: datetime, reason: str) -> None:
    with pytest.raises(UsageError, match="--reason TEXT"):
        resolve(held, now, ids=[1], reason=reason)


@pytest.mark.parametrize("chosen", [{}, {"ids": [1], "feed": "web"}, {"ids": [1], "error": "bad_date"}])
def test_either_ids_or_a_sort_is_chosen(held: Sessions, now: datetime, chosen: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="by --feed NAME or --error CODE"):
        resolve(held, now, **chosen)


def test_slip_in_a_sort_is_told_with_what_waits(held: Sessions, now: datetime) -> None:
    with pytest.raises(NotFoundError, match="waiting: 3 × bad_date of feed web, 1 × no_subject of feed web"):
        resolve(held, now, feed="wbe")
    with pytest.raises(NotFoundError, match="nothing is dealt with by hand"):
        resolve(held, now, feed="web", again=True)
    with pytest.raises(NotFoundError, match="nothing in quarantine under 9"):
        resolve(held, now, ids=[1, 9])
    resolve(held, now, feed="web")
    with pytest.raises(NotFoundError, match="nothing waits in quarantine"):
        resolve(held, now, feed="web")
    assert dealt_with(held) == [1, 2, 3, 4]


def test_row_that_comes_once_more_as_it_was_stays_dealt_with(held: Sessions, now: datetime) -> None:
    resolve(held, now, feed="web")
    ingest(held, ListFeed([*READ, *BAD, NOBODY]), now + 2 * LATER)
    assert waiting(held) == []


def test_row_that_says_something_else_and_is_still_wrong_waits_again(held: Sessions, now: datetime) -> None:
    resolve(held, now, feed="web")
    ingest(held, ListFeed([*READ, *BAD, replace(NOBODY, raw='{"row": "changed"}')]), now + 2 * LATER)
    assert (waiting(held), dealt_with(held)) == ([4], [1, 2, 3])


def test_replay_passes_over_it_unless_it_is_named(held: Sessions, now: datetime) -> None:
    resolve(held, now, feed="web")
    feeds: dict[str, Feed] = {"web": ListFeed([form("n@firm.example", key="nobody")])}
    run: dict[str, Any] = {"feed_by_name": feeds, "run": "replay", "keyring": KEYRING}
    assert replay_quarantine(held, now=now + LATER, **run).tried == 0
    named = replay_quarantine(held, now=now + LATER, ids=[1, 4], **run)
    assert (named.tried, named.replayed, named.still) == (2, 1, {"no_record": 1})
    assert (dealt_with(held), waiting(held)) == ([1, 2, 3], [])


def test_replay_names_those_that_had_landed_before(held: Sessions, now: datetime) -> None:
    feeds: dict[str, Feed] = {"web": ListFeed([form("n@firm.example", key="nobody")])}
    run: dict[str, Any] = {"feed_by_name": feeds, "run": "replay", "keyring": KEYRING, "ids": [4]}
    assert replay_quarantine(held, now=now + LATER, **run).before == []
    again = replay_quarantine(held, now=now + 2 * LATER, **run)
    assert (again.tried, [(line.quarantine_id, line.replayed_at) for line in again.before]) == (0, [(4, now + LATER)])
