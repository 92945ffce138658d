"""The handoff note: who wants what by when, in facts with dates, short whatever the facts are."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from penstock.errors import NotFoundError
from penstock.mail.compose import Composer
from penstock.mail.letter import Footer, Letter
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.records import OutgoingMail
from penstock.routing.note import MOST_OF_LINE, MOST_OF_TRACK, MOST_WORDS, TEMPLATE, note_context
from penstock.routing.phrases import short
from penstock.store.engine import Sessions, table
from penstock.store.playbooks import read_live
from penstock.store.tables import Account, Assignment, Handoff, Lead
from tests.cast import HYDRAULICS, LONG_AGO, OPERATIONS, Firm, berlin, firm
from tests.history import playbook
from tests.starters.catalogue import STARTERS, loaded

NOW = berlin("2026-03-02 11:40")
JANA = {"first_name": "Jana", "last_name": "Keller", "company": "Brunner Maschinenbau", "email": "jana@brunner.example"}


def jana(known: Firm, **facts: Any) -> int:
    """Land Jana of Brunner, who downloaded a datasheet twice and asked for a quote."""
    account = known.account("brunner", received=LONG_AGO, industry="Maschinenbau", employees=820)
    lead = known.lead(
        "jana", account=account, received=LONG_AGO, title="Head Engineer", country="DE", source="Website",
        campaign="hx-launch", **facts,
    )  # fmt: skip
    with known.store.write() as tx:
        tx.execute(update(table(Lead)).where(table(Lead).c.id == lead).values(**JANA))
        tx.execute(update(table(Account)).values(name="Brunner Maschinenbau AG"))
    for days in (9, 3):
        asset = "HX-240 datasheet" if days == 3 else "HX-200 datasheet"
        known.did(lead, "content_downloaded", at=NOW - timedelta(days=days), asset=asset, line="hydraulics")
    known.did(
        lead, "rfq_submitted", at=NOW, line="hydraulics", text="This is urgent: what is your lead time for 40 pieces?"
    )
    return lead


def handed_over(store: Sessions, **facts: Any) -> Firm:
    known = Firm(store)
    jana(known, **facts)
    run_qualify(store, now=NOW)
    run_route(store, now=NOW)
    return known


def context(known: Firm) -> dict[str, Any]:
    with known.store.read() as tx:
        return note_context(tx, read_live(tx), known.rows(Handoff)[-1].id, 1)


def mail(context: dict[str, Any]) -> OutgoingMail:
    composer = Composer()
    body = composer.template(TEMPLATE)
    letter = Letter("handoff_note", "1:1", "anna@firm.example", body, context, Footer("you are named"))
    return composer.compose(letter, sender=firm().operations.sender, now=NOW)


def body(context: dict[str, Any]) -> str:
    """Return the note's text without the frame around it."""
    return mail(context).text.partition("you are named")[0].rpartition("\n\n")[0]


def test_first_line_says_who_wants_what_by_when(store: Sessions) -> None:
    text = body(context(handed_over(store)))
    assert text.splitlines()[0] == (
        "Jana Keller (Brunner Maschinenbau) downloaded HX-240 datasheet and asked for a quote, "
        "please call by Mon 2 Mar 15:40."
    )


def test_note_carries_facts_with_dates_and_no_score(store: Sessions) -> None:
    text = body(context(handed_over(store)))
    for fact in (
        "2 Mar: asked for a quote",
        "21 and 27 Feb: downloaded HX-240 datasheet and HX-200 datasheet",
        "Head Engineer",
        "machinery",
        "820 employees",
        "what is your lead time for 40",
        "(on urgent)",
        "Came by: web, campaign “hx launch”",
        "Interest: hydraulics",
        "Next: a technical call; ask about pressure range and yearly volume.",
        "in turn in engineers",
    ):
        assert fact in text
    assert not re.search(r"\b(score|points|fit \d|intent \d)", text)


def test_first_line_says_what_they_wrote_about(store: Sessions) -> None:
    rules = HYDRAULICS["intent"]["rules"] | {"urgent": {"points": 10, "says": "urgent"}}
    known = Firm(store, playbook(HYDRAULICS | {"intent": {"rules": rules}}, **OPERATIONS))
    lead = known.lead(
        "tom", received=NOW, industry="Maschinenbau", employees=820, country="DE", title="Design Engineer"
    )
    known.did(lead, "form_submitted", at=NOW, asset="/contact", line="hydraulics", text="This is urgent")
    known.did(lead, "rfq_submitted", at=NOW - timedelta(days=1), received=NOW, line="hydraulics")
    run_qualify(store, now=NOW)
    run_route(store, now=NOW)
    text = body(context(known))
    assert "asked for a quote and wrote about urgent in a form on the page /contact, please call" in text
    assert "- 2 Mar: wrote about urgent in a form on the page /contact" in text


