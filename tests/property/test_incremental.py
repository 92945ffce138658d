"""Scores kept up to date moment by moment are those of a full rescore, after any interleaving of what happens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from penstock.operations.qualify import run_qualify
from penstock.store import receipts
from penstock.store.engine import Sessions
from penstock.store.receipts import Moment
from penstock.store.types import MICROSECOND, Row
from tests.history import DAY, History, playbook
from tests.property.examples import many
from tests.property.test_as_of import DEEDS, FACTS, HOUR, VERSION_TWO, land
from tests.property.test_cadence import EDGED, PEOPLE

OF_ACCOUNTS = {**PEOPLE, "definition": "firms", "subject": "account", "intent": {**PEOPLE["intent"], "whose": "people"}}
FIRST, SECOND = playbook(EDGED, PEOPLE, OF_ACCOUNTS), playbook(VERSION_TWO, PEOPLE, OF_ACCOUNTS)
# What happens beside landings: a run of qualify, an edit of the playbook, and back.
STEPS = st.tuples(st.integers(1, 25 * 24), st.just(0), st.sampled_from(["run", "run", "second", "first"]))
HAPPENED = st.lists(DEEDS | FACTS | STEPS, min_size=4, max_size=12)


def happens(history: History, people: list[int], one: tuple[Any, ...], start: datetime) -> None:
    """Land something, run qualify, or adopt the other playbook, at its own moment."""
    at = start + one[0] * HOUR
    if one[2] == "run":
        run_qualify(history.store, now=at)
    elif one[2] in ("first", "second"):
        history.adopt(FIRST if one[2] == "first" else SECOND, now=at)
    else:
        land(history, people, one, start)


def rescore_all(history: History, subjects: dict[str, list[int]], now: datetime) -> None:
    """Make everybody due, whatever is known of them, and judge them."""
    with history.store.write() as tx:
        for subject, ids in subjects.items():
            receipts.enqueue(tx, subject, [Moment(one, now, live=False) for one in ids])
    run_qualify(history.store, now=now)


@settings(max_examples=many(12), suppress_health_check=list(HealthCheck))
@given(happened=HAPPENED, after=st.integers(25, 140))
def test_incremental_is_full(store: Sessions, now: datetime, happened: list[Any], after: int) -> None:
    with store.write() as tx:
        for table in Row.metadata.sorted_tables:
            tx.execute(delete(table))
    history = History(store, FIRST, live_from=now)
    firm = history.account("firm", received=now)
    people = [history.lead(name, account=firm, received=now, employees=100) for name in ("jana", "eva")]
    for one in sorted(happened, key=lambda one: one[0]):
        happens(history, people, one, now)
    end = now + after * DAY
    run_qualify(store, now=end)
    kept = [{**row, "as_of": None} for row in history.scores()]
    decided = history.decisions()
    rescore_all(history, {"account": [firm], "lead": people}, end + MICROSECOND)
    assert [{**row, "as_of": None} for row in history.scores()] == kept
    assert history.decisions() == decided
