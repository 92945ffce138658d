"""Qualify at scale: full rescore, 1 % changed, one lead, explain, against a SELECT written by hand. Called by ``make
bench``.

30 rules of every kind in three bands, ten activities a lead over two years, of which windows of 90, 365 and 730 days
hold some. PENSTOCK_BENCH_SCALE is a list of numbers of leads.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import event, insert, select, text

from penstock.mail.keyring import Keyring
from penstock.operations.adopt import run_adopt
from penstock.operations.explain import explain
from penstock.operations.merge import merge_leads
from penstock.operations.qualify import CHUNK, run_qualify
from penstock.store import receipts
from penstock.store.engine import Sessions, table
from penstock.store.evidence import parse
from penstock.store.receipts import Moment
from penstock.store.tables import Activity, Lead, Score
from penstock.store.types import to_micros
from tests.benchmarks import by_hand, crowd
from tests.benchmarks.stores import peak_memory, stores, timed
from tests.history import playbook

SIZES = [int(size) for size in os.environ.get("PENSTOCK_BENCH_SCALE", "10000,100000").split(",")]
WINDOWS = (90, 365, 730)
NOW = crowd.NOW
MINUTE = timedelta(minutes=1)
# Leads compared at a time: few, or comparing would be the peak of memory and not qualify.
COMPARED = 2_000
ACTIVITY, LEAD, SCORE = table(Activity), table(Lead), table(Score)


def main() -> None:
    """Print the figures of each number of leads on each database."""
    for leads in SIZES:
        print(f"scale: {leads:,} leads, {leads * crowd.ACTIVITIES:,} activities, 30 rules of every kind, 3 bands")
        for name, sessions in stores():
            run_adopt(sessions, now=NOW - timedelta(days=1), playbook=playbook(by_hand.definition()))
            with timed() as filled:
                crowd.fill(sessions, leads)
            print(f"  {name} (filled in {filled[0]:.0f} s)")
            measure(sessions, leads)


def measure(sessions: Sessions, leads: int) -> None:
    """Print the lines of one store."""
    with compiled_alone(sessions) as compiled, timed() as full:
        assert run_qualify(sessions, now=NOW).judged >= leads
    hand = written_by_hand(sessions, leads)
    same_scores(sessions, leads)
    summed = "" if sessions.is_sqlite else ", those beside each other summed"
    print(
        f"    90 days: full rescore {full[0]:.1f} s = {leads / full[0]:,.0f} leads/s; of it compiled statement"
        f" {sum(compiled):.1f} s{summed}; by hand {hand:.1f} s = {leads / hand:,.0f} leads/s; compiled/by hand"
        f" {sum(compiled) / hand:.2f}, full/by hand {full[0] / hand:.2f} (wanted: 2.5 at most)"
    )
    merging, changed, at = merged(sessions), change(sessions, leads), NOW + MINUTE
    with timed() as again:
        affected = run_qualify(sessions, now=at).judged
    with timed() as nothing:
        run_qualify(sessions, now=at)
    each = (again[0] - 0.2) / affected / (full[0] / leads)
    print(
        f"    1 % changed and two merged ({merging:.0f} ms): {changed:,} leads, {affected:,} affected (accounts widen"
        f" it {affected / changed:.1f}-fold),"
        f" {again[0]:.2f} s; per affected lead {each:.2f} of the full run's after 0.2 s (wanted: 2.5);"
        f" nothing changed {1000 * nothing[0]:.0f} ms"
    )
    print(f"    one lead {one_lead(sessions, at):.0f} ms (wanted: 20), explain {explaining(sessions, at):.0f} ms (100)")
    for number, window in enumerate(WINDOWS[1:], start=2):
        at = NOW + number * MINUTE
        run_adopt(sessions, now=at, playbook=playbook(by_hand.definition(window)))
        with timed() as wide:
            run_qualify(sessions, now=at)
        print(f"    {window} days: full rescore {wide[0]:.1f} s = {leads / wide[0]:,.0f} leads/s")
    print(f"    peak memory {peak_memory()} MB")


@contextmanager
def compiled_alone(sessions: Sessions) -> Iterator[list[float]]:
    """Give a list of the seconds that the compiled statement took, each time; on PostgreSQL several run at once."""
    taken: list[float] = []
    began: dict[Any, float] = {}

    def before(*said: Any) -> None:
        if "INSERT INTO verdict_now" in said[2]:
            began[said[4]] = perf_counter()

    def after(*said: Any) -> None:
        if said[4] in began:
            taken.append(perf_counter() - began.pop(said[4]))

    event.listen(sessions.engine, "before_cursor_execute", before)
    event.listen(sessions.engine, "after_cursor_execute", after)
    yield taken
    event.remove(sessions.engine, "before_cursor_execute", before)
    event.remove(sessions.engine, "after_cursor_execute", after)


def chunks(sessions: Sessions, leads: int, size: int = CHUNK) -> Iterator[dict[str, Any]]:
    """Yield the parameters of the SELECT by hand for each chunk of leads."""
    for first in range(1, leads + 1, size):
        last = min(first + size - 1, leads)
        with sessions.read() as tx:
            ends = [tx.scalar(select(LEAD.c.account_id).where(LEAD.c.id == end)) for end in (first, last)]
        yield {
            "now": to_micros(NOW),
            "first": first,
            "last": last,
            "from_account": ends[0],
            "to_account": ends[1],
        }


def written_by_hand(sessions: Sessions, leads: int) -> float:
    """Return the seconds of the SELECT by hand over all leads, its rows counted where they are."""
    query = f"SELECT count(*), sum(intent), sum(length(evidence)) FROM ({by_hand.select(sessions.is_sqlite)}) x"
    asked = list(chunks(sessions, leads))
    with timed() as taken:
        for one in asked:
            with sessions.read() as tx:
                tx.execute(text(query), one).one()
    return taken[0]


def same_scores(sessions: Sessions, leads: int) -> None:
    """Fail where the SELECT by hand gives another score or other evidence than qualify did."""
    for one in chunks(sessions, leads, COMPARED):
        with sessions.read() as tx:
            mine = SCORE.c.subject_id.between(one["first"], one["last"])
            query = select(SCORE.c.subject_id, SCORE.c.fit, SCORE.c.intent, SCORE.c.evidence).where(mine)
            ours = {row[0]: (row[1], row[2], parse(row[3])) for row in tx.execute(query)}
            theirs = {
                row[0]: (row[1], row[2], parse(row[3]))
                for row in tx.execute(text(by_hand.select(sessions.is_sqlite)), one)
            }
        assert ours == theirs, next((key, ours[key], theirs.get(key)) for key in ours if ours[key] != theirs.get(key))


def merged(sessions: Sessions) -> float:
    """Merge two leads of one account, and return the milliseconds that it took."""
    said: dict[str, Any] = {"reason": "one person", "actor": "bench", "keyring": Keyring(("bench" * 8,))}
    with timed() as seconds:
        merge_leads(sessions, now=NOW + MINUTE / 2, kept="37", merged="38", **said)
    return 1000 * seconds[0]


def change(sessions: Sessions, leads: int) -> int:
    """Land one new activity each for one lead in a hundred, drawn across accounts, every tenth a late one."""
    ids, later = crowd.spelling_ids(), NOW + MINUTE
    chosen = range(37, leads + 1, 100)
    rows = [
        {
            "feed": "web", "stream": "s", "external_id": f"new-{n}", "lead_id": n, "received_at": later,
            "occurred_at": later - timedelta(days=40 if n % 1000 == 37 else 0), "landed_at": later, "found_by": "",
            "kind_id": ids["kind", crowd.KINDS[n // 100 % 6]], "asset_id": ids["asset", "hx-200 datasheet"],
            "channel_id": ids["channel", "web"],
        }
        for n in chosen
    ]  # fmt: skip
    with sessions.write() as tx:
        tx.execute(insert(ACTIVITY), rows)
        land(tx, list(chosen), later)
    return len(chosen)


def land(tx: Any, leads: list[int], at: datetime) -> None:
    """Queue leads, and whoever else of their accounts is scored by what they did."""
    accounts = {row[0] for row in tx.execute(select(LEAD.c.account_id).where(LEAD.c.id.in_(leads)))}
    people = select(LEAD.c.id).where(LEAD.c.account_id.in_(accounts), LEAD.c.merged_into.is_(None))
    theirs = [row[0] for row in tx.execute(people)]
    receipts.lock(tx, "lead", theirs)
    receipts.Queued(tx, "lead", theirs).enqueue(dict.fromkeys(theirs, to_micros(at)), ends_baseline=False)


def one_lead(sessions: Sessions, at: datetime) -> float:
    """Return the median of the milliseconds of a run for one lead that is due."""
    taken = []
    for number in range(25):
        moment = at + number * timedelta(seconds=1)
        with sessions.write() as tx:
            receipts.lock(tx, "lead", [1 + number])
            receipts.enqueue(tx, "lead", [Moment(1 + number, moment)])
        with timed() as seconds:
            run_qualify(sessions, now=moment)
        taken.append(seconds[0])
    return 1000 * median(taken)


def explaining(sessions: Sessions, at: datetime) -> float:
    """Return the median of the milliseconds of explaining a lead."""
    taken = []
    for number in range(25):
        with timed() as seconds:
            explain(sessions, named=str(100 + number), now=at)
        taken.append(seconds[0])
    return 1000 * median(taken)


if __name__ == "__main__":
    main()
