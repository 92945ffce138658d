"""Qualify 100,000 leads with 1,000,000 activities from nothing, then again with 1 % changed. Called by ``make bench``.

30 rules of three bands, windows of 90 days, one activity in eight inside; evidence and decisions are written.
PENSTOCK_BENCH_LEADS changes the number of leads. Figures are of this machine: the ratio is what counts.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from penstock.operations.adopt import run_adopt
from penstock.operations.qualify import run_qualify
from penstock.playbook.terms import Terms
from penstock.playbook.vocabulary import Vocabulary
from penstock.store import receipts
from penstock.store.engine import Sessions, table
from penstock.store.playbooks import read_live
from penstock.store.receipts import Moment
from penstock.store.tables import Account, Activity, Fact, Lead, Spelling, Term
from tests.benchmarks.stores import peak_memory, stores, timed
from tests.history import VOCABULARY, playbook

LEADS = int(os.environ.get("PENSTOCK_BENCH_LEADS", "100000"))
ACTIVITIES = 10
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HISTORY_DAYS = 720
KINDS = ["rfq_submitted", "content_downloaded", "webinar_attended", "page_viewed", "tool_used", "form_submitted"]
CHANNELS = ["web", "webinar", "fair"]
ASSETS = ["hx datasheet", "hx guide", "seal datasheet", "seal guide", "hx page", "seal page"]
TEXTS = ["urgent, please", "no hurry"]
EXTRA: list[dict[str, str]] = [
    {"asset": "datasheet"}, {"channel": "webinar"}, {"says": "urgent"}, {"line": "hydraulics"}, {},
]  # fmt: skip
STRENGTHS = ["high", "medium", "low"]


def definition() -> dict[str, Any]:
    """Return a definition of 30 intent rules of three bands each, over kind, asset, channel and text."""
    rules = {
        f"rule-{number}": {
            "points": 3 + number, "strength": STRENGTHS[number % 3], "did": KINDS[number % 6], "at_most": 40,
            **EXTRA[number % 5],
        }
        for number in range(30)
    }  # fmt: skip
    fit = {
        "industry": {"points": 25, "industry": "machinery"},
        "size": {"points": 15, "employees": {"from": 50, "to": 5000}},
        "role": {"points": 15, "function": "engineering"},
    }
    tiers = {
        "A": {"needs": {"fit": 40, "intent": 60}, "branch": "sales"},
        "B": {"needs": {"intent": 20}, "branch": "nurture"},
    }
    return {
        "definition": "bench", "fit": {"rules": fit}, "tiers": tiers,
        "intent": {"rules": rules, "channels": {"webinar": 1.2},
            "fades": {"30d": "100 %", "60d": "60 %", "90d": "30 %"}},
    }  # fmt: skip


def words() -> list[tuple[str, str]]:
    """Return (field, text) of every spelling; a spelling's id is its place, from 1."""
    found = [("kind", kind) for kind in KINDS] + [("channel", one) for one in CHANNELS]
    found += [("asset", asset) for asset in ASSETS] + [("text", one) for one in TEXTS]
    return [*found, ("industry", "Maschinenbau"), ("industry", "mining"), ("title", "Engineer"), ("employees", "820")]


