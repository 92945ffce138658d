"""The leads of an account that is explained: who stands highest, under which definition, and who in sales has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from penstock.operations.explain.shape import LeadLine, OpenHandoff
from penstock.operations.explain.surroundings import names_of
from penstock.operations.explain.with_sales import handoffs_among, placing
from penstock.store.engine import table
from penstock.store.persons import those_merged_into
from penstock.store.playbooks import Live
from penstock.store.statements import among
from penstock.store.tables import Decision, Lead

DECISION, LEAD = table(Decision), table(Lead)
# Whom a rep can take in; the exports have all.
MOST = 20
Place = tuple[bool, int, int]
UNDECIDED: Place = (False, -1, 0)


def people_of(tx: Connection, live: Live, account_id: int, now: datetime) -> tuple[LeadLine, ...]:
    """Return the first few leads that an account had at ``now``, the highest first; their names as known now."""
    lead = LEAD.c
    mine = (lead.account_id == account_id, lead.merged_into.is_(None), lead.created_at <= now)
    title_by_lead = dict(tx.execute(select(lead.id, lead.title).where(*mine)).tuples().all())
    handoffs = _handoffs(tx, title_by_lead, now)
    decided = _decided(tx, live, title_by_lead, now)
    leading = {own: _leading(live, decided[own], handoffs[own]) for own in title_by_lead}
    best = sorted(leading, key=lambda own: ([-step for step in leading[own][0]], own))[:MOST]
    names = names_of(tx, best)
    return tuple(_line(own, names[own], title_by_lead[own], leading[own][1], handoffs[own]) for own in best)


def _handoffs(tx: Connection, leads: Collection[int], now: datetime) -> dict[int, list[OpenHandoff]]:
    """Return lead → its open handoffs, those of leads merged into it among them."""
    joined = those_merged_into(tx, leads)
    found = defaultdict[int, list[OpenHandoff]](list)
    for own, handoff in handoffs_among(tx, "lead", {*leads, *joined}, now):
        found[joined.get(own, own)].append(handoff)
    return found


def _decided(tx: Connection, live: Live, leads: Collection[int], now: datetime) -> dict[int, list[Any]]:
    """Return lead → the latest decision of each definition by ``now``, in the playbook's order."""
    d = DECISION.c
    latest = func.row_number().over(partition_by=(d.subject_id, d.definition), order_by=d.moment.desc())
    columns = (d.subject_id, d.definition, d.stage_to.label("stage"), d.tier_to.label("tier"), latest.label("place"))
    mine = (d.subject == "lead", among(tx, d.subject_id, leads), d.moment <= now)
    ranked = select(*columns).where(*mine).subquery("ranked")
    found = defaultdict[int, list[Any]](list)
    for row in tx.execute(select(ranked).where(ranked.c.place == 1)):
        if row.definition in live.deciding.definitions:
            found[row.subject_id].append(row)
    order = list(live.deciding.definitions)
    return defaultdict(
        list, {own: sorted(rows, key=lambda r: order.index(r.definition)) for own, rows in found.items()}
    )


def _leading(live: Live, decided: Iterable[Any], handoffs: Iterable[OpenHandoff]) -> tuple[Place, Any]:
    """Return how high a lead stands, and the decision of its leading definition, None where none decided."""
    handed = {name for one in handoffs for name in one.definitions}
    place = placing(live.deciding, live.operations.stages, handed)
    best = max(decided, key=place, default=None)
    return (UNDECIDED if best is None else place(best)), best


def _line(own: int, name: str, title: str | None, best: Any, handoffs: Collection[OpenHandoff]) -> LeadLine:  # noqa: ANN401 - a row
    stage, tier, definition = ("lead", "", "") if best is None else (best.stage, best.tier, best.definition)
    owner = next((one.owner for one in handoffs), None)
    return LeadLine(own, name, title, stage=stage, tier=tier, definition=definition, owner=owner)
