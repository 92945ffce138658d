"""After a merge: one sequence for one person, and no mail twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from penstock.mail.outbox import claim
from penstock.mail.sequence_letters import Skipped, sequence_letters
from penstock.store.playbooks import read_live
from penstock.store.tables import Effect, Enrolment
from tests.fakes import RecordingMailer
from tests.history import DAY
from tests.mail.cast import KEYRING as MAIL_KEYS
from tests.mail.cast import Cast, cast
from tests.operations.merging import merge, unmerge, whole

__all__ = ["cast"]
HOUR = timedelta(hours=1)


def enrolled(cast: Cast) -> list[tuple[int, str, str | None, str | None]]:
    return [(row.lead_id, row.status, row.exit_reason, row.step) for row in cast.rows(Enrolment)]


def test_sequence_ends_with_the_merge_and_goes_on_when_undone(cast: Cast) -> None:
    cast.lead("eva")
    cast.decide(cast.lead())
    cast.nurture()
    before = whole(cast.store)["enrolment"]
    assert merge(cast.store, cast.now, 1, 2, keyring=MAIL_KEYS).exited == 1
    assert enrolled(cast) == [(2, "exited", "merged", "guide")]
    assert cast.states() == [("cancelled", "exited")]
    cast.nurture(cast.now + 9 * DAY)
    assert cast.states() == [("cancelled", "exited")]
    assert unmerge(cast.store, cast.now + 9 * DAY, 2, keyring=MAIL_KEYS).resumed == 1
    assert whole(cast.store)["enrolment"] == before


def test_kept_lead_goes_on_where_the_merged_one_was(cast: Cast) -> None:
    cast.lead("eva")
    cast.decide(cast.lead())
    cast.nurture()
    merge(cast.store, cast.now, 1, 2, keyring=MAIL_KEYS)
    cast.decide(1)
    cast.nurture(cast.now + DAY)
    assert enrolled(cast) == [(2, "exited", "merged", "guide"), (1, "active", None, "guide")]


def test_sequence_that_the_merged_lead_has_seen_is_not_sent_again(cast: Cast) -> None:
    cast.lead("eva")
    cast.decide(cast.lead())
    cast.nurture()
    cast.change(Enrolment, 1, status="finished", step=None)
    merge(cast.store, cast.now, 1, 2, keyring=MAIL_KEYS)
    cast.decide(1)
    assert cast.nurture(cast.now + DAY).not_enrolled == {"seen_already": 1}


def test_open_handoff_of_the_merged_lead_ends_the_sequence_of_the_kept_one(cast: Cast) -> None:
    cast.decide(cast.lead("eva"))
    cast.nurture()
    cast.handoff(cast.lead())
    merge(cast.store, cast.now, 1, 2, keyring=MAIL_KEYS)
    assert cast.nurture(cast.now + HOUR).exited == {"handed_over": 1}


@pytest.fixture
def both(cast: Cast) -> Cast:
    """Two leads in one sequence, the second a day ahead: it has had the first mail."""
    cast.lead("eva")
    cast.decide(cast.lead(), moment=cast.now - DAY)
    cast.nurture(cast.now - DAY)
    cast.deliver(RecordingMailer(), cast.now - DAY)
    cast.decide(1)
    return cast


def sent(cast: Cast, at: datetime) -> list[str]:
    """Live until a moment; return the subjects of the mails that went out."""
    mailer, now = RecordingMailer(), cast.now
    while now <= at:
        cast.nurture(now)
        cast.deliver(mailer, now)
        now += DAY
    return [mail.subject for mail in mailer.sent]


def test_mail_that_the_merged_lead_had_is_not_sent_to_the_kept_one(both: Cast) -> None:
    both.nurture()
    merge(both.store, both.now, 1, 2, keyring=MAIL_KEYS)
    assert sent(both, both.now + 9 * DAY) == ["Two papers"]
    assert both.states() == [("accepted", None), ("cancelled", "seen_already"), ("accepted", None)]


def test_sequence_that_the_merged_lead_has_finished_sends_the_kept_one_nothing(both: Cast) -> None:
    both.nurture()
    ahead = [row.id for row in both.rows(Enrolment, lead_id=2)]
    both.message(2, enrolment_id=ahead[0], step="guide", status="accepted", settled_at=both.now - HOUR)
    both.change(Enrolment, ahead[0], status="finished", step=None, next_at=None)
    merge(both.store, both.now, 1, 2, keyring=MAIL_KEYS)
    assert sent(both, both.now + 9 * DAY) == []
    assert [row.status for row in both.rows(Enrolment)] == ["finished", "finished"]


def test_mail_is_the_kept_ones_own_again_once_the_merge_is_undone(both: Cast) -> None:
    both.nurture()
    merge(both.store, both.now + HOUR, 1, 2, keyring=MAIL_KEYS)
    unmerge(both.store, both.now + 2 * HOUR, 2, keyring=MAIL_KEYS)
    mailer = RecordingMailer()
    both.deliver(mailer, both.now + 2 * HOUR)
    assert mailer.addresses == ["eva@brunner.example"]


def test_sequence_that_the_merged_lead_had_left_sends_the_kept_one_all(both: Cast) -> None:
    both.change(Enrolment, 1, status="exited", exit_reason="replied")
    merge(both.store, both.now, 1, 2, keyring=MAIL_KEYS)
    assert [subject.split()[0] for subject in sent(both, both.now + 9 * DAY)] == ["Pumps", "Two"]


def test_mail_claimed_before_the_merge_is_not_written(cast: Cast) -> None:
    cast.lead("eva")
    cast.decide(cast.lead())
    cast.nurture()
    with cast.store.write() as tx:
        claims = claim(tx, read_live(tx), now=cast.now, wall=cast.now, most=9)
    merge(cast.store, cast.now, 1, 2, keyring=MAIL_KEYS)
    with cast.store.read() as tx:
        letters = sequence_letters(tx, read_live(tx), claims, now=cast.now)
    assert [one.reason for one in letters.values() if isinstance(one, Skipped)] == ["exited"]
    assert [row.status for row in cast.rows(Effect)] == ["claimed"]
