"""The fake vendor's reps: they answer what they saw, later, and the same in every run."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from penstock.records import ANSWERS, OUTCOME_KINDS, Record
from tests.connectors.demo_board import PinnedBoard, end, feed, records

DAY_ONE = feed().world.day_one


def board(count: int, *, offset: int = 0) -> PinnedBoard:
    pinned = PinnedBoard()
    for number in range(count):
        pinned.pin(number, DAY_ONE + timedelta(minutes=30 * number), handoff=str(number + offset))
    return pinned


def of(found: list[Record], number: int) -> list[Record]:
    return [one for one in found if one.answer and one.answer.handoff == str(number)]


def test_without_a_board_nobody_answers() -> None:
    assert records(feed(), end(feed()), "sales") == []


def test_handoff_is_not_answered_at_the_moment_it_was_made() -> None:
    pinned = PinnedBoard()
    for number in range(50):
        pinned.pin(number, DAY_ONE)
    assert records(feed(board=pinned), DAY_ONE, "sales") == []
    later = records(feed(board=pinned), end(feed()), "sales")
    assert later
    assert all(one.at is not None and one.at > DAY_ONE for one in later)


def test_answers_come_in_working_hours_and_working_comes_first() -> None:
    found = records(feed(board=board(300)), end(feed()), "sales")
    assert all(one.at and one.at.weekday() < 5 and 7 <= one.at.hour < 17 for one in found)
    for number in range(300):
        said = [one.answer.answer for one in of(found, number) if one.answer]
        assert said[:1] in ([], ["working"])
        assert said.count("working") <= 1


def test_other_numbers_of_handoffs_change_no_id() -> None:
    now = end(feed())
    first, second = (records(feed(board=board(80, offset=offset)), now, "sales") for offset in (0, 500))
    assert [(one.external_id, one.at) for one in first] == [(one.external_id, one.at) for one in second]


def test_lead_is_named_by_address_or_own_id() -> None:
    found = records(feed(board=board(80)), end(feed()), "sales")
    assert {bool(one.email) for one in found} == {True, False}
    assert all(one.email.startswith("p") if one.email else one.person_id.startswith("B") for one in found)


def test_all_answers_reasons_and_outcomes_occur_and_some_handoffs_get_none() -> None:
    found = records(feed(board=board(600)), end(feed()) + timedelta(days=60), "sales")
    answers = Counter(one.answer.answer for one in found if one.answer)
    assert set(answers) == set(ANSWERS)
    assert len({one.answer.reason for one in found if one.answer and one.answer.answer == "rejected"}) == 10
    assert {one.outcome.kind for one in found if one.outcome} == set(OUTCOME_KINDS)
    assert 0.05 < 1 - answers["working"] / 600 < 0.25


def test_accepted_has_a_next_step_after_the_day_of_the_answer() -> None:
    found = records(feed(board=board(200)), end(feed()), "sales")
    for one in (one for one in found if one.answer and one.answer.answer == "accepted"):
        assert one.answer is not None
        assert one.at is not None
        assert one.answer.next_step
        assert one.answer.next_on is not None
        assert one.answer.next_on > one.at.date()


def test_won_and_opportunity_have_a_value() -> None:
    found = records(feed(board=board(300)), end(feed()) + timedelta(days=30), "sales")
    told = [one.outcome for one in found if one.outcome]
    assert all(bool(one.value) == (one.kind in ("opportunity", "won")) for one in told)
    assert all(one.currency == ("EUR" if one.value else "") for one in told)


def test_late_run_hears_what_runs_on_time_heard() -> None:
    made, cursor, heard = feed(board=board(100)), None, []
    for hour in range(0, 24 * 20, 7):
        for page in made.pull("sales", cursor, now=DAY_ONE + timedelta(hours=hour)):
            heard += [one.external_id for one in page.records]
            cursor = page.cursor
    late = records(made, DAY_ONE + timedelta(hours=24 * 20 - 1), "sales")
    assert heard == [one.external_id for one in late][: len(heard)]