def test_note_says_by_what_the_lead_is_reached(store: Sessions) -> None:
    assert "Reach them: jana@brunner.example" in body(context(handed_over(store)))


def test_phone_number_comes_first_where_it_is_known(store: Sessions) -> None:
    known = context(handed_over(store, phone="+49 203 5550 42"))
    assert known["reach"] == ["+49 203 5550 42", "jana@brunner.example"]


def test_lead_without_number_and_address_has_no_line_for_them(store: Sessions) -> None:
    known = handed_over(store)
    with store.write() as tx:
        tx.execute(update(table(Lead)).values(email=None))
    assert "Reach" not in body(context(known))


@pytest.mark.parametrize("starter", STARTERS)
def test_talk_tracks_and_lines_of_the_starters_are_told_whole(starter: str) -> None:
    written = loaded(starter).playbook
    for track in written.operations.talk_tracks.values():
        assert short(track, MOST_OF_TRACK) == track
    for line in written.deciding.vocabulary.lines.values():
        assert short(line.title, MOST_OF_LINE) == line.title


def test_long_talk_track_is_told_whole_where_the_note_has_room(store: Sessions) -> None:
    track = " ".join(["ask"] * MOST_OF_TRACK)
    known = Firm(store, firm(talk_tracks={"hydraulics": track}))
    jana(known)
    run_qualify(store, now=NOW)
    run_route(store, now=NOW)
    assert f"Next: {track}." in " ".join(body(context(known)).split())


def test_subject_fits_in_one_line(store: Sessions) -> None:
    assert mail(context(handed_over(store))).subject == "Jana Keller asked for a quote, please call by Mon 2 Mar 15:40"


def test_note_is_the_same_at_any_later_reading(store: Sessions) -> None:
    known = handed_over(store)
    first = context(known)
    known.did(
        known.rows(Handoff)[0].subject_id, "content_downloaded", at=NOW + timedelta(days=1), asset="HX-900 datasheet"
    )
    assert context(known) == first


def test_what_they_already_have_is_named(store: Sessions, now: datetime) -> None:
    known = Firm(store)
    lead = jana(known)
    known.did(lead, "content_downloaded", at=LONG_AGO + timedelta(days=1), asset="Seal guide", line="seals")
    run_qualify(store, now=NOW)
    run_route(store, now=NOW)
    assert "Already has: Seal guide." in body(context(known))


OF_REPLIES: dict[str, Any] = {
    "definition": "outbound",
    "fit": {"rules": {"named": {"points": 20, "on_list": "key", "title": "One of the accounts we want"}}},
    "intent": {
        "opens": {"at_most": 3, "human": ["webinar"]},
        "rules": {"reply": {"points": 30, "did": "email_replied"}, "opened": {"points": 1, "did": "email_opened"}},
    },
    "tiers": {"A": {"needs": {"fit": 20, "intent": 30}, "branch": "sales"}},
}


def test_first_line_tells_no_opened_mail_and_what_fits_is_told_whole(store: Sessions) -> None:
    known = Firm(store, playbook(OF_REPLIES, **OPERATIONS))
    account = known.account("brunner", received=LONG_AGO)
    known.listed(account, "Key accounts", received=LONG_AGO)
    lead = known.lead("jana", account=account, received=LONG_AGO)
    known.did(lead, "email_opened", at=NOW - timedelta(days=2), channel="webinar")
    known.did(lead, "email_replied", at=NOW)
    run_qualify(store, now=NOW)
    run_route(store, now=NOW)
    said = context(known)
    assert said["did"] == "replied to our mail"
    assert [deed["what"] for deed in said["deeds"]] == ["replied to our mail", "opened our mail"]
    assert said["fits"] == ["One of the accounts we want"]


