"""The unsubscribe page: GET changes nothing, POST acts at once, as often as you like, and nobody forges a link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from penstock.mail.keyring import Keyring
from penstock.mail.links import Links
from penstock.store.engine import table
from penstock.store.tables import Consent, Effect, Enrolment, Identifier, Receipt, Rescore, Suppression
from penstock.store.types import MICROSECOND
from penstock.web.app import make_app
from tests.fakes import RecordingMailer
from tests.mail.cast import DAY, KEYRING, MINUTE, SENDER, Cast, cast
from tests.web.client import Client

__all__ = ["cast"]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def client(cast: Cast) -> Client:
    return Client(make_app(cast.store, keyring=KEYRING, clock=lambda: cast.now))


def link(lead: int, keyring: Keyring = KEYRING) -> str:
    return Links(keyring, "").unsubscribe(lead, "marketing")


def kept(cast: Cast) -> list[object]:
    return [cast.rows(model) for model in (Suppression, Consent, Enrolment, Effect, Rescore, Receipt)]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_page_changes_nothing(cast: Cast, client: Client, method: str) -> None:
    lead = cast.lead()
    cast.message(lead)
    before = kept(cast)
    answers = [client.request(method, link(lead)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert kept(cast) == before
    assert ("<button" in answers[0].text) == (method == "GET")


BODIES: dict[str, dict[str, Any]] = {
    "one_click": {"data": ONE_CLICK},
    "multipart": {"files": {"List-Unsubscribe": (None, "One-Click")}},
    "something": {"content": b"x"},
    "empty": {},
}


@pytest.mark.parametrize("body", BODIES)
def test_post_acts_without_login_redirect_or_second_question(cast: Cast, client: Client, body: str) -> None:
    lead, other = cast.lead(), cast.lead("tom")
    cast.message(lead), cast.message(other)
    answer = client.post(link(lead), **BODIES[body])
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
    assert "You are unsubscribed" in answer.text
    (closed,) = cast.rows(Suppression)
    assert (closed.hash, closed.scope, closed.reason) == (
        KEYRING.address_hash("jana@brunner.example"), "all", "unsubscribed",
    )  # fmt: skip
    assert [(row.status, row.exit_reason) for row in cast.rows(Enrolment)] == [
        ("exited", "unsubscribed"),
        ("active", None),
    ]
    assert cast.states() == [("cancelled", "suppressed"), ("planned", None)]
    assert (cast.rows(Consent)[-1].lead_id, cast.rows(Consent, granted=False)[0].lead_id) == (other, lead)


def test_post_again_changes_nothing_more(cast: Cast, client: Client) -> None:
    lead = cast.lead()
    cast.message(lead)
    client.post(link(lead), data=ONE_CLICK)
    before = kept(cast)
    cast.now += DAY
    assert client.post(link(lead), data=ONE_CLICK).status_code == 200
    assert kept(cast) == before


def test_nothing_is_sent_afterwards(cast: Cast, client: Client) -> None:
    lead = cast.lead(country="US", consent=None)
    client.post(link(lead))
    cast.message(lead)
    mailer = RecordingMailer()
    cast.deliver(mailer, cast.now + DAY)
    assert (cast.states(), mailer.sent) == ([("cancelled", "suppressed")], [])


def test_leaving_closes_every_address_of_the_lead(cast: Cast, client: Client) -> None:
    lead = cast.lead()
    cast.add(Identifier, kind="email", value="jana@home.example", share=0, lead_id=lead)
    client.post(link(lead))
    assert {row.hash for row in cast.rows(Suppression)} == {
        KEYRING.address_hash(address) for address in ("jana@brunner.example", "jana@home.example")
    }


def test_leaving_is_a_receipt_never_before_what_was_decided(cast: Cast, client: Client) -> None:
    lead = cast.lead()
    ahead = cast.now + timedelta(hours=1)
    cast.add(Rescore, subject="lead", subject_id=lead, folded_to=ahead)
    client.post(link(lead))
    assert [row.at for row in cast.rows(Receipt)] == [ahead + MICROSECOND]
    assert cast.rows(Rescore)[0].due_at == ahead + MICROSECOND


def test_consent_given_anew_can_be_withdrawn_anew(cast: Cast, client: Client) -> None:
    lead = cast.lead()
    client.post(link(lead))
    cast.consent(lead, granted=True, at=cast.now + MINUTE)
    cast.now += DAY
    client.post(link(lead))
    assert [row.granted for row in sorted(cast.rows(Consent), key=lambda row: row.said_at)] == [
        True,
        False,
        True,
        False,
    ]


def test_message_that_is_on_its_way_is_left_to_the_worker_that_has_it(cast: Cast, client: Client) -> None:
    lead = cast.lead()
    cast.message(lead, status="claimed")
    client.post(link(lead))
    assert cast.states() == [("claimed", None)]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("token", ["forged", "cut", "of_another_key", "empty_signature"])
def test_forged_link_is_refused_and_changes_nothing(cast: Cast, client: Client, method: str, token: str) -> None:
    lead = cast.lead()
    links = {
        "forged": "/u/WzEsIm1hcmtldGluZyJd.AAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "cut": link(lead)[:-3],
        "of_another_key": link(lead, Keyring(("z" * 40,))),
        "empty_signature": link(lead).partition(".")[0] + ".",
    }
    before = kept(cast)
    assert client.request(method, links[token]).status_code == 404
    assert kept(cast) == before


def test_link_signed_before_the_key_was_changed_still_works(cast: Cast) -> None:
    lead = cast.lead()
    changed = Keyring(("n" * 40, *KEYRING.keys))
    client = Client(make_app(cast.store, keyring=changed, clock=lambda: cast.now + 400 * DAY))
    assert client.post(link(lead)).status_code == 200
    assert cast.rows(Suppression)[0].hash == KEYRING.address_hash("jana@brunner.example")


def test_link_of_a_lead_that_is_gone_is_refused(cast: Cast, client: Client) -> None:
    assert client.post(link(99)).status_code == 404


def test_lead_without_address_can_leave_too(cast: Cast, client: Client) -> None:
    lead = cast.lead(email=None)
    cast.message(lead)
    assert client.post(link(lead)).status_code == 200
    assert cast.states() == [("cancelled", "suppressed")]


@pytest.mark.parametrize("path", ["page", "/health", "/page.css", "/u/forged", "/nothing"])
def test_no_page_leaks_its_address_or_takes_anything_from_elsewhere(cast: Cast, client: Client, path: str) -> None:
    answer = client.get(link(cast.lead()) if path == "page" else path)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "jana" not in answer.text.lower()


def test_health_says_ok_and_nothing_else_is_there(client: Client) -> None:
    assert client.get("/health").text == "ok"
    assert client.request("HEAD", "/health").status_code == 200
    assert [client.get(path).status_code for path in ("/docs", "/openapi.json", "/u", "/u/")] == [404] * 4


def test_company_with_html_in_its_name_stays_a_name(cast: Cast, client: Client) -> None:
    cast.adopt(sender={**SENDER, "company": "<i>Nordhaven</i>"})
    page = client.get(link(cast.lead())).text
    assert "&lt;i&gt;Nordhaven&lt;/i&gt;" in page
    assert "<i>" not in page


def test_suppressing_by_update_of_the_row_is_seen_when_claiming(cast: Cast) -> None:
    lead = cast.lead()
    cast.suppress(lead, scope="events")
    cast.message(lead)
    with cast.store.write() as tx:
        tx.execute(update(table(Suppression)).values(scope="all"))
    assert cast.deliver(RecordingMailer()).cancelled == {"suppressed": 1}
