"""What is explained of a past moment stays what was explained then, whatever is received later, however late."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from penstock.operations.explain import explain
from penstock.operations.qualify import run_qualify
from penstock.sequence.leading import leading
from penstock.store.engine import Sessions
from penstock.store.playbooks import read_live
from penstock.store.types import Row
from tests.history import DAY, HYDRAULICS, History, playbook
from tests.property.examples import many
from tests.property.test_cadence import EDGED, KINDS, PEOPLE

HOUR = timedelta(hours=1)
DEEDS = st.tuples(
    st.integers(1, 20 * 24), st.sampled_from([0, 0, 1, 24 * 9, 24 * 60]), st.sampled_from(KINDS),
    st.sampled_from(["HX-200 datasheet", "a page"]), st.integers(0, 1),
)  # fmt: skip
"""(hour at which it is received, hours since it occurred, kind, asset, whose)."""
FACTS = st.tuples(
    st.integers(1, 20 * 24), st.sampled_from([0, 24 * 9]), st.sampled_from(["industry", "title", "country"]),
    st.sampled_from(["machinery", "mining", "Engineer", "DE"]), st.integers(0, 1),
)  # fmt: skip
"""(hour at which it is received, hours since it was said, field, text, whose)."""
LOOKS = [5 * DAY, 11 * DAY, 17 * DAY]
VERSION_TWO = HYDRAULICS | {"tiers": {"A": {"needs": {"intent": 20}, "branch": "sales"}}}


def shown_first(store: Sessions, lead: int) -> str | None:
    """Return the definition that lists and exports show of a lead at present."""
    with store.read() as tx:
        return tx.scalar(select(leading(read_live(tx).deciding, among=[lead]).c.definition))


def land(history: History, people: list[int], one: tuple[Any, ...], start: datetime) -> None:
    """Land an activity, or a fact, at its own moment."""
    hour, ago, what, text, whose = one
    at = start + hour * HOUR
    if what in KINDS:
        history.did(people[whose], what, at=at - ago * HOUR, received=at, asset=text)
    else:
        history.fact("lead", people[whose], what, text, received=at, said=at - ago * HOUR)


def begun(store: Sessions, now: datetime) -> tuple[History, list[int]]:
    """Return an empty store's history, with two people of one account."""
    with store.write() as tx:
        for table in Row.metadata.sorted_tables:
            tx.execute(delete(table))
    history = History(store, playbook(EDGED, PEOPLE), live_from=now)
    firm = history.account("firm", received=now)
    return history, [history.lead(name, account=firm, received=now, employees=100) for name in ("jana", "eva")]


@settings(max_examples=many(10), suppress_health_check=list(HealthCheck))
@given(happened=st.lists(DEEDS | FACTS, min_size=4, max_size=9), changes=st.booleans())
def test_past_moment_stays_as_it_was_explained(
    store: Sessions, now: datetime, happened: list[Any], changes: bool
) -> None:
    history, people = begun(store, now)
    then: dict[datetime, list[Any]] = {}
    waiting = sorted(happened, key=lambda one: one[0])
    for look in LOOKS:
        while waiting and now + waiting[0][0] * HOUR <= now + look:
            land(history, people, waiting.pop(0), now)
        run_qualify(store, now=now + look)
        then[now + look] = [explain(store, named=str(one), now=now + look) for one in people]
        assert [one.leading for one in then[now + look]] == [shown_first(store, one) for one in people]
        if changes and look == LOOKS[1]:
            history.adopt(playbook(VERSION_TWO, PEOPLE), now=now + look + HOUR)
    for one in waiting:
        land(history, people, one, now)
    run_qualify(store, now=now + 60 * DAY)
    for moment, explained in then.items():
        assert [explain(store, named=str(one), now=moment) for one in people] == explained


@settings(max_examples=many(12), suppress_health_check=list(HealthCheck))
@given(
    happened=st.lists(DEEDS | FACTS, min_size=4, max_size=9),
    hours=st.lists(st.integers(1, 20 * 24), min_size=1, max_size=3, unique=True).map(sorted),
)
def test_dry_run_as_of_a_past_moment_decides_as_a_run_did_then(
    store: Sessions, now: datetime, happened: list[Any], hours: list[int]
) -> None:
    history, people = begun(store, now)
    for one in happened:
        land(history, people, one, now)
    dry = Sessions(store.engine, dry_run=True)
    asked = [run_qualify(dry, now=now + hour * HOUR).by_branch for hour in hours]
    history, people = begun(store, now)
    waiting, decided = sorted(happened, key=lambda one: one[0]), Counter[str]()
    for hour, by_branch in zip(hours, asked, strict=True):
        while waiting and waiting[0][0] <= hour:
            land(history, people, waiting.pop(0), now)
        decided.update(run_qualify(store, now=now + hour * HOUR).by_branch)
        assert decided == by_branch
