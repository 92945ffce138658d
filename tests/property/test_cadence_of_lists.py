"""When an account comes onto a target list or leaves it decides the same, however often qualify runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions
from penstock.store.types import Row
from tests.history import DAY, History, playbook
from tests.property.examples import many

LISTED: dict[str, Any] = {
    "definition": "d",
    "fit": {"rules": {
        "key": {"points": 20, "on_list": "key"},
        "fair": {"points": 10, "on_list": {"list": "fair", "origin": "partner"}},
        "none": {"points": -5, "on_list": False},
    }},
    "tiers": {
        "A": {"needs": {"fit": 30}, "branch": "sales"},
        "B": {"needs": {"fit": 20}, "stays": {"fit": 10}, "branch": "none"},
        "C": {"needs": {"fit": 0}, "branch": "nurture"},
    },
    "disqualify": {"rival": {"on_list": "rivals"}},
}  # fmt: skip
VOCABULARY: dict[str, Any] = {"lists": {"key": [], "fair": [], "rivals": []}}
DAYS = st.none() | st.integers(-3, 40)
SAID = st.tuples(
    st.integers(0, 30), st.sampled_from(["key", "key", "fair", "rivals"]), DAYS, DAYS, st.sampled_from(["crm", "list"]),
)  # fmt: skip
"""(day on which it is received, list, day on which it begins and ends, feed)."""
END = 60 * DAY


def decided(store: Sessions, start: datetime, said: list[Any], every: timedelta) -> list[Any]:
    """Land every word on its day, with qualify running on its own schedule in between."""
    with store.write() as tx:
        for table in Row.metadata.sorted_tables:
            tx.execute(delete(table))
    of_accounts = {**LISTED, "definition": "of-accounts", "subject": "account"}
    history = History(store, playbook(LISTED, of_accounts, vocabulary=VOCABULARY), live_from=start)
    account = history.account("firm", received=start, industry="machinery")
    history.lead("jana", account=account, received=start, title="Buyer")
    run = start
    for day, name, since, until, feed in sorted(said, key=lambda one: one[0]):
        while run < start + day * DAY:
            run_qualify(store, now=run)
            run += every
        ends = [None if end is None else start + end * DAY for end in (since, until)]
        received = start + day * DAY
        history.listed(account, name, received=received, origin="partner", since=ends[0], until=ends[1], feed=feed)
    run_qualify(store, now=start + END)
    kept = ("subject", "moment", "stage_to", "tier_to", "branch", "branch_from", "fit")
    return sorted(tuple(row[name] for name in kept) for row in history.decisions())


@settings(max_examples=many(12), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(said=st.lists(SAID, min_size=1, max_size=5))
def test_cadence_decides_nothing_for_target_lists(store: Sessions, now: datetime, said: list[Any]) -> None:
    often = decided(store, now, said, timedelta(hours=19))
    assert decided(store, now, said, timedelta(days=3)) == often
    assert decided(store, now, said, END) == often
