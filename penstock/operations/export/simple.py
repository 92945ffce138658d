"""The exported tables that are one statement each: sales, clocks, nurture, law, intake."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, case, select

from penstock.operations.export.shape import Exported, Kind, Line
from penstock.store.engine import table
from penstock.store.tables import (
    Clock,
    Consent,
    Disposition,
    Effect,
    Enrolment,
    Escalation,
    Handoff,
    HandoffDefinition,
    Outcome,
    Quarantine,
    Suppression,
)

HANDOFF, JOINED, CLOCK, ESCALATION = table(Handoff), table(HandoffDefinition), table(Clock), table(Escalation)
OUTCOME, ENROLMENT, EFFECT, DISPOSITION = table(Outcome), table(Enrolment), table(Effect), table(Disposition)
SUPPRESSION, CONSENT, QUARANTINE = table(Suppression), table(Consent), table(Quarantine)


def of_kind(owner: Table, subject: str) -> ColumnElement[Any]:
    """Return the subject's id where the row is about that kind of subject."""
    return case((owner.c.subject == subject, owner.c.subject_id))


def _handoffs(_tx: Connection) -> Select[Any]:
    own = [c for c in HANDOFF.c if c.name not in {"id", "subject", "subject_id"}]
    named = [HANDOFF.c.id.label("handoff_id"), of_kind(HANDOFF, "lead").label("lead_id")]
    return select(*named, *own).order_by(HANDOFF.c.id)


def _complete_handoffs(tx: Connection, found: list[Line]) -> None:
    """Fill the joined definitions, by name, separated by commas."""
    ids = [line["handoff_id"] for line in found]
    rows = tx.execute(select(JOINED.c.handoff_id, JOINED.c.definition).where(JOINED.c.handoff_id.in_(ids)))
    joined = defaultdict(list)
    for row in rows:
        joined[row.handoff_id].append(row.definition)
    for line in found:
        line["definitions"] = ",".join(sorted(joined[line["handoff_id"]]))


def _messages(_tx: Connection) -> Select[Any]:
    own = [c for c in EFFECT.c if c.name not in {"id", "address"}]
    return select(EFFECT.c.id.label("message_id"), EFFECT.c.address.label("to"), *own).order_by(EFFECT.c.id)


def _all(owner: Table, named: str, *order: str) -> Select[Any]:
    """Select a whole table, its id under the name of the contract."""
    own = [c.label(named) if c.name == "id" else c for c in owner.c]
    return select(*own).order_by(*(owner.c[name] for name in order or ("id",)))


HANDOFF_COLUMNS: dict[str, Kind] = {
    "handoff_id": "integer", "lead_id": "integer", "account_id": "integer", "definitions": "text", "queue": "text",
    "owner": "text", "tier": "text", "reason": "text", "created_at": "instant", "working_at": "instant",
    "first_contact_at": "instant", "status": "text", "disposition": "text", "rejection_reason": "text",
    "next_step": "text", "next_on": "date", "conversation": "integer", "decision_id": "integer",
    "closed_at": "instant",
}  # fmt: skip
CLOCK_COLUMNS: dict[str, Kind] = {
    "clock_id": "integer", "of": "text", "of_id": "integer", "kind": "text", "round": "integer",
    "started_at": "instant", "due_at": "instant", "stopped_at": "instant", "stopped_by": "text", "sla": "text",
}  # fmt: skip
ESCALATION_COLUMNS: dict[str, Kind] = {
    "escalation_id": "integer", "clock_id": "integer", "level": "integer", "due_at": "instant",
    "fired_at": "instant", "notified": "text",
}  # fmt: skip
OUTCOME_COLUMNS: dict[str, Kind] = {
    "subject": "text", "subject_id": "integer", "kind": "text", "at": "instant", "value": "points",
    "currency": "text", "feed": "text", "external_id": "text", "received_at": "instant",
}  # fmt: skip
ENROLMENT_COLUMNS: dict[str, Kind] = {
    "enrolment_id": "integer", "lead_id": "integer", "sequence": "text", "step": "text", "status": "text",
    "entered_at": "instant", "next_at": "instant", "exit_reason": "text", "run": "integer", "interest": "text",
    "definition": "text", "ended_at": "instant",
}  # fmt: skip
MESSAGE_COLUMNS: dict[str, Kind] = {
    "message_id": "integer", "kind": "text", "enrolment_id": "integer", "lead_id": "integer",
    "handoff_id": "integer", "clock_id": "integer", "sequence": "text", "step": "text", "to": "text",
    "subject": "text", "status": "text", "rail": "text", "held_until": "instant", "skip_reason": "text",
    "planned_at": "instant", "settled_at": "instant", "rfc_message_id": "text", "due_at": "instant",
    "recipient": "text", "said": "text",
}  # fmt: skip
DISPOSITION_COLUMNS: dict[str, Kind] = {
    "handoff_id": "integer", "answer": "text", "reason": "text", "actor": "text", "feed": "text",
    "received_at": "instant", "next_step": "text", "next_on": "date", "said_at": "instant", "external_id": "text",
}  # fmt: skip
SUPPRESSION_COLUMNS: dict[str, Kind] = {
    "hash": "text", "scope": "text", "reason": "text", "feed": "text", "received_at": "instant",
}  # fmt: skip
CONSENT_COLUMNS: dict[str, Kind] = {
    "lead_id": "integer", "purpose": "text", "feed": "text", "said_at": "instant", "granted": "boolean",
    "wording": "text", "received_at": "instant",
}  # fmt: skip
QUARANTINE_COLUMNS: dict[str, Kind] = {
    "quarantine_id": "integer", "feed": "text", "seen_at": "instant", "error": "text", "record": "text",
    "detail": "text", "place": "text", "stream": "text", "external_id": "text", "replayed_at": "instant",
    "resolved_at": "instant", "resolved_by": "text", "resolution": "text",
}  # fmt: skip

SIMPLE = (
    Exported("handoffs", HANDOFF_COLUMNS, _handoffs, _complete_handoffs),
    Exported("clocks", CLOCK_COLUMNS, lambda _: _all(CLOCK, "clock_id")),
    Exported("escalations", ESCALATION_COLUMNS, lambda _: _all(ESCALATION, "escalation_id")),
    Exported("outcomes", OUTCOME_COLUMNS, lambda _: _all(OUTCOME, "outcome_id")),
    Exported("enrolments", ENROLMENT_COLUMNS, lambda _: _all(ENROLMENT, "enrolment_id")),
    Exported("messages", MESSAGE_COLUMNS, _messages),
    Exported("dispositions", DISPOSITION_COLUMNS, lambda _: _all(DISPOSITION, "disposition_id")),
    Exported("suppressions", SUPPRESSION_COLUMNS, lambda _: _all(SUPPRESSION, "", "hash", "scope")),
    Exported("consents", CONSENT_COLUMNS, lambda _: _all(CONSENT, "", "lead_id", "purpose", "feed", "said_at")),
    Exported("quarantine", QUARANTINE_COLUMNS, lambda _: _all(QUARANTINE, "quarantine_id")),
)
