"""The exported tables of what came and how it was judged: activities, facts, scores, decisions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, func, select

from penstock.operations.export.evidence import complete_evidence
from penstock.operations.export.shape import Exported, Kind
from penstock.operations.export.words import ACTIVITY_WORDS, complete_activities
from penstock.store.engine import table
from penstock.store.persons import is_present
from penstock.store.tables import Activity, Decision, Fact, Lead, PlaybookVersion, Score, Spelling

ACTIVITY, FACT, SCORE, DECISION = table(Activity), table(Fact), table(Score), table(Decision)
LEAD, SPELLING, VERSION = table(Lead), table(Spelling), table(PlaybookVersion)

ACTIVITY_COLUMNS: dict[str, Kind] = {
    "activity_id": "integer", "lead_id": "integer", "account_id": "integer", "kind": "text", "channel": "text",
    "occurred_at": "instant", "received_at": "instant", "feed": "text", "external_id": "text", "source": "text",
    "campaign": "text", "asset": "text", "interest": "text", "text": "text", "stream": "text",
    "landed_at": "instant",
}  # fmt: skip
FACT_COLUMNS: dict[str, Kind] = {
    "subject": "text", "subject_id": "integer", "field": "text", "value": "text", "feed": "text",
    "typed": "boolean", "received_at": "instant", "said_at": "instant",
}  # fmt: skip
SCORE_COLUMNS: dict[str, Kind] = {
    "subject": "text", "subject_id": "integer", "definition": "text", "fit": "points", "intent": "points",
    "as_of": "instant", "next_change_at": "instant", "version": "text", "evidence": "text", "tier": "text",
    "stage": "text", "branch": "text",
}  # fmt: skip
DECISION_COLUMNS: dict[str, Kind] = {
    "decision_id": "integer", "subject": "text", "subject_id": "integer", "definition": "text",
    "decided_at": "instant", "stage_from": "text", "stage_to": "text", "tier_from": "text", "tier_to": "text",
    "branch": "text", "reason": "text", "version": "text", "acted_at": "instant", "evidence": "text",
    "fit": "points", "intent": "points",
}  # fmt: skip


def _activities(_tx: Connection) -> Select[Any]:
    words = [ACTIVITY.c[f"{word}_id"] for word in (*ACTIVITY_WORDS, "line")]
    own = [ACTIVITY.c[c] for c in ACTIVITY_COLUMNS if c in ACTIVITY.c and c != "account_id"]
    # A lead's activity counts for the account that the lead is with now.
    account = func.coalesce(ACTIVITY.c.account_id, LEAD.c.account_id).label("account_id")
    joined = ACTIVITY.outerjoin(LEAD, LEAD.c.id == ACTIVITY.c.lead_id)
    return select(ACTIVITY.c.id.label("activity_id"), account, *own, *words).select_from(joined).order_by(ACTIVITY.c.id)


def _facts(_tx: Connection) -> Select[Any]:
    key = [FACT.c[c] for c in ("subject", "subject_id", "field", "feed", "said_at")]
    joined = FACT.join(SPELLING, SPELLING.c.id == FACT.c.spelling_id)
    told = [FACT.c.typed, FACT.c.received_at, SPELLING.c.text.label("value")]
    # What a merged lead keeps is read no more: the lead that it leads on to says the same of that moment.
    return select(*key, *told).select_from(joined).where(is_present(FACT)).order_by(*key)


def _scores(_tx: Connection) -> Select[Any]:
    key = [SCORE.c[c] for c in ("subject", "subject_id", "definition")]
    joined = SCORE.join(VERSION, VERSION.c.id == SCORE.c.version_id)
    rest = [c for c in SCORE.c if c.name in SCORE_COLUMNS and not c.primary_key]
    version = VERSION.c.hash.label("version")
    return select(*key, *rest, SCORE.c.version_id, version).select_from(joined).where(is_present(SCORE)).order_by(*key)


def _decisions(_tx: Connection) -> Select[Any]:
    joined = DECISION.join(VERSION, VERSION.c.id == DECISION.c.version_id)
    rest = [c for c in DECISION.c if c.name in DECISION_COLUMNS and c.name != "decided_at"]
    named = [DECISION.c.id.label("decision_id"), DECISION.c.moment.label("decided_at"), VERSION.c.hash.label("version")]
    return select(*named, DECISION.c.version_id, *rest).select_from(joined).order_by(DECISION.c.id)


JUDGED = (
    Exported("activities", ACTIVITY_COLUMNS, _activities, complete_activities),
    Exported("facts", FACT_COLUMNS, _facts),
    Exported("scores", SCORE_COLUMNS, _scores, complete_evidence),
    Exported("decisions", DECISION_COLUMNS, _decisions, complete_evidence),
)
