"""Whatever happens, in whatever order, qualify decides the same at any pace: edges of tiers and cooldowns included.

A machine lands things, lets time pass and lets sales answer what was decided by then; then all of it is landed anew in
an empty store, with qualify once a day, and after stops of three days and more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, insert

from penstock.errors import UsageError
from penstock.operations.lift import lift_disqualifier
from penstock.operations.promote import promote_lead
from penstock.operations.qualify import run_qualify
from penstock.store import receipts
from penstock.store.engine import Sessions, table
from penstock.store.persons import present
from penstock.store.tables import Disposition, HandoffDefinition, Outcome
from penstock.store.types import Row
from tests.history import DAY, History, playbook
from tests.operations.merging import merge, unmerge
from tests.property.examples import many
from tests.property.test_cadence import EDGED, KINDS, PEOPLE

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LISTED = {"rules": {**EDGED["fit"]["rules"], "key": {"points": 20, "on_list": "key"}}}
FIRST = {**EDGED, "fit": LISTED, "cooldown": "9d"}
SECOND = {**FIRST, "tiers": {"A": {"needs": {"intent": 20}, "stays": {"intent": 5}, "branch": "sales"}}}
AGREED = [playbook(one, PEOPLE, vocabulary={"lists": {"key": []}}) for one in (FIRST, SECOND)]
# What sales says, with the stage that it moves the handoff's definitions to.
ANSWERS = {"working": "working", "accepted": "sql", "rejected": "nurture", "review": ""}
PAUSES = st.sampled_from([17 * MINUTE, 5 * HOUR, DAY, 3 * DAY, 6 * DAY, 10 * DAY, 33 * DAY])
END = 140 * DAY
WHOM, LATE = st.integers(0, 1), st.sampled_from([0, 0, 1, 30, 24 * 9])
Happens = Callable[["World", datetime], object]
Act = Callable[["World", datetime, int, int], None]
Pace = Callable[[datetime, datetime], Iterator[datetime]]


def minutely(since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield moments each minute at first, then each 19 hours: each minute of a month would be 40,000."""
    yield from (since + (minute - 0.5) * MINUTE for minute in range(1, 4) if since + minute * MINUTE <= until)
    yield from _each(19 * HOUR, since, until)


