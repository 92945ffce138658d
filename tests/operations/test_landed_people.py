"""What one person of an account does makes the others due, where a definition asks for it, and nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from penstock.operations.adopt import run_adopt
from penstock.operations.explain import explain, in_words
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.operations.touch import touch_lead
from penstock.routing.note import note_context
from penstock.store.engine import Sessions, table
from penstock.store.playbooks import read_live
from penstock.store.tables import Handoff, Lead, Rescore, Score
from tests.cast import OPERATIONS
from tests.history import playbook
from tests.operations.landing import LIVE_FROM, ListFeed, form, ingest

HOUR = timedelta(hours=1)
PEOPLE = {"both": {"points": 20, "at_least": 2, "did": ["form_submitted", "call_made"], "within": "10d"}}
ASKING: dict[str, Any] = {
    "definition": "d", "intent": {"people": PEOPLE}, "tiers": {"A": {"needs": {"intent": 20}, "branch": "nurture"}},
}  # fmt: skip
SILENT: dict[str, Any] = {
    "definition": "d", "intent": {"rules": {"f": {"points": 1, "did": "form_submitted"}}},
    "tiers": {"A": {"branch": "none"}},
}  # fmt: skip
JANA, BEN, EVA = "jana@firm.example", "ben@firm.example", "eva@other.example"


def land(store: Sessions, now: datetime, *emails: str) -> None:
    ingest(store, ListFeed([form(email, at=now) for email in emails], page=10, name=f"web{now:%d%H}"), now)


def tiers(store: Sessions) -> dict[str, str]:
    """Return each lead's address with its tier."""
    with store.read() as tx:
        lead, score = table(Lead).c, table(Score).c
        rows = tx.execute(select(lead.email, score.tier).where(score.subject == "lead", score.subject_id == lead.id))
        return {row.email: row.tier for row in rows}


def due(store: Sessions, now: datetime) -> set[str]:
    """Return the addresses of the leads that are due."""
    with store.read() as tx:
        lead, queue = table(Lead).c, table(Rescore).c
        mine = (queue.subject == "lead", queue.subject_id == lead.id, queue.due_at <= now)
        return set(tx.scalars(select(lead.email).where(*mine)))


@pytest.mark.parametrize(("definition", "others"), [(ASKING, {JANA}), (SILENT, set())])
def test_others_are_due_only_where_a_definition_asks(
    store: Sessions, now: datetime, definition: dict[str, Any], others: set[str]
) -> None:
    run_adopt(store, now=LIVE_FROM, playbook=playbook(definition), live_from=LIVE_FROM)
    land(store, now, JANA, EVA)
    run_qualify(store, now=now)
    land(store, now + HOUR, BEN)
    assert due(store, now + HOUR) == {BEN} | others


def test_second_person_raises_the_first(store: Sessions, now: datetime) -> None:
    run_adopt(store, now=LIVE_FROM, playbook=playbook(ASKING), live_from=LIVE_FROM)
    land(store, now, JANA, EVA)
    run_qualify(store, now=now)
    assert tiers(store) == {JANA: "", EVA: ""}
    land(store, now + HOUR, BEN)
    run_qualify(store, now=now + HOUR)
    assert tiers(store) == {JANA: "A", EVA: "", BEN: "A"}
    told = in_words(explain(store, named=JANA, now=now + HOUR))
    assert "   20  both               jana@firm.example, ben@firm.example" in told
    run_qualify(store, now=now + 240 * HOUR)
    assert tiers(store) == {JANA: "", EVA: "", BEN: ""}


def test_call_logged_by_hand_raises_the_others(store: Sessions, now: datetime) -> None:
    run_adopt(store, now=LIVE_FROM, playbook=playbook(ASKING), live_from=LIVE_FROM)
    land(store, now, JANA)
    ingest(store, ListFeed([form(BEN, at=now - HOUR * 400)], name="old"), now)
    run_qualify(store, now=now)
    assert set(tiers(store).values()) == {""}
    touch_lead(store, now=now + HOUR, lead=BEN, kind="call", actor="anna")
    run_qualify(store, now=now + HOUR)
    assert set(tiers(store).values()) == {"A"}


def test_people_of_one_page_make_their_account_due(store: Sessions, now: datetime) -> None:
    run_adopt(store, now=LIVE_FROM, playbook=playbook({**ASKING, "subject": "account"}), live_from=LIVE_FROM)
    land(store, now, JANA, BEN, EVA)
    run_qualify(store, now=now)
    with store.read() as tx:
        score = table(Score).c
        found = list(tx.scalars(select(score.tier).where(score.subject == "account").order_by(score.tier)))
    assert found == ["", "A"]


def test_note_names_who_else_is_active_there(store: Sessions, now: datetime) -> None:
    tiers = {"A": {"needs": {"intent": 20}, "branch": "sales"}}
    agreed = playbook({**ASKING, "tiers": tiers}, **OPERATIONS)
    run_adopt(store, now=LIVE_FROM, playbook=agreed, live_from=LIVE_FROM)
    land(store, now, JANA, BEN)
    run_qualify(store, now=now)
    run_route(store, now=now)
    with store.read() as tx:
        lead, handoff = table(Lead).c, table(Handoff).c
        of = tx.scalar(select(handoff.id).where(handoff.subject_id == lead.id, lead.email == JANA))
        told = note_context(tx, read_live(tx), of or 0, 1)
    assert told["colleagues"] == [BEN]
