"""Alerts: who still waits, since when, and what stops the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from penstock.errors import NotFoundError
from penstock.mail.compose import Composer
from penstock.mail.letter import Footer, Letter
from penstock.operations.check_slas import run_check_slas
from penstock.operations.route import run_route
from penstock.records import OutgoingMail
from penstock.routing.alert import alert_context, template_of
from penstock.store.engine import Sessions
from penstock.store.playbooks import read_live
from penstock.store.tables import Clock, Handoff
from tests.cast import LONG_AGO, Firm, berlin, firm

START, WARNED, DUE, MANAGER = (berlin(f"2026-03-02 {at}") for at in ("10:00", "13:00", "14:00", "16:00"))


def checked(store: Sessions, *moments: datetime, **facts: Any) -> Firm:
    known = Firm(store)
    known.decide(known.lead("jana", received=LONG_AGO, **facts), START)
    run_route(store, now=START)
    for moment in moments:
        run_check_slas(store, now=moment)
    return known


def mail(known: Firm, level: int) -> OutgoingMail:
    with known.store.read() as tx:
        words = alert_context(tx, read_live(tx), known.rows(Clock)[0].id, level)
    composer = Composer()
    letter = Letter("sla_alert", "1:0", "a@firm.example", composer.template(template_of(level)), words, Footer("named"))
    return composer.compose(letter, sender=firm().operations.sender, now=DUE)


def test_warning_says_until_when(store: Sessions) -> None:
    sent = mail(checked(store, WARNED), 0)
    lead = "Lead 1"
    assert sent.subject == f"{lead} is waiting: contact is due Mon 2 Mar 14:00"
    assert f"{lead} fits what we look for and is waiting, please call by Mon 2 Mar 14:00." in sent.text
    assert "Handed to you in engineers on Mon 2 Mar 10:00" in sent.text


def test_late_alert_tells_the_owner_to_call_and_the_manager_to_see_to_it(store: Sessions) -> None:
    known = checked(store, DUE, MANAGER)
    handoff = known.rows(Handoff)[0].id
    assert "Please call now" in mail(known, 1).text
    assert "Handed to you in engineers" in mail(known, 1).text
    told = mail(known, 2).text
    assert "Contact with Lead 1 was due Mon 2 Mar 14:00, and nobody has answered." in told
    assert "Handed to Anna Vogt in engineers" in told
    assert f"penstock handoff answer {handoff} working" in told


def test_times_are_those_of_the_reader(store: Sessions) -> None:
    # Ten in Berlin is three in the night in Houston, which opens at eight.
    known = checked(store, berlin("2026-03-02 19:00"), owner="Dwayne Porter")
    assert "was due Mon 2 Mar 12:00" in mail(known, 1).subject


def test_level_that_was_not_written_is_not_found(store: Sessions) -> None:
    known = checked(store, WARNED)
    with known.store.read() as tx, pytest.raises(NotFoundError):
        alert_context(tx, read_live(tx), known.rows(Clock)[0].id, 1)