def daily(since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield a moment a day."""
    return _each(DAY, since, until)


def after_stops(since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield a moment each three days."""
    return _each(3 * DAY, since, until)


def never(_since: datetime, _until: datetime) -> Iterator[datetime]:
    """Yield nothing: qualify runs when all is over."""
    return iter(())


def _each(length: timedelta, since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the multiples of a length between two moments; half a minute late, when nothing ever lands."""
    first = (since - START) // length + 1
    moments = (START + number * length + MINUTE / 2 for number in range(first, (until - START) // length + 1))
    return (moment for moment in moments if moment < until)


class World:
    """A store in which things happen, with qualify at a pace."""

    def __init__(self, store: Sessions, pace: Pace) -> None:
        with store.write() as tx:
            for of in Row.metadata.sorted_tables:
                tx.execute(delete(of))
            joined = {"handoff_id": 1, "definition": "hydraulics", "decision_id": 1, "joined_at": START}
            tx.execute(insert(table(HandoffDefinition)), joined)
        self.history = History(store, AGREED[0], live_from=START)
        self.firm = self.history.account("firm", received=START)
        known: dict[str, Any] = {"account": self.firm, "received": START, "industry": "machinery", "employees": 100}
        self.leads = [self.history.lead(name, **known) for name in ("jana", "eva")]
        self.pace = pace
        self.at = START

    @property
    def people(self) -> list[int]:
        """The two leads, each as whom it stands for: they may turn out to be one."""
        with self.history.store.read() as tx:
            return [present(tx, lead)[0] for lead in self.leads]

    def pass_until(self, at: datetime) -> None:
        """Let time pass."""
        for moment in sorted(self.pace(self.at, at)):
            run_qualify(self.history.store, now=moment)
        self.at = at

    def decided(self) -> list[Any]:
        """Return what was decided in the end."""
        run_qualify(self.history.store, now=self.at)
        kept = ("definition", "moment", "stage_to", "tier_to", "branch_from", "branch", "fit", "intent", "reason")
        made = self.history.decisions()
        return [(self.leads.index(row["subject_id"]), *(row[name] for name in kept)) for row in made]


def said(world: World, now: datetime, whom: int, of: Any, **more: Any) -> None:
    """Write a word of sales about a lead."""
    with world.history.store.write() as tx:
        lead = world.people[whom]
        received = receipts.stamp(tx, "lead", lead, now=now)
        row = {"subject": "lead", "subject_id": lead, "received_at": received, "external_id": f"{now}"}
        tx.execute(insert(table(of)), row | {"feed": "person"} | more)


def becomes(world: World, at: datetime, whom: int, word: int) -> None:
    """Tell what became of a lead."""
    said(world, at, whom, Outcome, kind=("opportunity", "won", "lost")[word], at=at, landed_at=at)


def is_lifted(world: World, at: datetime, whom: int, word: int) -> None:
    """Lift the disqualifier of a lead, or let it count again."""
    by: dict[str, Any] = {"reason": "no student", "actor": "eva", "definition": "hydraulics", "again": word == 0}
    named = str(world.people[whom])
    lift_disqualifier(world.history.store, now=at, named=named, disqualifier="student", **by)


def is_promoted(world: World, at: datetime, whom: int, _word: int) -> None:
    """Put a lead forward by hand."""
    by = {"reason": "knows us", "actor": "eva", "definition": "hydraulics"}
    promote_lead(world.history.store, now=at, lead=str(world.people[whom]), **by)


def agree(world: World, at: datetime, _whom: int, word: int) -> None:
    """Adopt one of the playbooks."""
    world.history.adopt(AGREED[word % 2], now=at)


def are_one(world: World, at: datetime, whom: int, word: int) -> None:
    """Merge the two leads, or part them again, as far as that can be."""
    store = world.history.store
    with suppress(UsageError):
        if word == 0:
            unmerge(store, at, world.leads[whom])
        else:
            merge(store, at, world.leads[whom], world.leads[1 - whom])


class AnyPace(RuleBasedStateMachine):
    """Remembers what happened, to let it happen again."""

    store: Sessions

    @initialize()
    def begin(self) -> None:
        self.world, self.happened = World(self.store, minutely), list[tuple[datetime, Happens]]()

    def happens(self, what: Happens) -> None:
        """Let something happen, a minute after what happened before."""
        self.passes(MINUTE)
        self.happened.append((self.world.at, what))
        what(self.world, self.world.at)

    @rule(length=PAUSES)
    def passes(self, length: timedelta) -> None:
        self.world.pass_until(self.world.at + length)

    @rule(length=PAUSES)
    def nothing_happens(self, length: timedelta) -> None:
        self.passes(length)

    @rule(whom=WHOM)
    def asks_for_a_quote(self, whom: int) -> None:
        self.happens(lambda world, at: world.history.did(world.people[whom], "rfq_submitted", at=at))

    @rule(whom=WHOM, kind=st.sampled_from(KINDS), asset=st.sampled_from(["HX-200 datasheet", "a page"]), late=LATE)
    def does(self, whom: int, kind: str, asset: str, late: int) -> None:
        self.happens(
            lambda world, at: world.history.did(world.people[whom], kind, at=at - late * HOUR, received=at, asset=asset)
        )

    @rule(whom=WHOM, text=st.sampled_from(["Engineer", "Student"]))
    def is_called(self, whom: int, text: str) -> None:
        self.happens(lambda world, at: world.history.fact("lead", world.people[whom], "title", text, received=at))

    @rule(days=st.tuples(st.none() | st.integers(-3, 9), st.none() | st.integers(-3, 40)))
    def is_listed(self, days: tuple[int | None, int | None]) -> None:
        def listed(world: World, at: datetime) -> None:
            since, until = (None if day is None else at + day * DAY for day in days)
            world.history.listed(world.firm, "key", received=at, since=since, until=until)

        self.happens(listed)

    def with_sales(self) -> bool:
        """Whether anybody stands where sales is asked."""
        return any(row["branch"] == "sales" for row in self.world.history.scores())

    @precondition(with_sales)
    @rule(whom=WHOM, answer=st.sampled_from([*sorted(ANSWERS), "rejected"]))
    def sales_answers(self, whom: int, answer: str) -> None:
        more = {"handoff_id": 1, "answer": answer, "stage": ANSWERS[answer], "reason": "bad-timing"}
        self.happens(lambda world, at: said(world, at, whom, Disposition, said_at=at, **more))

    @rule(
        whom=WHOM,
        act=st.sampled_from([becomes, is_lifted, is_promoted, agree, are_one, are_one]),
        word=st.integers(0, 2),
    )
    def people_act(self, whom: int, act: Act, word: int) -> None:
        self.happens(lambda world, at: act(world, at, whom, word))

    def teardown(self) -> None:
        self.world.pass_until(end := self.world.at + END)
        decided = self.world.decided()
        for pace in (daily, after_stops, never):
            world = World(self.store, pace)
            for at, what in self.happened:
                world.pass_until(at)
                what(world, at)
            world.pass_until(end)
            assert world.decided() == decided, pace.__name__


# A machine that is run inside is not taken for a generated test by itself.
@pytest.mark.hypothesis
def test_whatever_happens_is_decided_alike_at_any_pace(store: Sessions) -> None:
    AnyPace.store = store
    asked = settings(
        max_examples=many(6),
        stateful_step_count=14,
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    run_state_machine_as_test(AnyPace, settings=asked)
