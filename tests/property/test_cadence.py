"""Decisions do not depend on when qualify runs: each hour, once a day, or once after weeks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions
from penstock.store.types import Row
from tests.history import DAY, HYDRAULICS, History, playbook
from tests.property.examples import many

KINDS = ["rfq_submitted", "content_downloaded", "webinar_attended", "page_viewed"]
HAPPENED = st.tuples(
    st.integers(0, 40 * 24),
    st.sampled_from([0, 0, 1, 30, 24 * 9]),
    st.sampled_from(KINDS),
    st.sampled_from(["HX-200 datasheet", "a page"]),
)
"""(hour it occurred, hours until it was received, kind, asset)."""
END = 140 * DAY
# A tier that is left later than it is entered: what was decides what is.
A, C = HYDRAULICS["tiers"]["A"], HYDRAULICS["tiers"]["C"]
EDGED = HYDRAULICS | {"tiers": {"A": A | {"stays": {"intent": 20, "fit": 30}}, "C": C | {"stays": {"intent": 4}}}}


def decided(store: Sessions, start: datetime, happened: list[Any], every: timedelta) -> list[Any]:
    """Land everything at its own moment, with qualify running on its own schedule in between."""
    with store.write() as tx:
        for table in Row.metadata.sorted_tables:
            tx.execute(delete(table))
    history = History(store, playbook(EDGED), live_from=start)
    lead = history.lead("jana", received=start, industry="machinery", employees=100)
    landings = sorted((start + timedelta(hours=hour + late), start + timedelta(hours=hour), kind, asset)
                      for hour, late, kind, asset in happened)  # fmt: skip
    run = start
    for received, at, kind, asset in landings:
        while run < received:
            run_qualify(store, now=run)
            run += every
        history.did(lead, kind, at=at, received=received, asset=asset)
    run_qualify(store, now=start + END)
    kept = ("moment", "stage_to", "tier_to", "branch", "branch_from", "fit", "intent")
    return [tuple(row[name] for name in kept) for row in history.decisions()]


PEOPLE: dict[str, Any] = {
    "definition": "d",
    "intent": {
        "fades": {"30d": "100 %", "60d": "50 %"},
        "rules": {"did": {"points": 10, "did": KINDS, "at_most": 20}},
        "people": {
            "two": {"points": 10, "at_least": 2, "did": KINDS[:2], "within": "9d"},
            "three": {"points": 20, "at_least": 3, "did": KINDS, "within": "30d"},
        },
    },
    "tiers": {
        "A": {"needs": {"intent": 30}, "branch": "sales"}, "B": {"needs": {"any": ["two"]}, "branch": "nurture"},
        "C": {"needs": {"intent": 5}, "branch": "none"},
    },
}  # fmt: skip


def decided_together(store: Sessions, start: datetime, happened: list[Any], every: timedelta) -> list[Any]:
    """Land what three people of one account do, with qualify on its own schedule; for leads and their account."""
    with store.write() as tx:
        for table in Row.metadata.sorted_tables:
            tx.execute(delete(table))
    of_accounts = {"definition": "of-accounts", "subject": "account", "intent": {**PEOPLE["intent"], "whose": "people"}}
    both = playbook(PEOPLE, {**PEOPLE, **of_accounts})
    history = History(store, both, live_from=start)
    account = history.account("firm", received=start)
    leads = [history.lead(name, account=account, received=start) for name in ("eva", "jana", "ulrike")]
    landings = sorted((start + timedelta(hours=hour + late), start + timedelta(hours=hour), kind, who)
                      for hour, late, kind, who in happened)  # fmt: skip
    run = start
    for received, at, kind, who in landings:
        while run < received:
            run_qualify(store, now=run)
            run += every
        history.did(leads[who], kind, at=at, received=received)
    run_qualify(store, now=start + END)
    kept = ("definition", "moment", "stage_to", "tier_to", "branch", "branch_from", "intent")
    decisions = sorted(history.decisions(), key=lambda row: (row["subject"], row["subject_id"], row["moment"]))
    of = {("lead", lead): number for number, lead in enumerate(leads)}
    return [(of.get((row["subject"], row["subject_id"])), *(row[name] for name in kept)) for row in decisions]


@settings(max_examples=many(10), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    happened=st.lists(
        st.tuples(st.integers(0, 30 * 24), st.sampled_from([0, 0, 30]), st.sampled_from(KINDS), st.integers(0, 2)),
        min_size=2, max_size=6,
    )
)  # fmt: skip
def test_cadence_decides_nothing_for_people_of_one_account(store: Sessions, now: datetime, happened: list[Any]) -> None:
    often = decided_together(store, now, happened, timedelta(hours=19))
    assert decided_together(store, now, happened, timedelta(days=3)) == often
    assert decided_together(store, now, happened, END) == often


@settings(max_examples=many(12), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(happened=st.lists(HAPPENED, min_size=1, max_size=6))
def test_cadence_of_qualify_decides_nothing(store: Sessions, now: datetime, happened: list[Any]) -> None:
    often = decided(store, now, happened, timedelta(hours=19))
    assert decided(store, now, happened, timedelta(days=3)) == often
    assert decided(store, now, happened, END) == often
