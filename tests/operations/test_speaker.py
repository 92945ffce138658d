"""Who answers is a person of the playbook, however named, or somebody who left it; a slip is told."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import delete, insert

from penstock.errors import UsageError
from penstock.operations.answer import answer_handoff
from penstock.operations.route import run_route
from penstock.operations.speaker import speaker
from penstock.store.engine import Sessions, table
from penstock.store.tables import Assignment, Disposition
from tests.cast import LONG_AGO, Firm


@pytest.fixture
def known(store: Sessions, now: datetime) -> Firm:
    """The firm, with one handoff that was given to somebody."""
    found = Firm(store)
    found.decide(found.lead("email:jana@brunner.example", received=LONG_AGO, country="DE"), now)
    run_route(store, now=now)
    return found


@pytest.mark.parametrize("named", ["anna", "Anna Vogt", "ANNA@firm.example", "a. vogt"])
def test_person_is_known_by_each_of_their_names(known: Firm, named: str) -> None:
    assert speaker(known.store, named) == "anna"


def test_slip_is_told_with_who_is_meant(known: Firm) -> None:
    with pytest.raises(
        UsageError, match=r'no person "ana" in the playbook; did you mean "anna"\? \(or leave --by out\)'
    ):
        speaker(known.store, "ana")
    with pytest.raises(UsageError, match=r"there are .*anna"):
        speaker(known.store, "somebody else")


def test_who_left_is_known_by_what_was_theirs(known: Firm, now: datetime) -> None:
    row = {"handoff_id": 1, "round": 7, "owner": "gone", "rule": "", "why": "", "at": now}
    with known.store.write() as tx:
        tx.execute(insert(table(Assignment)), row)
    assert speaker(known.store, "gone") == "gone"
    with known.store.write() as tx:
        tx.execute(delete(table(Assignment)))
    with pytest.raises(UsageError, match="gone"):
        speaker(known.store, "gone")
    answer_handoff(known.store, now=now, handoff_id=1, answer="working", actor="gone")
    assert (speaker(known.store, "gone"), len(known.rows(Disposition))) == ("gone", 1)
