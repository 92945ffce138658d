"""Routes: the first that fits, over profiles read from facts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from penstock.playbook.operations import Operations
from penstock.playbook.reference import Value
from penstock.routing.match import destination_for, fallback, route_for, route_values
from penstock.routing.people import person_named
from penstock.routing.profile import Profile, latest_lines, read_profiles
from penstock.store.engine import Sessions
from penstock.store.playbooks import read_live
from tests.cast import LONG_AGO, Firm, firm
from tests.history import DAY

DACH: dict[str, Value] = {"region": frozenset({"dach"}), "employees": 200_000, "source": frozenset()}


def operations(routes: dict[str, Any]) -> Operations:
    return firm(routes=routes).operations


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ({}, True),
        ({"region": "dach"}, True),
        ({"region": ["benelux", "nordics"]}, False),
        ({"region": {"not": "dach"}}, False),
        ({"region": {"not": "benelux"}}, True),
        ({"industry": {"not": "mining"}}, False),
        ({"employees": {"from": 50, "to": 250}}, True),
        ({"employees": {"from": 250}}, False),
        ({"revenue": {"to": 10}}, False),
        ({"source": {"is": "unknown"}}, True),
        ({"source": {"not": "web"}}, True),
        ({"region": {"is": "known"}, "industry": {"is": "missing"}}, True),
        ({"region": "dach", "employees": {"to": 100}}, False),
    ],
)
def test_condition_holds_or_not(condition: dict[str, Any], fits: bool) -> None:
    found = route_for(operations({"only": {**condition, "to": "inside"}}), DACH)
    assert (found is not None) == fits


def test_first_route_that_fits_is_taken() -> None:
    found = route_for(operations({"a": {"region": "benelux", "to": "inside"}, "b": {"to": "engineers"}}), DACH)
    assert found is not None
    assert found[0] == "b"


def test_owner_takes_it_in_the_queue_of_the_next_route() -> None:
    known = Profile(texts={"owner": "A. Vogt"})
    values = route_values(firm().operations, known, tier="A", definition="hydraulics", line="hydraulics")
    found = destination_for(firm().operations, values, "anna")
    assert found is not None
    assert (found.route, found.queue, found.owner) == ("owned", "engineers", "anna")


def test_owner_unknown_to_the_playbook_is_no_owner() -> None:
    known = Profile(texts={"owner": "Somebody Else"})
    values = route_values(firm().operations, known, tier="A", definition="seals", line="seals")
    found = destination_for(firm().operations, values, None)
    assert found is not None
    assert (found.route, found.queue, found.owner) == ("else", "inside", None)


def test_without_a_route_the_last_one_leads_on() -> None:
    agreed = operations({"a": {"region": "nordics", "to": "engineers"}, "b": {"account": "has-owner", "to": "owner"}})
    assert destination_for(agreed, DACH, None) is None
    found = fallback(agreed)
    assert found is not None
    assert found.queue == "engineers"


@pytest.mark.parametrize("text", ["anna", "Anna Vogt", "anna vogt ", "ANNA@firm.example", "A. Vogt"])
def test_person_is_known_by_any_spelling(text: str) -> None:
    assert person_named(firm().operations, text) == "anna"


@pytest.mark.parametrize("text", ["", None, "Ann", "Vogt"])
def test_stranger_is_nobody(text: str | None) -> None:
    assert person_named(firm().operations, text) is None


def test_profile_is_what_the_most_trusted_said_last(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    account = known.account("brunner", received=LONG_AGO, country="NL", owner="Ben Kühn")
    lead = known.lead("jana", account=account, received=LONG_AGO, country="DE", title="Head Engineer")
    known.fact("lead", lead, "country", "AT", received=now, feed="forms")
    known.fact("lead", lead, "industry", "Maschinenbau", received=now + timedelta(days=1))
    with store.read() as tx:
        found = read_profiles(tx, read_live(tx), [("lead", lead)], at=now)["lead", lead]
    assert found.account_id == account
    assert found.texts == {"country": "DE", "owner": "Ben Kühn", "title": "Head Engineer"}
    assert found.values["country"] == {"DE"}
    assert found.values["region"] == {"dach"}
    assert found.values["function"] == {"engineering"}
    assert "industry" not in found.values


def test_route_asks_for_the_lists_of_the_moment(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    account = known.account("brunner", received=LONG_AGO, country="NL")
    lead = known.lead("jana", account=account, received=LONG_AGO, country="DE")
    known.listed(account, "Key accounts", origin="Vertrieb", received=LONG_AGO, until=now + DAY)
    routes = operations(
        {"key": {"on_list": {"list": "key", "origin": "sales"}, "to": "engineers"}, "b": {"to": "inside"}}
    )
    with store.read() as tx:
        for at, route in ((now, "key"), (now + DAY, "b"), (LONG_AGO - DAY, "b")):
            found = read_profiles(tx, read_live(tx), [("lead", lead)], at=at)["lead", lead]
            taken = route_for(routes, found.values)
            assert (taken and taken[0]) == route


def test_line_is_that_of_the_last_activity_that_names_one(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    lead = known.lead("jana", received=LONG_AGO)
    known.did(lead, "content_downloaded", at=now - timedelta(days=3), line="hydraulics")
    known.did(lead, "content_downloaded", at=now - timedelta(days=2), asset="Seal-guide")
    known.did(lead, "page_viewed", at=now - timedelta(days=1), asset="imprint")
    with store.read() as tx:
        assert latest_lines(tx, read_live(tx), [("lead", lead)], at=now) == {("lead", lead): "seals"}
