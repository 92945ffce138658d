"""A change of what decides, tried on the leads that are there: who would go up and down, and nothing is kept."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from penstock.operations.compare import compare
from penstock.operations.qualify import run_qualify
from penstock.playbook.model import Deciding
from penstock.store import receipts
from penstock.store.engine import Sessions, table
from penstock.store.receipts import Moment
from penstock.store.tables import Outcome, PlaybookVersion, Spelling
from tests.cast import Firm
from tests.history import DAY, HYDRAULICS, History, playbook

OLD = playbook(HYDRAULICS)
BEST = {"industry": "machinery", "employees": 100, "title": "Engineer"}


def changed(**tiers: Any) -> Deciding:
    """The definition with other needs of its tiers."""
    definition = copy.deepcopy(HYDRAULICS)
    for tier, needs in tiers.items():
        definition["tiers"][tier]["needs"].update(needs)
    return playbook(definition).deciding


@pytest.fixture
def history(store: Sessions, now: datetime) -> History:
    """Six leads: A, A, C, C, no tier, and a student with an A that counts for nothing."""
    found = History(store, OLD, live_from=now - 30 * DAY)
    for key, kind, facts in (
        ("a", "rfq_submitted", BEST), ("b", "rfq_submitted", BEST), ("c", "rfq_submitted", {}),
        ("d", "rfq_submitted", {"industry": "mining"}), ("e", "page_viewed", BEST),
        ("f", "rfq_submitted", {**BEST, "title": "Student engineer", "function": "student"}),
    ):  # fmt: skip
        found.did(found.lead(key, received=now - 2 * DAY, **facts), kind, at=now - DAY)
    run_qualify(store, now=now)
    return found


def moved(store: Sessions, now: datetime, new: Deciding, **more: int) -> tuple[int, int, int, dict[str, int]]:
    [one] = compare(store, now=now, old=OLD.deciding, new=new, **more).definitions
    return one.judged, one.up, one.down, one.moves


@pytest.mark.parametrize("chunk", [1, 4, 1000])
def test_leads_go_up_and_down(store: Sessions, now: datetime, history: History, chunk: int) -> None:
    assert moved(store, now, changed(A={"fit": 56}), chunk=chunk) == (6, 0, 2, {"A → C": 2})
    assert moved(store, now, changed(A={"fit": -30}), chunk=chunk) == (6, 2, 0, {"C → A": 2})
    assert moved(store, now, changed(C={"intent": 70}), chunk=chunk) == (6, 0, 2, {"C → none": 2})
    assert moved(store, now, OLD.deciding, chunk=chunk) == (6, 0, 0, {})


def test_telling_changes_say_which_rule_or_gate(store: Sessions, now: datetime, history: History) -> None:
    definition = copy.deepcopy(HYDRAULICS)
    definition["fit"]["rules"]["industry"]["points"] = 5
    told = compare(store, now=now, old=OLD.deciding, new=playbook(definition).deciding).telling
    assert [(one.subject_id, one.direction, one.tier_from, one.tier_to, one.why) for one in told] == [
        (1, "down", "A", "C", ("industry 25 → 5",)),
        (2, "down", "A", "C", ("industry 25 → 5",)),
    ]
    [up, _] = compare(store, now=now, old=OLD.deciding, new=changed(A={"fit": 0})).telling
    assert (up.direction, up.why) == ("up", ("A asked fit 40, has 0",))
    [down, _] = compare(store, now=now, old=OLD.deciding, new=changed(A={"fit": 56})).telling
    assert (down.fit_to, down.why) == (55.0, ("A asks now fit 56, has 55",))


def test_lifted_disqualifier_is_a_way_up(store: Sessions, now: datetime, history: History) -> None:
    new = playbook(HYDRAULICS | {"disqualify": {}}).deciding
    [one] = compare(store, now=now, old=OLD.deciding, new=new).telling
    assert (one.subject_id, one.tier_from, one.tier_to, one.why) == (6, "", "A", ("is no longer disqualified",))


def test_corrected_spelling_counts(store: Sessions, now: datetime, history: History) -> None:
    easier = copy.deepcopy(HYDRAULICS)
    easier["tiers"]["A"]["needs"]["fit"] = 25
    words = {"industries": {"machinery": ["Maschinenbau", "mining"], "mining": []}}
    before, after = playbook(easier).deciding, playbook(easier, vocabulary=words).deciding
    [one] = compare(store, now=now, old=before, new=after).telling
    assert (one.subject_id, one.direction, one.why) == (4, "up", ("industry 0 → 25",))


def test_customers_are_not_counted(store: Sessions, now: datetime) -> None:
    firm = Firm(store, OLD)
    (lead,) = firm.people(1, **BEST)
    firm.did(lead, "rfq_submitted", at=now - DAY)
    with store.write() as tx:
        row = {"subject": "lead", "subject_id": lead, "kind": "won", "feed": "crm", "external_id": "1", "currency": ""}
        times = dict.fromkeys(("at", "received_at", "landed_at"), now - DAY)
        tx.execute(table(Outcome).insert(), row | times)
        receipts.enqueue(tx, "lead", [Moment(lead, now - DAY)])
    run_qualify(store, now=now)
    assert compare(store, now=now, old=OLD.deciding, new=changed(A={"fit": 56})).definitions == ()


def test_nothing_is_kept(store: Sessions, now: datetime, history: History) -> None:
    def rows() -> list[int]:
        with store.read() as tx:
            return [tx.scalar(select(func.count()).select_from(table(m))) or 0 for m in (PlaybookVersion, Spelling)]

    before = rows(), history.scores(), history.decisions()
    compare(store, now=now, old=OLD.deciding, new=changed(A={"fit": 56}))
    assert (rows(), history.scores(), history.decisions()) == before
