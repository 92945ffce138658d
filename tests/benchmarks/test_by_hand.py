"""The benchmark measures what it says: the SELECT by hand finds what qualify finds."""

from __future__ import annotations

from datetime import timedelta

from penstock.operations.adopt import run_adopt
from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions
from tests.benchmarks import by_hand, crowd
from tests.benchmarks.bench_scale import same_scores
from tests.history import playbook

LEADS = 400


def test_select_by_hand_finds_the_scores_and_evidence_of_qualify(store: Sessions) -> None:
    run_adopt(store, now=crowd.NOW - timedelta(days=1), playbook=playbook(by_hand.definition()))
    crowd.fill(store, LEADS)
    assert run_qualify(store, now=crowd.NOW).judged == LEADS
    same_scores(store, LEADS)
