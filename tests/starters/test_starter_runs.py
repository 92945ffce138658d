"""Each starter runs as it is: its sample rows go from the inbox to the queue and the rep that its playbook means."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.registry import build_feed
from penstock.mail.keyring import read_keyring
from penstock.operations.adopt import run_adopt
from penstock.operations.ingest import run_ingest
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.store.engine import Sessions, table
from penstock.store.tables import Decision, Handoff, Lead
from tests.starters.catalogue import STARTERS, folder, loaded

DAY = datetime(2026, 9, 22, 12, tzinfo=UTC)
BEFORE = datetime(2026, 4, 1, tzinfo=UTC)
# Who of the samples asks most, the tier they reach, and the queue they belong to.
ASKS_MOST = {
    "components": ("jana.keller@brunner-maschinenbau.example", "A", "engineers-dach"),
    "equipment": ("evan.holt@orvane.example", "A", "area-americas"),
    "maintenance": ("s.lorenz@lippmann-chemie.example", "A", "turnaround-leads"),
}


def run(store: Sessions, starter: str, tmp_path: Path, *, live_from: datetime) -> None:
    keyring = read_keyring(tmp_path / "none.key", "a key for tests, long enough to be one")
    feed = build_feed("csv", "inbox", {"path": "inbox", "mapping": "mappings"}, workspace=folder(starter))
    run_adopt(store, now=DAY, playbook=loaded(starter).playbook, live_from=live_from)
    assert not run_ingest(store, now=DAY, feed=feed, run="test", keyring=keyring).failed
    run_qualify(store, now=DAY)
    run_route(store, now=DAY)


@pytest.mark.parametrize("starter", STARTERS)
def test_who_asks_most_is_with_the_right_rep(store: Sessions, starter: str, tmp_path: Path) -> None:
    run(store, starter, tmp_path, live_from=BEFORE)
    email, tier, queue = ASKS_MOST[starter]
    lead, handoff = table(Lead), table(Handoff)
    joined = handoff.join(lead, lead.c.id == handoff.c.subject_id)
    with store.read() as tx:
        row = tx.execute(select(handoff).select_from(joined).where(lead.c.email == email)).one()
    assert (row.tier, row.queue) == (tier, queue)
    assert row.owner in loaded(starter).playbook.operations.queues[queue].members


@pytest.mark.parametrize("starter", STARTERS)
def test_samples_go_to_sales_nurture_and_out(store: Sessions, starter: str, tmp_path: Path) -> None:
    run(store, starter, tmp_path, live_from=BEFORE)
    with store.read() as tx:
        branches = set(tx.scalars(select(table(Decision).c.branch)))
    assert {"sales", "nurture", "out"} <= branches


@pytest.mark.parametrize("starter", STARTERS)
def test_samples_are_history_in_a_new_workspace(store: Sessions, starter: str, tmp_path: Path) -> None:
    run(store, starter, tmp_path, live_from=DAY)
    with store.read() as tx:
        assert set(tx.scalars(select(table(Decision).c.branch))) == {"baseline"}
        assert tx.execute(select(table(Handoff).c.id)).all() == []
