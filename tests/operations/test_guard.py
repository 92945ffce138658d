"""A change that would hand over far more than usual is held, says how many and whom, and goes on once approved."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from penstock.operations.agreed import NOBODY, read_agreed
from penstock.operations.guard import adopt_guarded, approve
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.operations.status import read_status
from penstock.playbook.model import Playbook, version
from penstock.store.engine import Sessions, table
from penstock.store.held import read_agreements, read_held
from penstock.store.playbooks import read_live
from penstock.store.tables import Decision, Handoff, PlaybookVersion
from tests.cast import LONG_AGO, OPERATIONS, Firm, firm
from tests.history import DAY, HYDRAULICS, playbook

HOUR = timedelta(hours=1)
STRICT: dict[str, Any] = {"guard": {"handoffs": 3}}


def easier(least: int = 10, **operations: Any) -> Playbook:
    """The playbook with a tier A that so little intent is enough for."""
    definition = copy.deepcopy(HYDRAULICS)
    definition["tiers"]["A"]["needs"] = {"intent": least}
    return playbook(definition, **(OPERATIONS | operations))


def before(**operations: Any) -> Playbook:
    return playbook(HYDRAULICS, **(OPERATIONS | operations))


def told(store: Sessions, now: datetime, leads: int, **operations: Any) -> Firm:
    """A firm whose leads each took one datasheet; nobody of them is for sales yet."""
    found = Firm(store, before(**operations))
    for lead in found.people(leads, industry="machinery"):
        found.did(lead, "content_downloaded", at=now - DAY, asset="HX datasheet")
    run_qualify(store, now=now)
    return found


def counted(store: Sessions) -> list[int]:
    with store.read() as tx:
        return [
            tx.scalar(select(func.count()).select_from(table(m))) or 0 for m in (Decision, Handoff, PlaybookVersion)
        ]


def test_change_of_a_few_is_adopted_at_once(store: Sessions, now: datetime) -> None:
    told(store, now, 3, **STRICT)
    adopted = adopt_guarded(store, now=now + HOUR, playbook=easier(**STRICT))
    assert (adopted.held, adopted.definition_is_new) == (None, True)


def test_change_of_many_is_held_and_the_live_one_goes_on(store: Sessions, now: datetime) -> None:
    history = told(store, now, 4, **STRICT)
    stood = counted(store), history.scores(), history.decisions()
    adopted = adopt_guarded(store, now=now + HOUR, playbook=easier(**STRICT))
    assert adopted.held is not None
    assert (adopted.held.handoffs, adopted.held.most_handoffs, len(adopted.held.whom)) == (4, 3, 4)
    assert adopted.held.whom[0] == "lead 1: sales, hydraulics A"
    assert (counted(store), history.scores(), history.decisions()) == stood
    assert adopted.definition == version(before(**STRICT).deciding)
    assert read_status(store, now=now + HOUR).held_change == adopted.held


def test_held_change_goes_on_once_approved(store: Sessions, now: datetime) -> None:
    told(store, now, 4, **STRICT)
    change = easier(**STRICT)
    adopt_guarded(store, now=now + HOUR, playbook=change)
    assert approve(store, now=now + 2 * HOUR, playbook=change, who="Eva").released
    adopted = adopt_guarded(store, now=now + 3 * HOUR, playbook=change)
    assert (adopted.held, adopted.definition_is_new) == (None, True)
    run_qualify(store, now=now + 3 * HOUR)
    assert run_route(store, now=now + 3 * HOUR).handoffs == 4
    with store.read() as tx:
        assert read_held(tx) is None
        assert {(one.part, one.who) for one in read_agreements(tx)} == {("definition", "Eva"), ("operations", "Eva")}


def test_approval_is_for_what_was_held_and_for_nothing_else(store: Sessions, now: datetime) -> None:
    told(store, now, 4, **STRICT)
    adopt_guarded(store, now=now + HOUR, playbook=easier(**STRICT))
    assert not approve(store, now=now + 2 * HOUR, playbook=easier(5, **STRICT), who="Eva").released
    other = adopt_guarded(store, now=now + 3 * HOUR, playbook=easier(5, **STRICT)).held
    assert other is not None
    assert (other.held_at, other.approved_by) == (now + 3 * HOUR, None)


def test_later_runs_find_what_the_first_one_found(store: Sessions, now: datetime) -> None:
    told(store, now, 4, **STRICT)
    first = adopt_guarded(store, now=now + HOUR, playbook=easier(**STRICT)).held
    assert adopt_guarded(store, now=now + 2 * HOUR, playbook=easier(**STRICT)).held == first


class Overtaken(Sessions):
    """A store to which somebody else has written by the time that the first writing transaction begins."""

    def __init__(self, store: Sessions, meanwhile: Callable[[], object]) -> None:
        super().__init__(store.engine)
        self.meanwhile: list[Callable[[], object]] = [meanwhile]

    @contextmanager
    def write(self) -> Iterator[Connection]:
        while self.meanwhile:
            self.meanwhile.pop()()
        with super().write() as tx:
            yield tx


@pytest.mark.parametrize("adopted", [False, True])
def test_run_that_weighed_for_long_takes_no_approval_back(store: Sessions, now: datetime, adopted: bool) -> None:
    told(store, now, 4, **STRICT)
    change = easier(**STRICT)

    def meanwhile() -> None:
        adopt_guarded(store, now=now + HOUR, playbook=change)
        approve(store, now=now + HOUR, playbook=change, who="Eva")
        if adopted:
            adopt_guarded(store, now=now + HOUR, playbook=change)

    done = adopt_guarded(Overtaken(store, meanwhile), now=now + 2 * HOUR, playbook=change)
    assert (done.held, done.definition_is_new) == (None, not adopted)
    with store.read() as tx:
        assert read_held(tx) is None
        assert read_live(tx).deciding == change.deciding


@pytest.mark.parametrize("taken_back", [True, False])
def test_change_that_is_taken_back_or_made_small_is_held_no_more(
    store: Sessions, now: datetime, taken_back: bool
) -> None:
    told(store, now, 4, **STRICT)
    adopt_guarded(store, now=now + HOUR, playbook=easier(**STRICT))
    change = before(**STRICT) if taken_back else easier(90, **STRICT)
    adopted = adopt_guarded(store, now=now + 2 * HOUR, playbook=change)
    assert (adopted.held, adopted.definition_is_new) == (None, not taken_back)
    with store.read() as tx:
        assert read_held(tx) is None


def test_change_cannot_raise_its_own_limit(store: Sessions, now: datetime) -> None:
    told(store, now, 4, **STRICT)
    adopted = adopt_guarded(store, now=now + HOUR, playbook=easier(guard={"handoffs": 1000}))
    assert adopted.held is not None


@pytest.mark.parametrize(("leads", "is_held"), [(25, False), (26, True)])
def test_without_a_limit_a_handful_passes_and_more_than_usual_does_not(
    store: Sessions, now: datetime, leads: int, is_held: bool
) -> None:
    told(store, now, leads)
    assert (adopt_guarded(store, now=now + HOUR, playbook=easier()).held is not None) is is_held


def test_usual_weeks_raise_what_passes(store: Sessions, now: datetime) -> None:
    found = told(store, now, 30)
    found.decide_all(found.people(60), LONG_AGO)
    run_route(store, now=now - 20 * DAY)  # 15 a week: twice as many at once are not far more
    assert adopt_guarded(store, now=now + HOUR, playbook=easier()).held is None


def test_first_playbook_and_new_texts_are_never_held(store: Sessions, now: datetime) -> None:
    assert adopt_guarded(store, now=LONG_AGO, playbook=firm(**STRICT)).definition_is_new
    told(store, now, 4, **STRICT)
    adopted = adopt_guarded(store, now=now + HOUR, playbook=before(**STRICT, goals={"agreed": ["x"]}))
    assert (adopted.held, adopted.operations_is_new) == (None, True)


def test_page_says_who_agreed_and_what_changed_since(database_url: str, store: Sessions, now: datetime) -> None:
    told(store, now, 4, **STRICT)
    assert [line.partition(": ")[2] for line in read_agreed(database_url, before(**STRICT))] == [NOBODY, NOBODY]
    for hour, who in enumerate(("Eva", "Tom")):
        approve(store, now=now + hour * HOUR, playbook=before(**STRICT), who=who)
    approve(store, now=now + DAY, playbook=before(**STRICT), who="Eva")
    first, second = read_agreed(database_url, before(**STRICT))
    assert first.endswith(": Eva on 02 Mar 2026, Tom on 02 Mar 2026")
    assert second.startswith("operations ")
    adopt_guarded(store, now=now + DAY, playbook=easier(**STRICT))
    _, since, change, *_, held = read_agreed(database_url, easier(**STRICT))
    assert since.startswith("  since Tom agreed to ")
    assert "hydraulics: tier A: needs intent 60 → 10" in change
    assert held == "held since 03 Mar 2026: it would make 4 handoffs at once"
