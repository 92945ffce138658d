"""Nurture: who is enrolled in what, who leaves when, and which step is planned."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from penstock.operations.nurture import run_nurture
from penstock.store.engine import Sessions
from penstock.store.tables import Account, Decision, Disposition, Effect, Enrolment
from penstock.store.types import MICROSECOND
from tests.fakes import RecordingMailer
from tests.mail.cast import DAY, MAILS, MINUTE, SEQUENCES, Cast, cast

__all__ = ["cast"]
HOUR = timedelta(hours=1)


def enrolments(cast: Cast) -> list[tuple[int, str, int, str, str | None]]:
    return [(row.lead_id, row.sequence, row.run, row.status, row.exit_reason) for row in cast.rows(Enrolment)]


def test_nurture_decision_enrols_and_plans_the_first_step(cast: Cast) -> None:
    lead = cast.lead()
    decision = cast.decide(lead)
    result = cast.nurture()
    assert (result.acted, result.enrolled, result.planned) == (1, 1, 1)
    assert enrolments(cast) == [(lead, "pumps", 1, "active", None)]
    (message,) = cast.rows(Effect)
    (enrolment,) = cast.rows(Enrolment)
    assert (message.kind, message.key) == ("sequence_mail", f"{enrolment.id}:intro")
    assert (message.lead_id, message.purpose, message.status, message.due_at) == (
        lead,
        "marketing",
        "planned",
        cast.now,
    )
    assert (enrolment.step, enrolment.next_at) == ("guide", cast.now + 3 * DAY)
    assert (enrolment.interest, enrolment.definition, enrolment.decision_id) == ("pumps", "pumps-inbound", decision)
    assert cast.rows(Decision)[0].acted_at == cast.now


def test_second_run_at_the_same_now_changes_nothing(cast: Cast) -> None:
    for name in ("jana", "tom"):
        cast.decide(cast.lead(name))
    cast.suppress(cast.lead("eve"))
    cast.decide(3)
    cast.nurture()
    before = cast.rows(Enrolment), cast.rows(Effect), cast.rows(Decision)
    result = cast.nurture()
    assert (result.acted, result.planned, result.finished, result.exited) == (0, 0, 0, {})
    assert (cast.rows(Enrolment), cast.rows(Effect), cast.rows(Decision)) == before


def test_each_step_is_planned_once_and_the_last_one_finishes(cast: Cast) -> None:
    cast.decide(cast.lead())
    cast.nurture()
    for at in (cast.now + 3 * DAY - MICROSECOND, cast.now + 3 * DAY, cast.now + 3 * DAY):
        cast.nurture(at)
    assert [row.key.partition(":")[2] for row in cast.rows(Effect)] == ["intro", "guide"]
    for message in cast.rows(Effect):
        cast.change(Effect, message.id, status="accepted")
    result = cast.nurture(cast.now + 4 * DAY)
    assert result.finished == 1
    assert enrolments(cast) == [(1, "pumps", 1, "finished", None)]


def test_enrolment_stays_active_while_its_last_message_waits(cast: Cast) -> None:
    lead = cast.lead()
    cast.decide(lead)
    cast.nurture()
    cast.nurture(cast.now + 3 * DAY)
    assert cast.nurture(cast.now + 4 * DAY).finished == 0
    cast.did(lead, "email_replied", at=cast.now + 5 * DAY)
    assert cast.nurture(cast.now + 5 * DAY).exited == {"replied": 1}
    assert cast.states() == [("cancelled", "exited"), ("cancelled", "exited")]


def test_late_run_plans_one_step_and_counts_from_it(cast: Cast) -> None:
    cast.decide(cast.lead())
    late = cast.now + 30 * DAY
    cast.nurture(late)
    (enrolment,) = cast.rows(Enrolment)
    assert (enrolment.entered_at, enrolment.step, enrolment.next_at) == (late, "guide", late + 3 * DAY)


def reply(cast: Cast, lead: int) -> None:
    cast.did(lead, "email_replied", at=cast.now + MINUTE)


EXITS: list[tuple[Any, str, str]] = [
    (lambda cast, lead: cast.handoff(lead), "handed_over", "exited"),
    (reply, "replied", "exited"),
    (lambda cast, lead: cast.suppress(lead), "unsubscribed", "suppressed"),
    (lambda cast, lead: cast.suppress(lead, scope="marketing"), "unsubscribed", "suppressed"),
    (lambda cast, lead: cast.suppress(lead, "bounced"), "bounced", "bounced"),
    (lambda cast, lead: cast.suppress(lead, "complained"), "complained", "suppressed"),
    (lambda cast, lead: cast.decide(lead, "out", definition="anyone"), "disqualified", "exited"),
    (lambda cast, lead: cast.outcome(lead, "opportunity", at=cast.now), "opportunity", "exited"),
    (lambda cast, lead: cast.outcome(lead, "won", at=cast.now), "converted", "exited"),
    (lambda cast, lead: cast.adopt(sequences={"general": SEQUENCES["general"]}), "removed", "exited"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("happens", "reason", "skip"), EXITS, ids=[f"{exit_[1]}-{at}" for at, exit_ in enumerate(EXITS)]
)
def test_enrolment_ends_at_once_and_cancels_what_it_planned(cast: Cast, happens: Any, reason: str, skip: str) -> None:
    lead, other = cast.lead(), cast.lead("tom")
    kept = cast.message(other, sequence="general")
    cast.change(Enrolment, 1, sequence="general")
    cast.message(lead)
    happens(cast, lead)
    result = cast.nurture(cast.now + DAY)
    assert (result.exited, result.cancelled) == ({reason: 1}, {skip: 1})
    (ended,) = cast.rows(Enrolment, lead_id=lead)
    assert (ended.status, ended.exit_reason, ended.ended_at, ended.next_at) == ("exited", reason, cast.now + DAY, None)
    (cancelled,) = cast.rows(Effect, lead_id=lead)
    assert (cancelled.status, cancelled.skip_reason, cancelled.settled_at) == ("cancelled", skip, cast.now + DAY)
    assert cast.rows(Effect, id=kept)[0].status == "planned"


@pytest.mark.parametrize(("kind", "reason"), [("won", "converted"), ("opportunity", "opportunity")])
def test_outcome_that_is_still_ahead_ends_no_sequence(cast: Cast, kind: str, reason: str) -> None:
    lead = cast.lead()
    cast.decide(lead)
    cast.outcome(lead, kind, at=cast.now + 2 * DAY)
    assert cast.nurture(cast.now + DAY).enrolled == 1
    assert cast.nurture(cast.now + 2 * DAY - MICROSECOND).exited == {}
    assert cast.nurture(cast.now + 2 * DAY).exited == {reason: 1}


def test_every_mail_planned_is_told_of_once_when_it_ends(cast: Cast) -> None:
    leads = [cast.lead(name) for name in ("jana", "tom", "eve")]
    for lead in leads:
        cast.decide(lead)
    first = cast.nurture()
    cast.did(leads[0], "email_replied", at=cast.now + MINUTE)
    second = cast.nurture(cast.now + HOUR)
    # Claimed, and nobody there any more to send it.
    cast.suppress(leads[1])
    sent = cast.deliver(RecordingMailer(), cast.now + HOUR)
    assert (first.planned, second.planned, second.cancelled) == (3, 0, {"exited": 1})
    assert (sent.accepted, sent.cancelled) == (1, {"suppressed": 1})
    # What the claim had cancelled is not counted again with its enrolment.
    third = cast.nurture(cast.now + 2 * HOUR)
    assert (third.exited, third.cancelled) == ({"unsubscribed": 1}, {})


@pytest.mark.parametrize("kind", ["handoff", "reply", "outcome", "suppression"])
def test_what_is_over_or_of_others_ends_nothing(cast: Cast, kind: str) -> None:
    lead = cast.lead()
    cast.decide(lead)
    cast.nurture()
    if kind == "handoff":
        cast.handoff(lead, status="rejected", closed_at=cast.now)
    elif kind == "reply":
        cast.did(lead, "email_replied", at=cast.now)
    elif kind == "outcome":
        cast.outcome(lead, "opportunity", at=cast.now)
        cast.outcome(lead, "lost", at=cast.now + MINUTE)
    else:
        cast.suppress(lead, scope="events")
    assert cast.nurture(cast.now + DAY).exited == {}


def test_accepted_messages_stay_when_the_enrolment_ends(cast: Cast) -> None:
    lead = cast.lead()
    sent = cast.message(lead, status="accepted")
    cast.message(lead, enrolment_id=1, key="1:guide", status="deferred")
    cast.handoff(lead)
    cast.nurture()
    assert cast.states() == [("accepted", None), ("cancelled", "exited")]
    assert cast.rows(Effect, id=sent)[0].settled_at is None


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (lambda cast, lead: cast.handoff(lead), "handed_over"),
        (lambda cast, lead: cast.message(lead), "in_a_sequence"),
        (lambda cast, lead: cast.decide(lead, "out", definition="anyone"), "disqualified"),
        (lambda cast, lead: cast.decide(lead, "none", moment=cast.now + MINUTE), "superseded"),
        (lambda cast, lead: cast.outcome(lead, "won", at=cast.now), "converted"),
        (lambda cast, lead: cast.adopt(sequences={}), "no_sequence"),
    ],
)
def test_nobody_is_enrolled_who_should_not_be_and_the_reason_is_counted(cast: Cast, happens: Any, why: str) -> None:
    lead = cast.lead()
    decision = cast.decide(lead)
    happens(cast, lead)
    before = len(cast.rows(Enrolment))
    result = cast.nurture(cast.now + DAY)
    assert (result.enrolled, result.not_enrolled) == (0, {why: 1})
    assert len(cast.rows(Enrolment)) == before
    assert cast.rows(Decision, id=decision)[0].acted_at == cast.now + DAY


def test_later_nurture_decision_that_only_moved_the_tier_supersedes_nothing(cast: Cast) -> None:
    lead = cast.lead()
    cast.decide(lead)
    cast.decide(lead, moment=cast.now + MINUTE, acted_at=cast.now)
    assert cast.nurture().enrolled == 1


def test_decision_about_an_account_enrols_nobody(cast: Cast) -> None:
    account = cast.add(Account, key="brunner", created_at=cast.now)
    cast.decide(account, subject="account")
    assert cast.nurture().not_enrolled == {"no_lead": 1}


@pytest.mark.parametrize("branch", ["sales", "triage", "out", "none", "baseline"])
def test_decisions_of_other_branches_are_left_alone(cast: Cast, branch: str) -> None:
    cast.decide(cast.lead(), branch)
    assert cast.nurture().acted == 0
    assert cast.rows(Decision)[0].acted_at is None


def test_finished_sequence_is_not_run_again_but_an_exited_one_is(cast: Cast) -> None:
    past: dict[str, Any] = {"sequence": "pumps", "run": 1, "entered_at": cast.now - 90 * DAY}
    seen, left = cast.lead("jana"), cast.lead("tom")
    cast.add(Enrolment, lead_id=seen, status="finished", **past)
    cast.add(Enrolment, lead_id=left, status="exited", exit_reason="replied", **past)
    for lead in (seen, left):
        cast.decide(lead)
    result = cast.nurture()
    assert (result.enrolled, result.not_enrolled) == (1, {"seen_already": 1})
    assert enrolments(cast)[-1] == (left, "pumps", 2, "active", None)


def test_two_definitions_enrol_one_lead_once(cast: Cast) -> None:
    lead = cast.lead()
    cast.decide(lead, definition="anyone")
    cast.decide(lead, moment=cast.now + MINUTE)
    result = cast.nurture(chunk=1)
    assert (result.enrolled, result.not_enrolled) == (1, {"in_a_sequence": 1})
    assert enrolments(cast) == [(lead, "pumps", 1, "active", None)]


def test_rejection_chooses_the_sequence_that_its_reason_names(cast: Cast) -> None:
    lead = cast.lead()
    handoff = cast.handoff(lead, status="rejected", closed_at=cast.now)
    said = {"feed": "person", "external_id": "1", "said_at": cast.now, "received_at": cast.now}
    of = {"handoff_id": handoff, "subject": "lead", "subject_id": lead}
    cast.add(Disposition, **of, **said, answer="rejected", reason="no-need", stage="nurture")
    cast.decide(lead)
    cast.nurture()
    assert enrolments(cast) == [(lead, "general", 1, "active", None)]


@pytest.mark.parametrize(("asset", "sequence"), [("HX-200 datasheet", "pumps"), ("Company brochure", "general")])
def test_without_a_line_of_its_own_the_definition_follows_what_the_lead_last_read(
    cast: Cast, asset: str, sequence: str
) -> None:
    lead = cast.lead()
    cast.did(lead, "content_downloaded", asset=asset)
    cast.adopt(goals={"agreed": [asset]})
    cast.decide(lead, definition="anyone")
    read_words(cast)
    cast.nurture()
    assert [row[1] for row in enrolments(cast)] == [sequence]


def read_words(cast: Cast) -> None:
    """Write the terms of words that were met after the playbook was adopted, as landing does."""
    from penstock.store.playbooks import read_live
    from penstock.store.tables import Spelling, Term

    with cast.store.read() as tx:
        live = read_live(tx)
    for word in cast.rows(Spelling):
        for field, term in live.terms.of(word.field, word.text):
            cast.add(Term, version_id=live.definition_id, spelling_id=word.id, field=field, term=term)


def test_suppressed_lead_leaves_at_once_and_the_unsent_message_says_so(cast: Cast) -> None:
    lead = cast.lead()
    cast.suppress(lead)
    cast.decide(lead)
    result = cast.nurture()
    assert (result.enrolled, result.exited) == (1, {"unsubscribed": 1})
    assert cast.states() == [("cancelled", "suppressed")]


def test_removed_step_is_passed_over_and_who_was_past_the_end_finishes(cast: Cast) -> None:
    cast.decide(cast.lead())
    cast.nurture()
    steps = {"intro": {"mail": "intro"}, "news": {"mail": "hello"}}
    cast.adopt(sequences={"pumps": {"interest": ["pumps"], "steps": steps}})
    cast.nurture(cast.now + 3 * DAY)
    assert [row.step for row in cast.rows(Effect)] == ["intro", "news"]
    cast.change(Enrolment, 1, step="gone", next_at=cast.now)
    cast.nurture(cast.now + 4 * DAY)
    assert len(cast.rows(Effect)) == 2
    assert cast.rows(Enrolment)[0].step is None


def test_step_with_another_mail_is_still_the_same_step(cast: Cast) -> None:
    """The key is enrolment and step, never the template: another wording does not defeat *once*."""
    cast.decide(cast.lead())
    cast.nurture()
    sequences = {"pumps": {"interest": ["pumps"], "steps": {"intro": {"mail": "hello"}}}}
    cast.adopt(sequences=sequences, mails=MAILS)
    cast.change(Enrolment, 1, step="intro", next_at=cast.now)
    cast.nurture(cast.now + DAY)
    assert len(cast.rows(Effect)) == 1


def test_two_runs_at_once_enrol_and_plan_once(cast: Cast) -> None:
    for turn in range(40):
        lead = cast.lead(f"lead-{turn}")
        cast.decide(lead)
        cast.decide(lead, definition="anyone")
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda _: cast.nurture(chunk=7), range(3)))
    assert sum(result.enrolled for result in results) == 40
    assert sum(result.planned for result in results) == 40
    assert len(cast.rows(Enrolment)) == len(cast.rows(Effect)) == 40


def test_number_of_statements_does_not_grow_with_the_store(cast: Cast) -> None:
    counts = []
    for size in (3, 30):
        for turn in range(size):
            cast.decide(cast.lead(f"{size}-{turn}"))
        counts.append(statements(cast.store, cast))
    assert counts[0] == counts[1]


def statements(store: Sessions, cast: Cast) -> int:
    seen: list[str] = []

    def count(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", count)
    cast.nurture(cast.now + timedelta(seconds=1))
    event.remove(store.engine, "before_cursor_execute", count)
    return len(seen)


def test_dry_run_counts_and_leaves_nothing(cast: Cast) -> None:
    cast.decide(cast.lead())
    result = run_nurture(Sessions(cast.store.engine, dry_run=True), now=cast.now, chunk=1)
    assert result.enrolled == 1
    assert enrolments(cast) == []
