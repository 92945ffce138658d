"""The exported tables of leads and accounts: the profile, and how their leading definition stands."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, case, func, literal, null, select

from penstock.operations.export.shape import NOW, Exported, Kind
from penstock.playbook.lists_sql import listed_at
from penstock.sequence.leading import leading
from penstock.store.engine import table
from penstock.store.playbooks import Live, read_live
from penstock.store.tables import Account, Activity, Handoff, Lead, Term

LEAD, ACCOUNT, HANDOFF, ACTIVITY, TERM = table(Lead), table(Account), table(Handoff), table(Activity), table(Term)

LEAD_COLUMNS: dict[str, Kind] = {
    "lead_id": "integer", "email": "text", "first_name": "text", "last_name": "text", "title": "text",
    "job_function": "text", "seniority": "text", "company": "text", "account_id": "integer", "country": "text",
    "region": "text", "stage": "text", "tier": "text", "fit": "points", "intent": "points", "interest": "text",
    "owner": "text", "source": "text", "campaign": "text", "created_at": "instant", "updated_at": "instant",
    "definition": "text", "branch": "text",
}  # fmt: skip
ACCOUNT_COLUMNS: dict[str, Kind] = {
    "account_id": "integer", "name": "text", "domain": "text", "industry": "text", "employees": "integer",
    "country": "text", "region": "text", "parent_id": "integer", "is_target": "boolean", "owner": "text",
    "status": "text", "intent": "points", "stage": "text", "tier": "text", "created_at": "instant",
}  # fmt: skip


def _leads(tx: Connection) -> Select[Any]:
    live = read_live(tx)
    lead = leading(live.deciding, stages=live.operations.stages)
    own = [LEAD.c[c] for c in LEAD_COLUMNS if c in LEAD.c]
    named = [LEAD.c.id.label("lead_id"), func.coalesce(lead.c.stage, "lead").label("stage")]
    found = [lead.c[c] for c in ("tier", "fit", "intent", "definition", "branch")]
    told = [_interest(live, lead).label("interest"), _owner(LEAD.c.id).label("owner")]
    joined = LEAD.outerjoin(lead, lead.c.subject_id == LEAD.c.id)
    rows = select(*named, *own, *found, *told).select_from(joined)
    return rows.where(LEAD.c.merged_into.is_(None)).order_by(LEAD.c.id)


def _owner(lead_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return who was given the lead's latest handoff; where it never had one, that of a lead merged into it."""
    person = LEAD.alias("person")
    latest = select(HANDOFF.c.owner).where(HANDOFF.c.subject == "lead").order_by(HANDOFF.c.id.desc()).limit(1)
    joined = select(person.c.id).where(person.c.merged_into == lead_id).correlate(LEAD)
    own, theirs = HANDOFF.c.subject_id == lead_id, HANDOFF.c.subject_id.in_(joined)
    return func.coalesce(*(latest.where(whose).correlate(LEAD).scalar_subquery() for whose in (own, theirs)))


def _interest(live: Live, lead: Subquery) -> ColumnElement[Any]:
    """Return the line of the leading definition, else the line that the lead last looked at."""
    lines = {name: definition.applies.line for name, definition in live.deciding.definitions.items()}
    stated = [(lead.c.definition == name, line) for name, line in lines.items() if line]
    return func.coalesce(case(*stated) if stated else null(), _latest_line(live.definition_id))


def _latest_line(version_id: int) -> ColumnElement[Any]:
    spoken = and_(
        TERM.c.version_id == literal(version_id),
        TERM.c.field == "line",
        TERM.c.spelling_id.in_([ACTIVITY.c.line_id, ACTIVITY.c.asset_id]),
    )
    latest = select(TERM.c.term).select_from(ACTIVITY.join(TERM, spoken)).where(ACTIVITY.c.lead_id == LEAD.c.id)
    return latest.order_by(ACTIVITY.c.occurred_at.desc(), ACTIVITY.c.id.desc(), TERM.c.term).limit(1).scalar_subquery()


def _accounts(tx: Connection) -> Select[Any]:
    live = read_live(tx)
    lead = leading(live.deciding, subject="account", stages=live.operations.stages)
    own = [ACCOUNT.c[c] for c in ACCOUNT_COLUMNS if c in ACCOUNT.c]
    trust = live.deciding.vocabulary.trust
    named = [ACCOUNT.c.id.label("account_id"), ACCOUNT.c.id.in_(listed_at(trust, NOW)).label("is_target")]
    found = [lead.c[c] for c in ("intent", "stage", "tier")]
    joined = ACCOUNT.outerjoin(lead, lead.c.subject_id == ACCOUNT.c.id)
    rows = select(*named, *own, *found).select_from(joined)
    return rows.where(ACCOUNT.c.merged_into.is_(None)).order_by(ACCOUNT.c.id)


PEOPLE = (Exported("leads", LEAD_COLUMNS, _leads), Exported("accounts", ACCOUNT_COLUMNS, _accounts))
