"""What feeds say of target lists lands beside what was said before, and makes account and leads due."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from json import loads
from typing import Any

import pytest
from sqlalchemy import select

from penstock.operations.adopt import run_adopt
from penstock.operations.export import export_table
from penstock.operations.qualify import run_qualify
from penstock.records import Listed, Record
from penstock.store.engine import Sessions, table
from penstock.store.tables import Decision, ListMembership, Quarantine
from tests.history import playbook
from tests.operations.landing import LIVE_FROM, ListFeed, form, ingest

DAY = timedelta(days=1)
LISTED: dict[str, Any] = {
    "definition": "d", "fit": {"rules": {"key": {"points": 20, "on_list": "key"}}},
    "tiers": {"A": {"needs": {"fit": 20}, "branch": "nurture"}, "C": {"branch": "none"}},
}  # fmt: skip
OF_SALES = {"points": 20, "on_list": {"list": "key", "origin": "sales"}}
ASKING = LISTED | {"fit": {"rules": {"key": OF_SALES}}}
ON = Listed("Key accounts", "Vertrieb")


def begin(store: Sessions, now: datetime, definition: dict[str, Any] = LISTED) -> None:
    """Adopt a playbook that asks for a list, with a lead of the firm that is judged already."""
    run_adopt(store, now=LIVE_FROM, playbook=playbook(definition), live_from=LIVE_FROM)
    ingest(store, ListFeed([form("jana@firm.example", at=now - 9 * DAY)]), now - 9 * DAY)
    run_qualify(store, now=now - 9 * DAY)


def say(
    store: Sessions, now: datetime, *listed: Listed, at: datetime | None = None, domain: str = "firm.example"
) -> Any:
    """Land what a list says of the firm; return the result of the run."""
    fields = {"domain": domain} if domain else {}
    records = [Record(f"{now:%d%H}-{n}", at, fields=fields, listed=one) for n, one in enumerate(listed)]
    return ingest(store, ListFeed(records, name="lists", stream=f"{now:%d%H}", page=10), now)


def rows(store: Sessions, model: Any) -> list[Any]:
    with store.read() as tx:
        return list(tx.execute(select(table(model)).order_by(table(model).c.id)))


def tiers(store: Sessions, now: datetime) -> list[tuple[int, str]]:
    """Return the day and tier of each decision."""
    return [((one.moment - now).days, one.tier_to) for one in rows(store, Decision)]


def test_lead_is_judged_anew_when_its_account_is_listed(store: Sessions, now: datetime) -> None:
    begin(store, now)
    say(store, now, ON)
    run_qualify(store, now=now)
    assert tiers(store, now) == [(-9, "C"), (0, "A")]


def test_lead_that_comes_after_the_list_is_on_it(store: Sessions, now: datetime) -> None:
    begin(store, now)
    say(store, now, ON, domain="new.example")
    ingest(store, ListFeed([form("eva@new.example", at=now)], name="w"), now + DAY)
    run_qualify(store, now=now + DAY)
    assert tiers(store, now)[-1] == (1, "A")


def test_said_again_is_known_and_said_otherwise_is_added(store: Sessions, now: datetime) -> None:
    begin(store, now)
    first, again = say(store, now, ON, ON), say(store, now + DAY, ON)
    ends = say(store, now + 2 * DAY, Listed(ON.name, ON.origin, until=now + 3 * DAY))
    assert [(one.landed, one.known) for one in (first, again, ends)] == [(1, 1), (0, 1), (1, 0)]
    assert [one.until for one in rows(store, ListMembership)] == [None, now + 3 * DAY]
    run_qualify(store, now=now + 9 * DAY)
    assert tiers(store, now) == [(-9, "C"), (0, "A"), (3, "C")]


def test_record_of_one_day_can_be_corrected(store: Sessions, now: datetime) -> None:
    begin(store, now)
    since = now - 3 * DAY
    for hour, until in enumerate((now + DAY, now + 5 * DAY, now + 5 * DAY)):
        say(store, now + timedelta(hours=hour), Listed(ON.name, since=since, until=until), at=since)
    assert [one.until for one in rows(store, ListMembership)] == [now + DAY, now + 5 * DAY]
    run_qualify(store, now=now + 9 * DAY)
    assert tiers(store, now)[-2:] == [(0, "A"), (5, "C")]


def test_history_of_lists_is_known_from_its_own_time(store: Sessions, now: datetime) -> None:
    begin(store, now)
    long_ago = LIVE_FROM - 30 * DAY
    say(store, now, Listed(ON.name, since=long_ago), at=long_ago)
    (one,) = rows(store, ListMembership)
    assert (one.received_at, one.landed_at) == (long_ago, now)


@pytest.mark.parametrize("apart", [timedelta(), DAY])
def test_of_what_is_said_of_one_moment_the_last_word_holds(store: Sessions, now: datetime, apart: timedelta) -> None:
    begin(store, now, ASKING)
    since = LIVE_FROM - 30 * DAY
    words = [Listed("Key accounts", origin, since=since) for origin in ("Vertrieb", "partner")]
    if apart:
        for number, word in enumerate(words):
            say(store, now + number * apart, word, at=since)
    else:
        say(store, now, *words, at=since)
    run_qualify(store, now=now + 3 * DAY)
    assert tiers(store, now)[-1][1] == "C"


def test_list_without_a_company_goes_to_quarantine(store: Sessions, now: datetime) -> None:
    begin(store, now)
    free = Record("free", now, email="jana@gmail.com", listed=ON)
    done = ingest(store, ListFeed([free], name="lists"), now)
    assert (done.landed, done.quarantined) == (0, {"no_account": 1})
    assert [(one.error, one.feed) for one in rows(store, Quarantine)] == [("no_account", "lists")]


def test_export_says_which_accounts_are_targets_now(store: Sessions, now: datetime) -> None:
    begin(store, now)
    say(store, now, Listed("Fair", until=now + DAY))
    targets = []
    for at in (now - DAY, now, now + DAY):
        export_table(store, now=at, name="accounts", fmt="json", out=(out := BytesIO()))
        targets += [one["is_target"] for one in loads(out.getvalue())]
    assert targets == [False, True, False]


def test_company_that_left_a_list_is_no_target_whatever_was_said_before(store: Sessions, now: datetime) -> None:
    begin(store, now)
    since = now - 9 * DAY
    say(store, now - DAY, Listed("Fair", since=since), at=now - DAY)
    say(store, now, Listed("Fair", since=since, until=now), at=now)
    export_table(store, now=now, name="accounts", fmt="json", out=(out := BytesIO()))
    assert [one["is_target"] for one in loads(out.getvalue())] == [False]
