"""A process of operations dies before each statement, commit, render, send and settle in turn; then everything runs
again.

One kill a boundary, each boundary once, for all steps of one full evening, on both databases. What the rerun leaves
must mean the same as what an undisturbed run leaves, but for the one message that was on its way when the process died.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from tests.faults.boundaries import KINDS
from tests.faults.cast import EVENING
from tests.faults.conftest import ALL, Play, Rehearse
from tests.faults.snapshot import Record, differences, in_flight, meaning, record, sent_twice, unknown
from tests.faults.sweep import Sweep
from tests.faults.world import AFTER_THE_LEASE, STEPS, Chunks, later, run_pipeline

pytestmark = pytest.mark.faults
# Small enough that most steps have a transaction before and after another one.
CHUNKS = Chunks(route=4, nurture=4, deliver=8)
# An enrolment ends in the run after that in which its last message left: the second of these ends what the first sent.
LATER = (EVENING + timedelta(minutes=5), EVENING + timedelta(minutes=10))


def rerun(play: Play, nows: Sequence[datetime], wanted: Record) -> list[str]:
    """Run the whole pipeline once the lease is over; return what differs from what was wanted."""
    flying = in_flight(record(play.stage.sessions, play.stage.log))
    for now in nows:
        run_pipeline(later(play.world, AFTER_THE_LEASE), now, play.chunks)
    found = record(play.stage.sessions, play.stage.log)
    lost = unknown(found)
    assert (len(flying) <= 1, lost, sent_twice(found)) == (True, flying, [])
    timed = nows == (EVENING,)
    return differences(meaning(found, timed=timed, without=lost), meaning(wanted, timed=timed, without=lost))


def test_kill_before_each_boundary_and_rerun_gives_what_one_undisturbed_run_gives(rehearse: Rehearse) -> None:
    play = rehearse(1, CHUNKS)
    kinds: Counter[str] = Counter()
    for step in STEPS:
        sweep = Sweep(play, step, always=ALL)
        for boundary in sweep.kills():
            assert rerun(play, (EVENING,), play.wanted) == [], f"killed in {step} before boundary {boundary}"
        print(f"{step}: {sweep.kinds.total()} kills, {sweep.reruns} reruns")
        kinds += sweep.kinds
    print(f"kills: {kinds.total()} {dict(kinds)}")
    assert set(kinds) == set(KINDS)


def test_rerun_at_a_later_now_gives_the_same_keys_owners_and_texts(rehearse: Rehearse) -> None:
    play = rehearse(1, CHUNKS)
    for now in LATER:
        run_pipeline(play.world, now, CHUNKS)
    wanted = record(play.stage.sessions, play.stage.log)
    for step in STEPS:
        # Prime to what repeats itself within a step.
        for boundary in Sweep(play, step, every=5 if ALL else 23).kills():
            assert rerun(play, LATER, wanted) == [], f"killed in {step} before boundary {boundary}"
