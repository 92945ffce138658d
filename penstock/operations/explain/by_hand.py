"""What people did by hand with the lead or account that is explained, each with who and why; part of its timeline."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import Connection, or_, select

from penstock.operations.explain.activities import quoted
from penstock.operations.explain.shape import Event
from penstock.operations.touch import BY_HAND, STREAM
from penstock.routing.profile import Subject
from penstock.store.engine import table
from penstock.store.tables import Activity, Lift, Merge, Promotion, Touch

LIFT, MERGE, PROMOTION = table(Lift), table(Merge), table(Promotion)
ACTIVITY, TOUCH = table(Activity), table(Touch)


def done_by_hand(tx: Connection, subject: Subject, now: datetime) -> Iterator[Event]:
    """Yield promotions, disqualifiers lifted or set again, merges made or undone, up to ``now``."""
    yield from _promotions(tx, subject, now)
    yield from _lifts(tx, subject, now)
    yield from _merges(tx, subject, now)


def told_by_hand(tx: Connection, activities: Collection[int]) -> dict[int, str]:
    """Return activity → who recorded the touch by hand, and what was said, of those among some activities."""
    a, t = ACTIVITY.c, TOUCH.c
    by_hand = (a.feed == BY_HAND, a.stream == STREAM, a.id.in_(activities))
    touches = {int(row.external_id): row.id for row in tx.execute(select(a.id, a.external_id).where(*by_hand))}
    rows = tx.execute(select(t.id, t.actor, t.note).where(t.id.in_(touches))) if touches else ()
    return {touches[row.id]: f"by {row.actor}" + (f": {quoted(row.note)}" if row.note else "") for row in rows}


def _promotions(tx: Connection, subject: Subject, now: datetime) -> Iterator[Event]:
    p = PROMOTION.c
    mine = (p.subject == subject[0], p.subject_id == subject[1], p.received_at <= now)
    for row in tx.execute(select(PROMOTION).where(*mine).order_by(p.id)):
        yield Event(row.received_at, f"{row.definition}: put forward by hand ({row.actor}: {row.reason})")


def _lifts(tx: Connection, subject: Subject, now: datetime) -> Iterator[Event]:
    li = LIFT.c
    mine = (li.subject == subject[0], li.subject_id == subject[1], li.received_at <= now)
    for row in tx.execute(select(LIFT).where(*mine).order_by(li.id)):
        what = "lifted by hand" if row.lifted else "counts again"
        yield Event(row.received_at, f"{row.definition}: {row.disqualifier} {what} ({row.actor}: {row.reason})")


def _merges(tx: Connection, subject: Subject, now: datetime) -> Iterator[Event]:
    """Yield who was merged into the lead, or what it was merged into, and when that was undone."""
    kind, own = subject
    m = MERGE.c
    mine = (m.subject == kind, or_(m.kept_id == own, m.merged_id == own), m.received_at <= now)
    for row in tx.execute(select(MERGE).where(*mine).order_by(m.id)):
        joined, parted = f"lead {row.merged_id} merged into it", f"lead {row.merged_id} taken out of it again"
        if row.merged_id == own:
            joined, parted = f"merged into lead {row.kept_id}", f"taken out of lead {row.kept_id} again"
        yield Event(row.received_at, f"{joined} ({row.actor}: {row.reason})")
        if row.undone_at is not None and row.undone_at <= now:
            yield Event(row.undone_at, f"{parted} ({row.undone_by}: {row.undone_reason})")
