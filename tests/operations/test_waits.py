"""What waits for a person, as the artifact and status list it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import update

from penstock.operations.qualify import run_qualify
from penstock.operations.triage import InTriage
from penstock.operations.waits import read_waits
from penstock.playbook.load_files import file_of
from penstock.store.engine import Sessions, table
from penstock.store.tables import Account, Lead
from tests.history import DAY, HYDRAULICS, History, playbook

UNKNOWN: dict[str, Any] = {"source": "Newsletter of somebody", "industry": "Maschinenbau", "country": "DE"}


def test_what_was_in_triage_before_going_live_waits_for_nobody(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS), live_from=now)
    past = history.lead("past", received=now - DAY, **UNKNOWN)
    history.did(past, "rfq_submitted", at=now - DAY)
    present = history.lead("present", received=now + DAY, **UNKNOWN)
    history.did(present, "rfq_submitted", at=now + DAY)
    run_qualify(store, now=now + DAY)
    assert {row["branch"]: row["stage"] for row in history.scores()} == {"baseline": "triage", "triage": "triage"}
    waits = read_waits(store, now=now + DAY)
    assert [(one.subject_id, one.reason) for one in waits.triage] == [(present, "triage: source not in the vocabulary")]
    assert waits.triage_total == 1


def waiting(history: History, now: datetime, **facts: Any) -> InTriage:
    """Let a lead ask for a quote, and return how it waits in triage."""
    lead = history.lead("jana", received=now, **facts)
    with history.store.write() as tx:
        known = {"first_name": "Jana", "last_name": "Keller", "email": "jana@brunner.example", "company": "Brunner"}
        tx.execute(update(table(Lead)).values(**known))
    history.did(lead, "rfq_submitted", at=now)
    run_qualify(history.store, now=now)
    (one,) = read_waits(history.store, now=now, vocabulary="playbook/words.yaml").triage
    return one


def test_unknown_source_is_listed_with_the_person_its_spelling_and_what_to_do(store: Sessions, now: datetime) -> None:
    one = waiting(History(store, playbook(HYDRAULICS), live_from=now), now, **UNKNOWN)
    assert one.who == "Jana Keller, jana@brunner.example, Brunner"
    assert one.unclear == 'source "Newsletter of somebody" is in no spelling of the vocabulary'
    assert one.remedy == (
        "add the spelling to a source in playbook/words.yaml, or `penstock lead promote 1 --reason …`"
    )


def test_whoever_is_unclear_to_all_definitions_waits_once(store: Sessions, now: datetime) -> None:
    others = [HYDRAULICS | {"definition": f"line-{number}", "for": {}} for number in range(3)]
    history = History(store, playbook(HYDRAULICS, *others), live_from=now)
    one = waiting(history, now, **UNKNOWN)
    assert (one.definition, one.also) == ("hydraulics", ("line-0", "line-1", "line-2"))
    assert one.definitions == "hydraulics, line-0 and 2 more"
    assert read_waits(store, now=now).triage_total == 1


def test_each_of_those_who_wait_longest_is_listed_whole(store: Sessions, now: datetime) -> None:
    history = History(store, playbook(HYDRAULICS, HYDRAULICS | {"definition": "other"}), live_from=now)
    for number in range(23):
        lead = history.lead(f"p{number}", received=now + number * DAY, **UNKNOWN)
        history.did(lead, "rfq_submitted", at=now + number * DAY)
    run_qualify(store, now=now + 30 * DAY)
    waits = read_waits(store, now=now + 30 * DAY)
    assert [(one.subject_id, one.also) for one in waits.triage] == [(lead, ("other",)) for lead in range(1, 21)]
    assert waits.triage_total == 23


def test_lead_without_a_route_is_listed_with_what_routes_go_by(store: Sessions, now: datetime) -> None:
    fits = {"source": "Website", "industry": "Maschinenbau", "employees": 500, "country": "AT"}
    agreed = playbook(HYDRAULICS, routes={"north": {"region": ["benelux"], "to": "desk"}})
    one = waiting(History(store, agreed, live_from=now), now, **fits)
    assert one.reason.startswith("triage: no route for it; tier A")
    assert one.unclear == 'no route takes country "AT", industry "Maschinenbau", line hydraulics, tier A'
    assert "add a route for it" in one.remedy


def test_account_in_triage_is_listed_by_its_name(store: Sessions, now: datetime) -> None:
    watched = {"triage": {"far": {"region": ["benelux"]}}, "subject": "account", "for": {}, "disqualify": {}}
    history = History(store, playbook(HYDRAULICS | watched), live_from=now)
    account = history.account("brunner", received=now, country="NL")
    with store.write() as tx:
        tx.execute(update(table(Account)).values(name="Brunner AG", domain="brunner.example"))
    history.did(account, "rfq_submitted", at=now, subject="account")
    run_qualify(store, now=now)
    (one,) = read_waits(store, now=now).triage
    assert (one.who, one.unclear) == ("Brunner AG, brunner.example", "triage: far")
    assert "`penstock explain account:1`" in one.remedy


def test_remedy_names_the_file_that_holds_the_vocabulary(tmp_path: Path) -> None:
    (tmp_path / "playbook" / "shared").mkdir(parents=True)
    assert file_of("vocabulary", tmp_path / "playbook") == "playbook/vocabulary.yaml"
    (tmp_path / "playbook" / "shared" / "words.yaml").write_text("# ours\nvocabulary:\n  sources: {}\n")
    assert file_of("vocabulary", tmp_path / "playbook") == "playbook/shared/words.yaml"
