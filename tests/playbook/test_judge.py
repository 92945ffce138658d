"""The statement as it is run: on PostgreSQL its values stand in the text, and the server keeps it for rounds of few."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select, text

from penstock.operations.qualify import run_qualify
from penstock.store.batch import FEW
from penstock.store.engine import Sessions, table
from penstock.store.tables import Score
from tests.history import DAY, HYDRAULICS, History, playbook

SCORE = table(Score)
HOUR = timedelta(hours=1)
ODD = ["5 % off", "it's", 'a "word"', "c:\\temp\\%s", "$1 or :name", "%(name)s", "grösser > 5; --", "{x}", "?"]


def asked_for(store: Sessions, at: datetime, value: str, *values: str) -> int:
    """Return the fit of a lead with a value, in a playbook that gives 10 points for any of ``values``."""
    rules = {"at_most": 60, "rules": {"said": {"points": 10, "application": list(values)}}}
    agreed = playbook(HYDRAULICS | {"fit": rules}, vocabulary={"fields": {"application": "text"}})
    history = History(store, agreed, live_from=at - DAY)
    lead = history.lead("one", received=at, application=value)
    run_qualify(store, now=at)
    with store.read() as tx:
        return int(tx.execute(select(SCORE.c.fit).where(SCORE.c.subject_id == lead)).scalar_one())


@pytest.mark.parametrize("value", ODD)
def test_value_of_any_letters_is_found_as_written(store: Sessions, now: datetime, value: str) -> None:
    assert asked_for(store, now, value, value) == 10_000


@pytest.mark.parametrize("value", ODD)
def test_value_of_any_letters_is_found_among_others_only_where_it_is_said(
    store: Sessions, now: datetime, value: str
) -> None:
    others = [one for one in ODD if one != value]
    assert asked_for(store, now, value, *others) == 0


def test_statement_is_given_to_the_server_once_and_outlives_what_is_rolled_back(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now - DAY)
    lead = history.lead("one", received=now, industry="machinery", employees=100)
    sent: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *said: sent.append(said[2].split()[0]))
    dry = Sessions(store.engine, dry_run=True)
    for number, sessions in enumerate([dry, store, dry, store, store]):
        history.did(lead, "rfq_submitted", at=now + number * HOUR)
        assert run_qualify(sessions, now=now + number * HOUR).scores == 1
    assert (sent.count("PREPARE"), sent.count("EXECUTE")) == ((0, 0) if store.is_sqlite else (1, 5))


def test_rounds_of_many_are_planned_for_their_size(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now - DAY)
    for number in range(FEW + 1):
        history.lead(f"lead {number}", received=now, industry="machinery")
    sent: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *said: sent.append(said[2].split()[0]))
    assert run_qualify(store, now=now).scores == FEW + 1
    assert "PREPARE" not in sent
    assert sent.count("ANALYZE") == (0 if store.is_sqlite else 1)


def test_server_keeps_one_statement_for_each_definition_of_a_version(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now - DAY)
    history.lead("one", received=now, industry="machinery")
    run_qualify(store, now=now)
    other = {"rules": {"far": {"points": -5, "region": {"not": ["dach"]}}}}
    history.adopt(playbook(HYDRAULICS | {"fit": other}), now=now + HOUR)
    run_qualify(store, now=now + HOUR)
    assert kept_by_server(store) == ([] if store.is_sqlite else [("verdict_", 1, 0)] * 2)


def test_server_keeps_no_more_statements_than_its_memory_should_hold(
    store: Sessions, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("penstock.playbook.judge.MOST_KEPT", 2)
    history = History(store, playbook(HYDRAULICS), live_from=now - DAY)
    history.lead("one", received=now, industry="machinery")
    for number in range(4):
        other = {"rules": {"far": {"points": -5 - number, "region": {"not": ["dach"]}}}}
        history.adopt(playbook(HYDRAULICS | {"fit": other}), now=now + number * HOUR)
        run_qualify(store, now=now + number * HOUR)
        assert len(kept_by_server(store)) == (0 if store.is_sqlite else 1 + number % 2)


def kept_by_server(store: Sessions) -> list[tuple[str, int, int]]:
    """Return how each prepared statement's name begins, and how often its plan was used as it is, or made anew."""
    if store.is_sqlite:
        return []
    with store.read() as tx:
        asked = text("SELECT name, generic_plans, custom_plans FROM pg_prepared_statements")
        return [(name[:8], plans, others) for name, plans, others in tx.execute(asked)]
