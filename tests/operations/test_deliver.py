"""Deliver: which messages may go, and that each goes at most once whoever dies, wakes late or comes twice."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from penstock.errors import DeferredMessageError, RefusedMessageError, UnknownOutcomeError
from penstock.mail import outbox
from penstock.operations.deliver import run_deliver
from penstock.records import OutgoingMail
from penstock.store.engine import Sessions
from penstock.store.playbooks import read_live
from penstock.store.tables import Assignment, Clock, Consent, Effect, Enrolment, Escalation, Lead
from tests.fakes import RecordingMailer
from tests.mail.cast import DAY, MAILS, MINUTE, SEQUENCES, Cast, cast, composer

__all__ = ["cast"]
HOUR = timedelta(hours=1)
KINDS = pytest.mark.parametrize("repeatable", [True, False], ids=["folder", "smtp"])


@KINDS
def test_due_message_is_sent_once_and_its_row_says_what_left(cast: Cast, *, repeatable: bool) -> None:
    cast.message(cast.lead())
    mailer = RecordingMailer(repeatable=repeatable)
    result = cast.deliver(mailer)
    assert (result.claimed, result.accepted, result.cancelled) == (1, 1, {})
    assert cast.deliver(mailer).claimed == 0
    (mail,), (row,) = mailer.sent, cast.rows(Effect)
    assert (mail.to, mail.subject, mail.date) == ("jana@brunner.example", "Pumps for Brunner", cast.now)
    assert (row.status, row.said, row.settled_at, row.attempted_at) == ("accepted", "250 taken", cast.now, cast.now)
    assert (row.address, row.subject, row.rfc_message_id) == (mail.to, mail.subject, mail.message_id)
    assert (row.fence, row.claimed_until, row.held_until) == (1, None, None)


def test_nothing_goes_before_it_is_due(cast: Cast) -> None:
    cast.message(cast.lead(), due_at=cast.now + MINUTE)
    mailer = RecordingMailer()
    assert cast.deliver(mailer).claimed == 0
    assert cast.deliver(mailer, cast.now + MINUTE).accepted == 1


def withdraw_from(cast: Cast) -> int:
    lead = cast.lead()
    cast.consent(lead, granted=False, at=cast.now - HOUR, feed="crm")
    return lead


def said(cast: Cast, *words: tuple[bool, timedelta], **values: Any) -> int:
    """A lead who said yes or no, each so long after now."""
    lead = cast.lead(consent=None, **values)
    for granted, after in words:
        cast.consent(lead, granted=granted, at=cast.now + after, feed="crm")
    return lead


def disagree_about(cast: Cast) -> int:
    lead = cast.lead()
    cast.consent(lead, granted=False, feed="crm")
    return lead


def suppressed(cast: Cast, reason: str, **values: Any) -> int:
    lead = cast.lead()
    cast.suppress(lead, reason, **values)
    return lead


RAILS: list[tuple[str, Any, str | None]] = [
    ("without_address", lambda cast: cast.lead(email=None), "no_address"),
    ("empty_address", lambda cast: cast.lead(email="", consent=True), None),
    ("suppressed", lambda cast: suppressed(cast, "unsubscribed"), "suppressed"),
    ("suppressed_for_the_purpose", lambda cast: suppressed(cast, "unsubscribed", scope="marketing"), "suppressed"),
    ("suppressed_for_another_purpose", lambda cast: suppressed(cast, "unsubscribed", scope="events"), None),
    ("bounced", lambda cast: suppressed(cast, "bounced"), "bounced"),
    ("nothing_said", lambda cast: cast.lead(consent=None), "no_consent"),
    ("nothing_said_country_with_basis", lambda cast: cast.lead(consent=None, country="US"), None),
    ("nothing_said_country_without", lambda cast: cast.lead(consent=None, country="DE"), "no_consent"),
    ("nothing_said_country_that_asks", lambda cast: cast.lead(consent=None, country="CH"), "no_consent"),
    ("yes_in_a_country_that_asks", lambda cast: cast.lead(country="CH"), None),
    ("no_in_a_country_with_basis", lambda cast: cast.lead(consent=False, country="US"), "no_consent"),
    ("withdrawn_an_hour_ago", withdraw_from, "no_consent"),
    ("two_systems_differ_at_once", disagree_about, "no_consent"),
    ("yes_of_this_very_moment", lambda cast: said(cast, (True, 0 * DAY)), None),
    ("yes_dated_ahead", lambda cast: said(cast, (True, MINUTE)), "no_consent"),
    ("yes_dated_ahead_where_none_is_needed", lambda cast: said(cast, (True, DAY), country="US"), None),
    ("yes_before_and_ahead", lambda cast: said(cast, (True, -DAY), (True, DAY)), None),
    ("no_before_and_yes_ahead", lambda cast: said(cast, (False, -DAY), (True, DAY)), "no_consent"),
    ("no_dated_ahead", lambda cast: said(cast, (True, -DAY), (False, DAY)), "no_consent"),
    ("no_ahead_and_a_yes_after_it", lambda cast: said(cast, (False, DAY), (True, 2 * DAY)), "no_consent"),
    ("no_ahead_in_a_country_with_basis", lambda cast: said(cast, (False, DAY), country="US"), "no_consent"),
]


@pytest.mark.parametrize(("who", "skip"), [rail[1:] for rail in RAILS], ids=[rail[0] for rail in RAILS])
def test_rails_are_asked_when_claiming(cast: Cast, who: Any, skip: str | None) -> None:
    cast.message(who(cast))
    mailer = RecordingMailer()
    result = cast.deliver(mailer)
    (row,) = cast.rows(Effect)
    if skip is None:
        assert (row.status, len(mailer.sent)) == ("accepted", 1)
    else:
        assert (row.status, row.skip_reason, row.settled_at, mailer.sent) == ("cancelled", skip, cast.now, [])
        assert (result.claimed, result.cancelled) == (0, {skip: 1})
    assert cast.deliver(mailer, cast.now + DAY).claimed == 0


WORDS_AHEAD: list[tuple[str, list[tuple[bool, timedelta]], list[str]]] = [
    ("yes", [(True, 2 * DAY)], ["no_consent", "no_consent", "accepted", "accepted"]),
    ("yes_after_no", [(False, -DAY), (True, 2 * DAY)], ["no_consent", "no_consent", "accepted", "accepted"]),
    ("no", [(True, -DAY), (False, 2 * DAY)], ["no_consent"] * 4),
    ("no_then_yes", [(False, DAY), (True, 3 * DAY)], ["no_consent", "no_consent", "no_consent", "accepted"]),
    ("yes_then_no", [(True, DAY), (False, 3 * DAY)], ["no_consent"] * 4),
]


@pytest.mark.parametrize(("words", "fates"), [one[1:] for one in WORDS_AHEAD], ids=[one[0] for one in WORDS_AHEAD])
def test_consent_dated_ahead_counts_from_its_date_and_withdrawal_at_once(
    cast: Cast, words: list[tuple[bool, timedelta]], fates: list[str]
) -> None:
    lead = said(cast, *words)
    for day in range(4):
        cast.message(lead, due_at=cast.now + day * DAY)
        cast.deliver(RecordingMailer(), cast.now + day * DAY)
    assert [row.skip_reason or row.status for row in cast.rows(Effect)] == fates


@pytest.mark.parametrize(
    "happens",
    [
        lambda cast, lead: cast.handoff(lead),
        lambda cast, lead: cast.did(lead, "email_replied", at=cast.now + MINUTE),
        lambda cast, lead: cast.decide(lead, "out"),
        lambda cast, lead: cast.change(Enrolment, 1, status="exited", exit_reason="replied"),
    ],
    ids=["handoff", "reply", "disqualified", "exited"],
)
def test_what_arrives_between_planning_and_sending_cancels(cast: Cast, happens: Any) -> None:
    lead = cast.lead()
    cast.message(lead)
    happens(cast, lead)
    mailer = RecordingMailer()
    cast.deliver(mailer, cast.now + HOUR)
    assert (cast.states(), mailer.sent) == ([("cancelled", "exited")], [])


def test_message_of_a_finished_enrolment_still_goes(cast: Cast) -> None:
    cast.message(cast.lead())
    cast.change(Enrolment, 1, status="finished")
    assert cast.deliver(RecordingMailer()).accepted == 1


def test_one_refused_of_a_hundred_stops_no_other_and_sends_none_twice(cast: Cast) -> None:
    for turn in range(100):
        cast.message(cast.lead(f"lead-{turn}"))
    mailer = RecordingMailer(errors={"lead-50@brunner.example": RefusedMessageError("554 no such user")})
    result = cast.deliver(mailer, batch=30)
    assert (result.claimed, result.accepted, result.refused) == (100, 99, 1)
    cast.deliver(mailer, cast.now + DAY)
    assert len(mailer.addresses) == len(set(mailer.addresses)) == 99
    (refused,) = cast.rows(Effect, status="refused")
    assert (refused.said, refused.settled_at) == ("554 no such user", cast.now)


@KINDS
def test_deferred_message_is_tried_again_later_and_not_at_the_same_now(cast: Cast, *, repeatable: bool) -> None:
    cast.message(cast.lead())
    busy = RecordingMailer(repeatable, {"jana@brunner.example": DeferredMessageError("451 later")})
    assert cast.deliver(busy).deferred == 1
    (row,) = cast.rows(Effect)
    assert (row.status, row.due_at, row.held_until) == ("deferred", cast.now + 15 * MINUTE, cast.now + 15 * MINUTE)
    assert (row.settled_at, row.attempted_at) == (None, None)
    assert cast.deliver(busy).claimed == 0
    assert cast.deliver(RecordingMailer(), cast.now + 15 * MINUTE).accepted == 1


def test_suppression_while_deferred_is_never_retried(cast: Cast) -> None:
    lead = cast.lead()
    cast.message(lead)
    cast.deliver(RecordingMailer(errors={"jana@brunner.example": DeferredMessageError("451 later")}))
    cast.suppress(lead)
    mailer = RecordingMailer()
    cast.deliver(mailer, cast.now + HOUR)
    assert (cast.states(), mailer.sent) == ([("cancelled", "suppressed")], [])


def test_unknown_outcome_is_shown_and_not_resent(cast: Cast) -> None:
    cast.message(cast.lead())
    broken = RecordingMailer(errors={"jana@brunner.example": UnknownOutcomeError("the connection broke")})
    assert cast.deliver(broken).unknown == 1
    mailer = RecordingMailer()
    cast.deliver(mailer, cast.now + DAY)
    (row,) = cast.rows(Effect)
    assert (row.status, row.said, mailer.sent) == ("unknown", "the connection broke", [])


class Killed(BaseException):
    """The process is gone."""


def die(_: OutgoingMail) -> None:
    raise Killed


def test_killed_in_the_middle_of_sending_leaves_one_unknown_and_the_rest_for_later(cast: Cast) -> None:
    for turn in range(3):
        cast.message(cast.lead(f"lead-{turn}"))
    with pytest.raises(Killed):
        cast.deliver(RecordingMailer(meanwhile=die))
    mailer = RecordingMailer()
    assert cast.deliver(mailer).claimed == 0
    result = cast.deliver(mailer, wall=lambda: cast.now + HOUR)
    assert (result.abandoned, result.claimed, result.accepted) == (1, 2, 2)
    assert mailer.addresses == ["lead-1@brunner.example", "lead-2@brunner.example"]
    assert cast.states() == [("unknown", None), ("accepted", None), ("accepted", None)]


def test_killed_batch_of_a_repeatable_transport_is_sent_again_whole(cast: Cast) -> None:
    cast.message(cast.lead())
    with pytest.raises(Killed):
        cast.deliver(RecordingMailer(repeatable=True, meanwhile=die))
    result = cast.deliver(RecordingMailer(repeatable=True), wall=lambda: cast.now + HOUR)
    assert (result.abandoned, result.accepted) == (0, 1)
    assert cast.rows(Effect)[0].fence == 2


@KINDS
def test_worker_that_wakes_after_its_lease_ran_out_changes_nothing(cast: Cast, *, repeatable: bool) -> None:
    cast.message(cast.lead())
    second = RecordingMailer(repeatable=True)

    def sleep(_: OutgoingMail) -> None:
        cast.deliver(second, cast.now + DAY, wall=lambda: cast.now + HOUR)

    result = cast.deliver(RecordingMailer(repeatable, meanwhile=sleep))
    (row,) = cast.rows(Effect)
    assert result.lost == 1
    if repeatable:
        assert (row.status, row.settled_at, len(second.sent)) == ("accepted", cast.now + DAY, 1)
    else:
        assert (row.status, second.sent) == ("unknown", [])


def test_message_claimed_by_another_is_not_attempted(cast: Cast) -> None:
    """Two of a batch: while the first is sent, the lease of the second runs out and another worker sends it."""
    for turn in range(2):
        cast.message(cast.lead(f"lead-{turn}"))
    other = RecordingMailer()
    mailer = RecordingMailer(meanwhile=lambda _: cast.deliver(other, wall=lambda: cast.now + HOUR))
    assert cast.deliver(mailer).lost == 2
    assert other.addresses == ["lead-1@brunner.example"]
    assert mailer.addresses == ["lead-0@brunner.example"]
    assert cast.states() == [("unknown", None), ("accepted", None)]


def test_workers_at_once_send_each_message_once(cast: Cast) -> None:
    for turn in range(60):
        cast.message(cast.lead(f"lead-{turn}"))
    mailers = [RecordingMailer() for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda mailer: cast.deliver(mailer, batch=5), mailers))
    sent = [address for mailer in mailers for address in mailer.addresses]
    assert len(sent) == len(set(sent)) == sum(result.accepted for result in results) == 60


def test_claim_rolled_back_leaves_the_message_planned(cast: Cast) -> None:
    cast.message(cast.lead())

    def claim_and_die() -> None:
        with cast.store.write() as tx:
            assert outbox.claim(tx, read_live(tx), now=cast.now, wall=cast.now, most=5)
            raise Killed

    with pytest.raises(Killed):
        claim_and_die()
    assert (cast.states(), cast.rows(Effect)[0].fence) == ([("planned", None)], 0)


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        ("Subject: x\n\nHello {{ lead.frist_name }}", "line 3: "),
        ("Hello", "line 1: a mail starts with"),
        ("Subject: x\n\n{% if %}", "line 3"),
    ],
    ids=["undefined", "no_subject", "syntax"],
)
def test_mail_that_cannot_be_rendered_is_cancelled_with_the_place(cast: Cast, mail: str, said: str) -> None:
    cast.adopt(mails={**MAILS, "intro": mail})
    cast.message(cast.lead())
    result = cast.deliver(RecordingMailer())
    (row,) = cast.rows(Effect)
    assert (result.claimed, result.cancelled) == (0, {"template_error": 1})
    assert (row.status, row.skip_reason) == ("cancelled", "template_error")
    assert said in row.said


def test_step_that_the_playbook_dropped_is_not_sent(cast: Cast) -> None:
    cast.message(cast.lead())
    cast.adopt(sequences={**SEQUENCES, "pumps": {"interest": ["pumps"], "steps": {"guide": {"mail": "guide"}}}})
    assert cast.deliver(RecordingMailer()).cancelled == {"step_removed": 1}


def test_address_that_cannot_be_one_is_said_and_not_tried(cast: Cast) -> None:
    cast.message(cast.lead(email="jana@brunner.example\nBcc: x@y.example"))
    mailer = RecordingMailer()
    assert (cast.deliver(mailer).cancelled, mailer.sent) == ({"bad_address": 1}, [])


def test_mail_offers_only_what_the_lead_has_not_had(cast: Cast) -> None:
    lead = cast.lead()
    cast.did(lead, "content_downloaded", asset="sizing  GUIDE")
    cast.message(lead, step="guide")
    mailer = RecordingMailer()
    cast.deliver(mailer)
    assert "HX-200 datasheet" in mailer.sent[0].text
    assert "Sizing guide" not in mailer.sent[0].text


def test_nobody_is_sent_only_what_they_have(cast: Cast) -> None:
    lead = cast.lead()
    for asset in ("Sizing guide", "hx-datasheet"):
        cast.did(lead, "content_downloaded", asset=asset)
    cast.did(cast.lead("tom"), "page_viewed", asset="Sizing guide")
    cast.message(lead, step="guide")
    cast.message(2, step="guide")
    mailer = RecordingMailer()
    assert cast.deliver(mailer).cancelled == {"seen_already": 1}
    assert mailer.addresses == ["tom@brunner.example"]


def test_expired_content_is_not_offered(cast: Cast) -> None:
    cast.adopt(
        content={
            "sizing-guide": {"title": "G", "kind": "guide", "url": "https://x.example", "valid_until": "2026-03-01"}
        }
    )
    cast.message(cast.lead(), step="guide")
    assert cast.deliver(RecordingMailer()).cancelled == {"content_expired": 1}


def hand_over(cast: Cast, lead: int, **values: Any) -> int:
    """A handoff with all that its note tells of, and the note planned."""
    handoff = cast.handoff(lead, owner="ben", **values)
    cast.decide(lead, "sales", acted_at=cast.now)
    cast.add(Assignment, handoff_id=handoff, round=1, owner="ben", rule="round-robin", why="your turn", at=cast.now)
    of = {"kind": "handoff_note", "key": f"{handoff}:1", "lead_id": lead, "handoff_id": handoff, "recipient": "ben"}
    cast.add(Effect, **of, planned_at=cast.now, due_at=cast.now)
    return handoff


def alert(cast: Cast, handoff: int, level: int) -> None:
    """A clock of a handoff, and the alert of one of its levels planned."""
    due = {"started_at": cast.now - HOUR, "due_at": cast.now, "levels": "[]"}
    clock = cast.add(Clock, of="handoff", of_id=handoff, kind="contact", round=1, sla="hot", **due)
    cast.add(Escalation, clock_id=clock, level=level, due_at=cast.now, fired_at=cast.now, notified="ben")
    of = {"kind": "sla_alert", "key": f"{clock}:{level}", "handoff_id": handoff, "clock_id": clock, "recipient": "ben"}
    cast.add(Effect, **of, planned_at=cast.now, due_at=cast.now)


def test_no_rail_for_leads_holds_notes_and_alerts(cast: Cast) -> None:
    lead = cast.lead(consent=False)
    cast.suppress(lead)
    alert(cast, hand_over(cast, lead), level=1)
    mailer = RecordingMailer()
    assert cast.deliver(mailer).accepted == 2
    assert mailer.addresses == ["ben@nordhaven.example"] * 2
    assert all("Jana" in mail.subject and "Unsubscribe" not in mail.text for mail in mailer.sent)
    assert [row.address for row in cast.rows(Effect)] == mailer.addresses
    assert not [mail for mail in mailer.sent if "List-Unsubscribe" in mail.headers]


@pytest.mark.parametrize("closed", [{"status": "withdrawn"}, {"status": "rejected", "closed_at": True}])
def test_note_of_a_handoff_that_is_over_is_withdrawn(cast: Cast, closed: dict[str, Any]) -> None:
    at = {"closed_at": cast.now} if "closed_at" in closed else {}
    hand_over(cast, cast.lead(), **{**closed, **at})
    assert cast.deliver(RecordingMailer()).cancelled == {"withdrawn": 1}


def test_note_for_somebody_who_left_the_playbook_says_so(cast: Cast) -> None:
    hand_over(cast, cast.lead())
    cast.adopt(people={})
    assert cast.deliver(RecordingMailer()).cancelled == {"no_address": 1}
    assert cast.rows(Effect)[0].said == "the playbook no longer names ben"


def test_every_planned_message_is_accepted_or_named_with_a_reason(cast: Cast) -> None:
    cast.lead("jana"), cast.lead("tom", consent=None), cast.lead("eve", email=None), cast.lead("kim")
    cast.suppress(4)
    for lead in range(1, 5):
        cast.message(lead)
    result = cast.deliver(RecordingMailer(), batch=3)
    assert (result.accepted, result.cancelled) == (1, {"no_consent": 1, "no_address": 1, "suppressed": 1})
    assert all(row.skip_reason for row in cast.rows(Effect) if row.status == "cancelled")


def test_dry_run_sends_nothing_and_leaves_everything_planned(cast: Cast) -> None:
    cast.message(cast.lead())
    cast.message(cast.lead("eve", email=None))
    mailer = RecordingMailer()
    dry = Sessions(cast.store.engine, dry_run=True)
    result = run_deliver(dry, now=cast.now, wall=lambda: cast.now, mailer=mailer, composer=composer(), batch=1)
    assert (result.claimed, result.cancelled, result.accepted, mailer.sent) == (1, {"no_address": 1}, 0, [])
    assert cast.states() == [("planned", None), ("planned", None)]


def test_logs_carry_no_names_addresses_or_texts(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="penstock")
    cast.message(cast.lead())
    cast.message(cast.lead("tom", email="tom@x\n.example"))
    cast.deliver(RecordingMailer())
    told = caplog.text.lower()
    assert "deliver: 2 claimed" in told
    assert not [word for word in ("jana", "brunner", "tom@", "pumps", "@") if word in told]


def test_consents_and_leads_are_only_read(cast: Cast) -> None:
    cast.message(cast.lead())
    before = cast.rows(Lead), cast.rows(Consent)
    cast.deliver(RecordingMailer())
    assert (cast.rows(Lead), cast.rows(Consent)) == before
