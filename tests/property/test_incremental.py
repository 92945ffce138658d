"""Scores kept up to date moment by moment are those of a full rescore, after any interleaving of what happens."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from penstock.errors import UsageError
from penstock.operations.qualify import run_qualify
from penstock.store import receipts
from penstock.store.engine import Sessions, table
from penstock.store.persons import is_present, present
from penstock.store.receipts import Moment
from penstock.store.tables import Activity, Fact, Identifier, Lead, Rescore
from penstock.store.types import MICROSECOND, Row
from tests.history import DAY, History, playbook
from tests.operations.merging import merge, unmerge
from tests.property.examples import many
from tests.property.test_as_of import DEEDS, FACTS, HOUR, VERSION_TWO, land
from tests.property.test_cadence import EDGED, PEOPLE

OF_ACCOUNTS = {**PEOPLE, "definition": "firms", "subject": "account", "intent": {**PEOPLE["intent"], "whose": "people"}}
FIRST, SECOND = playbook(EDGED, PEOPLE, OF_ACCOUNTS), playbook(VERSION_TWO, PEOPLE, OF_ACCOUNTS)
# What happens beside landings: a run of qualify, an edit of the playbook, and back.
STEPS = st.tuples(st.integers(1, 25 * 24), st.just(0), st.sampled_from(["run", "run", "second", "first"]))
MERGES = st.tuples(st.integers(1, 25 * 24), st.just(0), st.just("merge"), st.integers(0, 2), st.integers(0, 2))
"""(hour, 0, what, who is kept, who is merged into them)."""
UNMERGES = st.tuples(st.integers(1, 25 * 24), st.just(0), st.just("unmerge"), st.integers(0, 2))
HAPPENED = st.lists(DEEDS | FACTS | STEPS | MERGES | UNMERGES, min_size=4, max_size=14)
# Eva is found by what she was made by, tom by another identifier, jana by both.
FOUND_BY = {"jana": ("", "feed:web:jana"), "eva": ("",), "tom": ("feed:web:tom",)}
NAMES = tuple(FOUND_BY)


class Met(History):
    """A history of people who may turn out to be one: what is landed of somebody counts for whom they stand for."""

    def __init__(self, store: Sessions, start: datetime) -> None:
        super().__init__(store, FIRST, live_from=start)
        self.firms = [self.account(name, received=start) for name in ("firm", "other")]
        # Two of one firm and one of another, so that a merge within and one across both change whom a deed counts for.
        firms = zip(NAMES, (self.firms[0], self.firms[0], self.firms[1]), strict=True)
        self.people = [self.lead(name, account=firm, received=start, employees=100) for name, firm in firms]
        with store.write() as tx:
            rows = [{"kind": "feed:web", "value": name, "lead_id": one} for name, one in self._named()]
            tx.execute(insert(table(Identifier)), rows)

    def _named(self) -> list[tuple[str, int]]:
        return list(zip(NAMES, self.people, strict=True))

    def land(self, one: tuple[Any, ...], start: datetime) -> None:
        """Land a deed or a fact by an identifier of its person, as ingest finds them."""
        name, own = self._named()[(one[0] + one[4]) % len(NAMES)]
        found_by = FOUND_BY[name][one[0] % len(FOUND_BY[name])]
        with self.store.read() as tx:
            of, key = present(tx, own)
        land(self, [of], (*one[:4], 0), start)
        moved = (table(Activity), "lead_id"), (table(Fact), "subject_id")
        with self.store.write() as tx:
            for rows, column in moved:
                mine = (rows.c[column] == of, rows.c.received_at >= start + one[0] * HOUR, rows.c.found_by == "")
                tx.execute(update(rows).where(*mine).values(found_by=found_by or key))

    def try_to(self, one: tuple[Any, ...], at: datetime) -> None:
        """Merge or unmerge, or be told why that cannot be."""
        with suppress(UsageError):
            if one[2] == "merge":
                merge(self.store, at, self.people[one[3]], self.people[one[4]])
            else:
                unmerge(self.store, at, self.people[one[3]])

    def present(self) -> list[int]:
        """Return those who are not merged into another."""
        lead = table(Lead)
        with self.store.read() as tx:
            return list(tx.scalars(select(lead.c.id).where(lead.c.merged_into.is_(None)).order_by(lead.c.id)))

    def due_though_merged(self) -> list[int]:
        """Return whom qualify would still judge although they are merged into another."""
        due = select(table(Rescore).c.subject_id).where(table(Rescore).c.subject == "lead", ~is_present(table(Rescore)))
        with self.store.read() as tx:
            return list(tx.scalars(due.where(table(Rescore).c.due_at.is_not(None))))


def happens(history: Met, one: tuple[Any, ...], start: datetime) -> None:
    """Land something, run qualify, adopt the other playbook, merge or unmerge, at its own moment."""
    at = start + one[0] * HOUR
    if one[2] == "run":
        run_qualify(history.store, now=at)
    elif one[2] in ("first", "second"):
        history.adopt(FIRST if one[2] == "first" else SECOND, now=at)
    elif one[2] in ("merge", "unmerge"):
        history.try_to(one, at)
    else:
        history.land(one, start)


def rescore_all(history: History, subjects: dict[str, list[int]], now: datetime) -> None:
    """Make everybody due, whatever is known of them, and judge them."""
    with history.store.write() as tx:
        for subject, ids in subjects.items():
            receipts.enqueue(tx, subject, [Moment(one, now, live=False) for one in ids])
    run_qualify(history.store, now=now)


@settings(max_examples=many(25), suppress_health_check=list(HealthCheck))
@given(happened=HAPPENED, after=st.sampled_from([25, 25, 26, 30, 60, 140]))
def test_incremental_is_full(store: Sessions, now: datetime, happened: list[Any], after: int) -> None:
    with store.write() as tx:
        for one in Row.metadata.sorted_tables:
            tx.execute(delete(one))
    history = Met(store, now)
    for step in sorted(happened, key=lambda step: step[0]):
        happens(history, step, now)
    end = now + after * DAY
    run_qualify(store, now=end)
    kept = [{**row, "as_of": None} for row in history.scores()]
    decided = history.decisions()
    rescore_all(history, {"account": history.firms, "lead": history.present()}, end + MICROSECOND)
    assert [{**row, "as_of": None} for row in history.scores()] == kept
    assert history.decisions() == decided
    assert history.due_though_merged() == []
