"""Adopting a playbook: versions, starts, terms and what is judged again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, func, select

from penstock.errors import UsageError
from penstock.operations.adopt import run_adopt
from penstock.playbook.model import Playbook, version
from penstock.store.engine import Sessions, table
from penstock.store.playbooks import START, VERSION, read_deciding, read_live, read_starts
from penstock.store.tables import Rescore, Spelling, Term
from penstock.store.types import EPOCH, MICROSECOND

RESCORE, SPELLING, TERM = table(Rescore), table(Spelling), table(Term)
HOUR = timedelta(hours=1)
DEFINITION: dict[str, Any] = {
    "definition": "pumps",
    "fit": {"rules": {"near": {"points": 12.5, "region": "dach"}}},
    "intent": {"rules": {"rfq": {"points": 60, "did": "rfq_submitted", "fades": {"14d": "100 %", "45d": "50 %"}}}},
    "tiers": {"A": {"needs": {"intent": 40}, "branch": "sales"}, "B": {"branch": "none"}},
    "cooldown": "30d",
}
SENDER = {"name": "Ada", "email": "ada@pumps.example", "company": "Pumps", "postal_address": "Kai 1, Kiel"}


def playbook(sources: dict[str, Any] | None = None, **operations: dict[str, Any]) -> Playbook:
    deciding = {"vocabulary": {"sources": sources or {}}, "definitions": {"pumps": DEFINITION}}
    return Playbook.model_validate({"deciding": deciding, "operations": {"sender": SENDER, **operations}})


def count(store: Sessions, which: Table) -> int:
    with store.read() as tx:
        return int(tx.scalar(select(func.count()).select_from(which)) or 0)


def meet(store: Sessions, *texts: str) -> None:
    with store.write() as tx:
        tx.execute(SPELLING.insert(), [{"field": "source", "key": text, "text": text} for text in texts])


def receive(store: Sessions) -> None:
    """Have somebody in the store, whom each version judges."""
    with store.write() as tx:
        tx.execute(RESCORE.insert(), [{"subject": "lead", "subject_id": 1}])


def terms_under(store: Sessions, version_id: int) -> set[tuple[str, str]]:
    query = select(SPELLING.c.text, TERM.c.term).join(TERM, TERM.c.spelling_id == SPELLING.c.id)
    with store.read() as tx:
        return {(row.text, row.term) for row in tx.execute(query.where(TERM.c.version_id == version_id))}


def test_nothing_is_live_before_the_first_adoption(store: Sessions) -> None:
    with store.read() as tx, pytest.raises(UsageError, match="adopted no playbook yet"):
        read_live(tx)


def test_first_definition_judges_from_the_beginning(store: Sessions, now: datetime) -> None:
    result = run_adopt(store, now=now, playbook=playbook(), live_from=now - HOUR)
    with store.read() as tx:
        live = read_live(tx)
        assert [(start.started_at, start.version_id) for start in read_starts(tx)] == [(EPOCH, live.definition_id)]
    assert live.live_from == now - HOUR
    assert result.definition_is_new
    assert result.operations_is_new


def test_what_is_stored_is_what_was_adopted(store: Sessions, now: datetime) -> None:
    adopted = playbook({"web": ["Website"]})
    run_adopt(store, now=now, playbook=adopted)
    with store.read() as tx:
        live = read_live(tx, share=True)
    assert Playbook(deciding=live.deciding, operations=live.operations) == adopted
    assert version(live.deciding) == version(adopted.deciding)
    assert live.terms.of("source", "website") == (("source", "web"),)


def test_same_playbook_again_writes_nothing(store: Sessions, now: datetime) -> None:
    first = run_adopt(store, now=now, playbook=playbook())
    again = run_adopt(store, now=now + HOUR, playbook=playbook(), live_from=now + HOUR)
    assert (again.definition, again.operations) == (first.definition, first.operations)
    assert not again.definition_is_new
    assert not again.operations_is_new
    assert (count(store, VERSION), count(store, START)) == (2, 1)
    with store.read() as tx:
        assert read_live(tx).live_from == now


def test_operations_alone_rescore_nothing(store: Sessions, now: datetime) -> None:
    run_adopt(store, now=now, playbook=playbook())
    with store.write() as tx:
        tx.execute(RESCORE.insert(), [{"subject": "lead", "subject_id": 1, "folded_to": now}])
    result = run_adopt(store, now=now + HOUR, playbook=playbook(goals={"agreed": ["Call within a day"]}))
    assert (result.definition_is_new, result.operations_is_new, result.queued) == (False, True, 0)
    assert (count(store, VERSION), count(store, START)) == (3, 1)
    with store.read() as tx:
        assert tx.scalar(select(RESCORE.c.due_at)) is None
        assert read_live(tx).operations.goals.agreed == ["Call within a day"]


def test_new_definition_queues_every_subject_at_its_start(store: Sessions, now: datetime) -> None:
    run_adopt(store, now=now, playbook=playbook())
    start = now + HOUR
    rows: list[tuple[int, datetime | None, datetime | None]] = [
        (1, None, None), (2, now, None), (3, start + HOUR, now), (4, None, start + HOUR), (5, None, start),
    ]  # fmt: skip
    with store.write() as tx:
        names = ("subject_id", "due_at", "folded_to")
        tx.execute(RESCORE.insert(), [{"subject": "lead", **dict(zip(names, row, strict=True))} for row in rows])
    assert run_adopt(store, now=start, playbook=playbook({"web": None})).queued == 4
    with store.read() as tx:
        due = list(tx.scalars(select(RESCORE.c.due_at).order_by(RESCORE.c.subject_id)))
    assert due == [start, now, start, start + HOUR + MICROSECOND, start + MICROSECOND]


def test_new_vocabulary_reads_known_words_and_leaves_old_readings(store: Sessions, now: datetime) -> None:
    meet(store, "Messe", "Web", "Flurfunk")
    receive(store)
    run_adopt(store, now=now, playbook=playbook({"web": None}))
    result = run_adopt(store, now=now + HOUR, playbook=playbook({"web": None, "trade-show": ["messe"]}))
    assert result.spellings == 3
    with store.read() as tx:
        old, new = (start.version_id for start in read_starts(tx))
        assert "trade-show" not in read_deciding(tx, old)[0].vocabulary.sources
    assert terms_under(store, old) == {("Web", "web")}
    assert terms_under(store, new) == {("Web", "web"), ("Messe", "trade-show")}


def test_older_version_comes_back_with_a_new_start(store: Sessions, now: datetime) -> None:
    first = run_adopt(store, now=now, playbook=playbook({"web": None}))
    receive(store)
    run_adopt(store, now=now + HOUR, playbook=playbook({"web": ["site"]}))
    meet(store, "WEB")
    back = run_adopt(store, now=now + 2 * HOUR, playbook=playbook({"web": None}))
    with store.read() as tx:
        starts = read_starts(tx)
        live = read_live(tx)
    assert back.definition == first.definition
    assert [start.started_at for start in starts] == [EPOCH, now + HOUR, now + 2 * HOUR]
    assert starts[0].version_id == starts[2].version_id == live.definition_id
    assert terms_under(store, live.definition_id) == {("WEB", "web")}


def test_version_that_judged_nobody_leaves_no_trace(store: Sessions, now: datetime) -> None:
    run_adopt(store, now=now, playbook=playbook({"starter": None}), live_from=now)
    run_adopt(store, now=now + HOUR, playbook=playbook({"draft": None}))
    run_adopt(store, now=now + 2 * HOUR, playbook=playbook({"own": None}))
    with store.read() as tx:
        live = read_live(tx)
        assert [(start.started_at, start.version_id) for start in read_starts(tx)] == [(EPOCH, live.definition_id)]
    assert live.live_from == now
    receive(store)
    run_adopt(store, now=now + 3 * HOUR, playbook=playbook({"next": None}))
    with store.read() as tx:
        assert [start.started_at for start in read_starts(tx)] == [EPOCH, now + 3 * HOUR]


def test_starts_rise_although_the_clock_does_not(store: Sessions, now: datetime) -> None:
    receive(store)
    for source in ("web", "fair", "call"):
        run_adopt(store, now=now, playbook=playbook({source: None}))
    with store.read() as tx:
        assert [start.started_at for start in read_starts(tx)] == [EPOCH, now, now + MICROSECOND]


def test_words_are_read_in_pages(store: Sessions, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.operations.adopt.CHUNK", 2)
    meet(store, "a", "b", "web", "Web", "c")
    assert run_adopt(store, now=now, playbook=playbook({"web": None})).spellings == 5
    assert count(store, TERM) == 2


def test_dry_run_leaves_nothing(store: Sessions) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    run_adopt(Sessions(store.engine, dry_run=True), now=at, playbook=playbook())
    assert count(store, VERSION) == 0


def test_adopting_at_once_adopts_once(store: Sessions, now: datetime) -> None:
    threads = [
        threading.Thread(target=run_adopt, args=(store,), kwargs={"now": now, "playbook": playbook()}) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (count(store, VERSION), count(store, START)) == (2, 1)


def test_landing_that_shares_the_live_row_holds_adoption_back(store: Sessions, now: datetime) -> None:
    run_adopt(store, now=now, playbook=playbook({"web": None}))
    adopting = threading.Thread(
        target=run_adopt, args=(store,), kwargs={"now": now + HOUR, "playbook": playbook({"site": ["WEB"]})}
    )
    with store.write() as tx:
        read_live(tx, share=True)
        adopting.start()
        adopting.join(timeout=0.3)
        assert adopting.is_alive()
        tx.execute(SPELLING.insert(), [{"field": "source", "key": "WEB", "text": "WEB"}])
    adopting.join()
    with store.read() as tx:
        assert terms_under(store, read_live(tx).definition_id) == {("WEB", "site")}