@pytest.mark.parametrize(("employees", "said"), [(1, "1 employee"), (2, "2 employees"), (1_200, "1,200 employees")])
def test_size_of_the_company_is_told_as_people_say_it(store: Sessions, employees: int, said: str) -> None:
    small = OF_REPLIES | {"fit": {"rules": {"small": {"points": 20, "employees": {"to": 2000}}}}}
    known = Firm(store, playbook(small, **OPERATIONS))
    account = known.account("brunner", received=LONG_AGO, employees=employees)
    known.did(known.lead("jana", account=account, received=LONG_AGO), "email_replied", at=NOW)
    run_qualify(store, now=NOW)
    run_route(store, now=NOW)
    assert context(known)["fits"] == [said]


def test_lead_outside_the_region_is_said_to_be(store: Sessions) -> None:
    known = handed_over(store)
    known.fact("lead", known.rows(Handoff)[0].subject_id, "country", "NL", received=NOW, typed=True)
    assert context(known)["against"] == []
    second = Firm.lead(known, "far", received=LONG_AGO, country="NL", source="Website")
    known.did(second, "rfq_submitted", at=NOW, line="hydraulics")
    run_qualify(store, now=NOW)
    run_route(store, now=NOW)
    assert context(known)["against"] == ["outside our region"]


def test_promotion_by_hand_is_the_reason(store: Sessions) -> None:
    known = Firm(store)
    lead = known.lead("jana", received=LONG_AGO)
    known.decide(lead, NOW, reason="put forward by hand: met at the fair")
    run_route(store, now=NOW)
    assert context(known)["did"] == "was put forward by hand: met at the fair"


def test_account_is_named_without_a_person(store: Sessions) -> None:
    known = Firm(store)
    account = known.account("brunner", received=LONG_AGO)
    known.did(account, "opportunity_opened", at=NOW, subject="account", asset="HX retrofit")
    run_qualify(store, now=NOW)
    run_route(store, now=NOW)
    text = body(context(known))
    assert text.startswith(
        f"Account {account} has an open opportunity for HX retrofit, please get in touch by Tue 3 Mar"
    )
    assert "no person is named" in text


def test_handoff_that_nobody_could_take_says_so(store: Sessions) -> None:
    known = Firm(store)
    for person in ("anna", "ben", "katja", "felix", "ruth"):
        known.away(person, NOW, NOW)
    jana(known)
    run_qualify(store, now=NOW)
    run_route(store, now=NOW)
    text = body(context(known))
    assert "Nobody could take it: nobody in engineers can take it" in text
    assert "Please give it to somebody." in text


def test_due_moment_is_in_the_readers_own_time(store: Sessions) -> None:
    known = Firm(store)
    jana(known, owner="Dwayne Porter")
    run_qualify(store, now=NOW)
    run_route(store, now=NOW)
    assert context(known)["by"] == "Mon 2 Mar 12:00"


WORDY = " ".join(["incompressible"] * 60)


@pytest.mark.parametrize("count", [1, 12])
def test_note_has_at_most_150_words_whatever_was_said(store: Sessions, count: int) -> None:
    tracks = {"hydraulics": WORDY}
    known = Firm(store, firm(talk_tracks=tracks))
    lead = known.lead(
        "jana", received=LONG_AGO, title=WORDY, source="Website", campaign=WORDY, industry="machinery", employees=60
    )
    with store.write() as tx:
        tx.execute(update(table(Lead)).values(first_name=WORDY, last_name=WORDY, company=WORDY))
    for kind in ("rfq_submitted", "content_downloaded"):
        for number in range(count):
            at = NOW - timedelta(days=3 * number)
            known.did(lead, kind, at=at, asset=f"{number} {WORDY}", text=f"urgent {WORDY}", line="hydraulics")
    run_qualify(store, now=NOW)
    run_route(store, now=NOW)
    with store.write() as tx:
        tx.execute(update(table(Assignment)).values(why=WORDY))
    assert len(body(context(known)).split()) <= MOST_WORDS


def test_names_cannot_make_markup(store: Sessions) -> None:
    known = handed_over(store)
    with store.write() as tx:
        tx.execute(update(table(Lead)).values(first_name="**Jana**", last_name="[x](https://evil.example)\nBcc: a@b.c"))
    sent = mail(context(known))
    assert 'href="https://evil.example' not in sent.html
    assert "\n" not in sent.subject


@pytest.mark.parametrize(("handoff", "turn"), [(99, 1), (1, 2)])
def test_note_of_nothing_is_not_found(store: Sessions, handoff: int, turn: int) -> None:
    known = handed_over(store)
    with known.store.read() as tx, pytest.raises(NotFoundError):
        note_context(tx, read_live(tx), known.rows(Handoff)[0].id if handoff == 1 else handoff, turn)