def fill(sessions: Sessions) -> None:
    """Land the leads with their facts and activities, as plain inserts."""
    ids = {word: place for place, word in enumerate(words(), start=1)}
    terms = Terms(Vocabulary.model_validate(VOCABULARY))
    with sessions.write() as tx:
        version = read_live(tx).definition_id
        tx.execute(insert(table(Spelling)), [{"id": i, "field": f, "key": t, "text": t} for (f, t), i in ids.items()])
        meant = [(i, of, term) for (f, t), i in ids.items() for of, term in terms.of(f, t)]
        rows = [{"version_id": version, "spelling_id": i, "field": of, "term": term} for i, of, term in meant]
        tx.execute(insert(table(Term)), rows)
        accounts = [{"id": n, "key": f"a{n}", "created_at": NOW} for n in range(1, LEADS // 10 + 2)]
        tx.execute(insert(table(Account)), accounts)
    for start in range(1, LEADS + 1, 10_000):
        some = range(start, min(start + 10_000, LEADS + 1))
        with sessions.write() as tx:
            tx.execute(insert(table(Lead)), list(leads(some)))
            tx.execute(insert(table(Fact)), list(facts(some, ids)))
            tx.execute(insert(table(Activity)), list(activities(some, ids)))
            receipts.lock(tx, "lead", some)
            receipts.enqueue(tx, "lead", [Moment(lead, NOW) for lead in some])
    with sessions.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as tx:
        tx.execute(text("ANALYZE"))


def leads(some: range) -> Iterator[dict[str, Any]]:
    """Yield lead rows, ten to an account."""
    for n in some:
        yield {"id": n, "key": f"l{n}", "rank": n, "account_id": n // 10 + 1, "created_at": NOW, "updated_at": NOW}


def facts(some: range, ids: dict[tuple[str, str], int]) -> Iterator[dict[str, Any]]:
    """Yield three facts a lead."""
    common = {"subject": "lead", "feed": "crm", "said_at": NOW, "received_at": NOW, "landed_at": NOW, "found_by": ""}
    for n in some:
        industry = ("industry", "Maschinenbau" if n % 2 else "mining")
        for field, spelling, number in (
            ("industry", ids[industry], None), ("title", ids["title", "Engineer"], None),
            ("employees", ids["employees", "820"], 820_000),
        ):  # fmt: skip
            yield {**common, "subject_id": n, "field": field, "spelling_id": spelling, "number": number, "typed": False}


def activities(some: range, ids: dict[tuple[str, str], int]) -> Iterator[dict[str, Any]]:
    """Yield ten activities a lead over two years, so that one in eight lies in the window of 90 days."""
    drawn = random.Random(some.start)
    for n in some:
        for place in range(ACTIVITIES):
            at = NOW - timedelta(seconds=drawn.randrange(HISTORY_DAYS * 86_400))
            yield activity(n, f"{n}-{place}", at, ids, drawn)


def activity(n: int, name: str, at: datetime, ids: dict[tuple[str, str], int], drawn: random.Random) -> dict[str, Any]:
    """Return one activity row of drawn words."""
    return {
        "feed": "web", "stream": "s", "external_id": name, "lead_id": n, "occurred_at": at, "received_at": NOW,
        "landed_at": NOW, "found_by": "", "kind_id": ids["kind", drawn.choice(KINDS)],
        "channel_id": ids["channel", drawn.choice(CHANNELS)], "asset_id": ids["asset", drawn.choice(ASSETS)],
        "text_id": ids["text", drawn.choice(TEXTS)] if drawn.random() < 0.1 else None,
    }  # fmt: skip


def change(sessions: Sessions, share: int = 100) -> int:
    """Land one new activity each (every tenth a late arrival) for one lead in ``share``, drawn across accounts."""
    ids = {word: place for place, word in enumerate(words(), start=1)}
    drawn = random.Random(7)
    chosen = sorted(drawn.sample(range(1, LEADS + 1), LEADS // share))
    later = NOW + timedelta(minutes=1)
    with sessions.write() as tx:
        receipts.lock(tx, "lead", chosen)
        receipts.enqueue(tx, "lead", [Moment(lead, later) for lead in chosen])
        rows = [
            activity(n, f"new-{n}", later - timedelta(days=40 if n % 10 == 0 else 0), ids, drawn)
            | {"received_at": later}
            for n in chosen
        ]
        tx.execute(insert(table(Activity)), rows)
    return len(chosen)


def main() -> None:
    """Print the figures for each database."""
    print(f"qualify: {LEADS:,} leads, {LEADS * ACTIVITIES:,} activities, 30 rules of 3 bands")
    for name, sessions in stores():
        run_adopt(sessions, now=NOW - timedelta(days=1), playbook=playbook(definition()))
        fill(sessions)
        with timed() as first:
            result = run_qualify(sessions, now=NOW)
        changed = change(sessions)
        with timed() as second:
            again = run_qualify(sessions, now=NOW + timedelta(minutes=1))
        with timed() as third:
            nothing = run_qualify(sessions, now=NOW + timedelta(minutes=1))
        # A few more than those changed: in the minute between the runs some signals cross an edge.
        assert (result.judged, nothing.judged) == (LEADS, 0)
        assert again.judged >= changed
        limit = 0.03 * first[0] + 0.5
        print(
            f"  {name:<9} from nothing {first[0]:6.2f} s ({LEADS / first[0]:,.0f} leads/s,"
            f" {result.decisions:,} decisions)"
            f" · 1 % changed {second[0]:.3f} s = {100 * second[0] / first[0]:.1f} % (limit {limit:.2f} s)"
            f" · nothing changed {third[0]:.3f} s · peak {peak_memory()} MB"
        )


if __name__ == "__main__":
    main()
