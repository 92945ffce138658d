"""The guard rail over imports: what one feed brought at once, and would be far more than usual, waits for a person.

Called by route and nurture before they act. Every decision is weighed once, by the feed that caused it; of a feed over
the limit all that waits is held, whatever else waits goes on. Scores and decisions are made as ever: held is only what
would follow. `penstock status` and the pages of the runs say how many and whom, `penstock playbook approve` lets it go
on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, literal, select, type_coerce, union_all

from penstock.operations.usual import DECISION, LEAD, WEEKS, limit, whom
from penstock.playbook.definition import ENROLLING
from penstock.store.engine import table
from penstock.store.held_imports import HeldImport, hold, mark, unweighed
from penstock.store.playbooks import Live
from penstock.store.statements import among
from penstock.store.tables import Activity, Fact, ListMembership
from penstock.store.types import Instant

ACTIVITY, FACT, MEMBERSHIP = table(Activity), table(Fact), table(ListMembership)
SALES = frozenset({"sales"})
OF: dict[str, Collection[str]] = {"handoffs": SALES, "enrolments": ENROLLING}
# What lands after a decision of the same moment is received a microsecond later: a second takes all of one run.
AT_ONCE = 1_000_000


def weigh(tx: Connection, live: Live, what: str, *, now: datetime) -> tuple[HeldImport, ...]:
    """Let the decisions that wait for handoffs or enrolments go on, or hold those of an import; return what is held
    anew.
    """
    waiting = unweighed(tx, OF[what])
    most = _most(tx, live, what, now) if waiting else None
    if most is None or len(waiting) <= most:
        mark(tx, waiting)
        return ()
    by_feed = _by_feed(tx, waiting)
    over = {feed: ids for feed, ids in by_feed.items() if feed and len(ids) > most}
    mark(tx, [one for feed, ids in by_feed.items() if feed not in over for one in ids])
    found = []
    for feed, ids in sorted(over.items()):
        found.append(HeldImport(feed, what, len(ids), most, now, whom(tx, among(tx, DECISION.c.id, ids))))
        hold(tx, found[-1], ids)
    return tuple(found)


def _most(tx: Connection, live: Live, what: str, now: datetime) -> int | None:
    """Return the limit; None where there is none, as in the first weeks unless the playbook names one: nothing is usual
    yet.
    """
    operations = live.operations
    if getattr(operations.guard, what) is None and now < live.live_from + timedelta(weeks=WEEKS):
        return None
    return limit(tx, what, now, operations)


def _by_feed(tx: Connection, decisions: Sequence[int]) -> dict[str, list[int]]:
    """Return feed → the decisions that it caused, '' for those that follow from no record: age, or a new definition.

    What the subject did or was said to be itself goes before what is known of its company, and that before what its
    colleagues did.
    """
    causes = union_all(*_causes(decisions, tx)).subquery("causes")
    order = (causes.c.decision, causes.c.nearness, causes.c.feed)
    caused: dict[int, str] = {}
    for row in tx.execute(select(causes).distinct().order_by(*order)):
        caused.setdefault(row.decision, row.feed)
    found: dict[str, list[int]] = defaultdict(list)
    for one in decisions:
        found[caused.get(one, "")].append(one)
    return found


def _causes(decisions: Sequence[int], tx: Connection) -> Iterator[Select[Any]]:
    """Yield selects of (decision, how near, feed) of what landed at the moments of decisions."""
    d = DECISION.c
    wanted = among(tx, d.id, decisions)
    person = LEAD.alias("person")
    with_lead = DECISION.join(LEAD, and_(d.subject == "lead", LEAD.c.id == d.subject_id))
    with_colleagues = with_lead.join(person, person.c.account_id == LEAD.c.account_id)
    with_people = DECISION.join(person, and_(d.subject == "account", person.c.account_id == d.subject_id))
    sources: list[tuple[Any, Any, ColumnElement[bool], int]] = [
        (DECISION, ACTIVITY, and_(d.subject == "lead", ACTIVITY.c.lead_id == d.subject_id), 0),
        (DECISION, ACTIVITY, and_(d.subject == "account", ACTIVITY.c.account_id == d.subject_id), 0),
        (DECISION, FACT, and_(FACT.c.subject == d.subject, FACT.c.subject_id == d.subject_id), 1),
        (DECISION, MEMBERSHIP, and_(d.subject == "account", MEMBERSHIP.c.account_id == d.subject_id), 1),
        (with_lead, FACT, and_(FACT.c.subject == "account", FACT.c.subject_id == LEAD.c.account_id), 2),
        (with_lead, MEMBERSHIP, MEMBERSHIP.c.account_id == LEAD.c.account_id, 2),
        (with_colleagues, ACTIVITY, ACTIVITY.c.lead_id == person.c.id, 3),
        (with_people, ACTIVITY, ACTIVITY.c.lead_id == person.c.id, 3),
    ]
    for source, landed, same, nearness in sources:
        before = type_coerce(d.moment - AT_ONCE, Instant)
        at_once = and_(same, landed.c.landed_at <= d.moment, landed.c.landed_at > before)
        columns = (d.id.label("decision"), literal(nearness).label("nearness"), landed.c.feed.label("feed"))
        yield select(*columns).select_from(source.join(landed, at_once)).where(wanted)
