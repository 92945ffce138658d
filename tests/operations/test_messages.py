"""Messages by hand: listing what waits, looking at a mail before it goes, resolving what nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from penstock.errors import NotFoundError, UsageError
from penstock.mail.compose import UnrenderableError
from penstock.operations.messages import list_messages, resolve_message
from penstock.operations.preview import preview
from penstock.operations.show_lead import show_lead
from penstock.store.tables import Effect, Enrolment
from tests.fakes import RecordingMailer
from tests.mail.cast import DAY, MAILS, Cast, cast, composer

__all__ = ["cast"]
HOUR = timedelta(hours=1)


def test_list_shows_what_waits_or_went_wrong_and_by_status_everything(cast: Cast) -> None:
    lead = cast.lead()
    for status in ("planned", "accepted", "unknown", "refused", "deferred", "cancelled"):
        cast.message(lead, status=status)
    assert [line.status for line in list_messages(cast.store)] == ["unknown", "refused", "deferred"]
    assert [line.message_id for line in list_messages(cast.store, status="cancelled")] == [6]
    assert len(list_messages(cast.store, most=1)) == 1
    with pytest.raises(UsageError, match='did you mean "refused"'):
        list_messages(cast.store, status="refusd")


def test_preview_is_the_mail_that_would_go_out_and_leaves_nothing(cast: Cast) -> None:
    lead = cast.lead()
    seen = preview(cast.store, now=cast.now, sequence="pumps", step="guide", lead=str(lead), composer=composer())
    assert cast.rows(Effect) == cast.rows(Enrolment) == []
    cast.message(lead, step="guide")
    mailer = RecordingMailer()
    cast.deliver(mailer)
    (sent,) = mailer.sent
    assert (seen.mail.to, seen.mail.subject, seen.mail.headers) == (sent.to, sent.subject, sent.headers)
    assert seen.mail.text.partition("--")[0] == sent.text.partition("--")[0]
    assert seen.skip == ""


def test_preview_says_what_would_keep_the_mail_back_and_shows_it_all_the_same(cast: Cast) -> None:
    lead = cast.lead(email=None)
    for asset in ("Sizing guide", "HX-200 datasheet"):
        cast.did(lead, "content_downloaded", asset=asset)
    seen = preview(cast.store, now=cast.now, sequence="pumps", step="guide", lead=str(lead), composer=composer())
    assert (seen.skip, seen.mail.to) == ("no_address", "nobody@example.invalid")
    assert [stop.reason for stop in seen.stops] == ["no_address", "seen_already"]
    assert "Sizing guide" in seen.mail.text


def no_to(cast: Cast) -> int:
    lead = cast.lead()
    cast.consent(lead, granted=False, at=cast.now - HOUR, feed="crm")
    return lead


def yes_on(cast: Cast, *days: int, no_on: int | None = None) -> int:
    """A lead whose yes is dated so many days ahead, and who may have said no before or after it."""
    lead = cast.lead(consent=None)
    for day in days:
        cast.consent(lead, granted=True, at=cast.now + day * DAY, feed="crm")
    if no_on is not None:
        cast.consent(lead, granted=False, at=cast.now + no_on * DAY, feed="crm")
    return lead


def closed(cast: Cast, reason: str) -> int:
    lead = cast.lead()
    cast.suppress(lead, reason)
    return lead


def handed_over(cast: Cast) -> int:
    lead = cast.lead()
    cast.handoff(lead)
    return lead


STOPS: list[tuple[Callable[[Cast], int], str, str]] = [
    (lambda cast: cast.lead(email=None), "no_address", "a record with one"),
    (lambda cast: closed(cast, "bounced"), "bounced", "another address"),
    (lambda cast: closed(cast, "unsubscribed"), "suppressed", "(unsubscribed): only a wish of the lead's own"),
    (lambda cast: cast.lead(consent=None), "no_consent", "the country is unknown, so not among"),
    (lambda cast: cast.lead(consent=None, country="DE"), "no_consent", "DE is not among the countries with a basis in"),
    (no_to, "no_consent", "said no on 2026-03-02 (crm): a later yes"),
    (lambda cast: yes_on(cast, 3), "no_consent", "the lead's yes is dated 2026-03-05: from then on it counts"),
    (lambda cast: yes_on(cast, 5, 3), "no_consent", "the lead's yes is dated 2026-03-05: from then on it counts"),
    (lambda cast: yes_on(cast, 3, no_on=-1), "no_consent", "the lead's yes is dated 2026-03-05: from then on it"),
    (lambda cast: yes_on(cast, 3, no_on=4), "no_consent", "said no on 2026-03-06 (crm): a later yes"),
    (handed_over, "exited", "a handoff is open"),
]


@pytest.mark.parametrize(
    ("days", "granted", "not_yet"), [(-1, True, False), (0, True, False), (1, True, True), (1, False, False)]
)
def test_shown_lead_says_which_yes_does_not_count_yet(cast: Cast, days: int, granted: bool, not_yet: bool) -> None:
    lead = cast.lead(consent=None)
    cast.consent(lead, granted=granted, at=cast.now + days * DAY)
    (shown,) = show_lead(cast.store, lead=str(lead), now=cast.now).consents
    assert (shown["granted"], shown["not_yet"]) == (granted, not_yet)


@pytest.mark.parametrize(
    ("days", "why"),
    [((-1,), "you agreed to mail from Nordhaven Hydraulics on 1 March"), ((-1, 3), "on 1 March"), ((3,), "interest")],
)
def test_footer_never_names_a_yes_that_is_still_to_come(cast: Cast, days: tuple[int, ...], why: str) -> None:
    lead = yes_on(cast, *days)
    seen = preview(cast.store, now=cast.now, sequence="pumps", step="guide", lead=str(lead), composer=composer())
    assert why in seen.mail.text.partition("--")[2]


@pytest.mark.parametrize(("make", "reason", "said"), STOPS)
def test_preview_says_what_stops_the_mail_and_what_would_change_it(
    cast: Cast, make: Callable[[Cast], int], reason: str, said: str
) -> None:
    lead = make(cast)
    seen = preview(cast.store, now=cast.now, sequence="pumps", step="guide", lead=str(lead), composer=composer())
    assert [stop.reason for stop in seen.stops] == [seen.skip] == [reason]
    assert said in seen.stops[0].said
    cast.message(lead, step="guide")
    assert cast.deliver(RecordingMailer()).cancelled == {reason: 1}


@pytest.mark.parametrize(
    ("sequence", "step", "lead", "told"),
    [
        ("pump", "intro", "1", 'did you mean "pumps"'),
        ("pumps", "outro", "1", 'did you mean "intro"'),
        ("pumps", "intro", "99", "there is no lead"),
    ],
)
def test_preview_of_what_is_not_there_says_what_is(cast: Cast, sequence: str, step: str, lead: str, told: str) -> None:
    cast.lead()
    with pytest.raises(NotFoundError, match=told):
        preview(cast.store, now=cast.now, sequence=sequence, step=step, lead=lead, composer=composer())


def test_preview_of_a_body_with_a_mistake_says_the_line(cast: Cast) -> None:
    lead = cast.lead()
    cast.adopt(mails={**MAILS, "intro": "Subject: x\n\nHello {{ nobody.name }}"})
    with pytest.raises(UnrenderableError, match="line 3"):
        preview(cast.store, now=cast.now, sequence="pumps", step="intro", lead=str(lead), composer=composer())


@pytest.mark.parametrize(
    ("status", "sent", "skip"), [("accepted", 0, None), ("planned", 1, None), ("cancelled", 0, "removed")]
)
def test_unknown_message_is_resolved_by_hand(cast: Cast, status: str, sent: int, skip: str | None) -> None:
    message = cast.message(cast.lead(), status="unknown", fence=3, attempted_at=cast.now, settled_at=cast.now)
    resolve_message(cast.store, now=cast.now + DAY, message_id=message, status=status, reason="the log says so")
    (row,) = cast.rows(Effect)
    assert (row.status, row.skip_reason, row.said, row.fence) == (status, skip, "by hand: the log says so", 4)
    mailer = RecordingMailer()
    assert cast.deliver(mailer, cast.now + DAY).accepted == len(mailer.sent) == sent


def test_resolved_as_planned_it_still_meets_every_rail(cast: Cast) -> None:
    lead = cast.lead()
    message = cast.message(lead, status="unknown", attempted_at=cast.now)
    cast.suppress(lead)
    resolve_message(cast.store, now=cast.now, message_id=message, status="planned", reason="not in the log")
    assert cast.deliver(RecordingMailer()).cancelled == {"suppressed": 1}


@pytest.mark.parametrize(
    ("message", "status", "reason", "error"),
    [
        (1, "accepted", "seen", UsageError),
        (9, "accepted", "seen", NotFoundError),
        (2, "sent", "x", UsageError),
        (2, "planned", " ", UsageError),
    ],
    ids=["not_unknown", "no_such", "no_such_status", "no_reason"],
)
def test_nothing_else_is_resolved(cast: Cast, message: int, status: str, reason: str, error: type[Exception]) -> None:
    lead = cast.lead()
    cast.message(lead, status="accepted")
    cast.message(lead, status="unknown")
    with pytest.raises(error):
        resolve_message(cast.store, now=cast.now, message_id=message, status=status, reason=reason)
    assert [row.status for row in cast.rows(Effect)] == ["accepted", "unknown"]
