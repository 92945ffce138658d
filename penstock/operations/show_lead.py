"""Showing a lead: profile, identifiers, facts with who said them, consent, handoffs; for `penstock lead show`.

Why it stands where it stands is told by explain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select

from penstock.identity.find import find_lead
from penstock.store.engine import Sessions, table
from penstock.store.persons import ids_of
from penstock.store.tables import Consent, Enrolment, Fact, Handoff, Identifier, Lead, Spelling, Suppression, Touch

LEAD, IDENTIFIER, FACT, SPELLING = table(Lead), table(Identifier), table(Fact), table(Spelling)
CONSENT, SUPPRESSION, HANDOFF, ENROLMENT, TOUCH = (
    table(Consent), table(Suppression), table(Handoff), table(Enrolment), table(Touch),
)  # fmt: skip
PROFILE = (
    "email", "first_name", "last_name", "title", "job_function", "seniority", "company", "account_id", "country",
    "region", "source", "campaign", "created_at", "updated_at",
)  # fmt: skip

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ShownLead:
    """All that is known of a lead, but for what it did and how it was judged."""

    lead_id: int
    profile: dict[str, str | int | datetime | None]
    identifiers: list[Line]
    facts: list[Line]
    consents: list[Line]
    suppressions: list[Line]
    handoffs: list[Line]
    enrolments: list[Line]
    touches: list[Line]


def show_lead(sessions: Sessions, *, lead: str, now: datetime) -> ShownLead:
    """Return a lead (id, e-mail address or ``feed:external-id``), past any merge; raises NotFoundError."""
    with sessions.read() as tx:
        lead_id = find_lead(tx, lead)
        row = tx.execute(select(LEAD).where(LEAD.c.id == lead_id)).one()
        persons = ids_of(tx, lead_id)
        return ShownLead(
            lead_id=lead_id,
            profile={name: getattr(row, name) for name in PROFILE},
            identifiers=_identifiers(tx, lead_id),
            facts=_facts(tx, lead_id),
            consents=[
                row | {"not_yet": row["granted"] and row["said_at"] > now}
                for row in _rows(tx, CONSENT, [lead_id], "said_at", "purpose", "feed", "granted", "wording")
            ],
            suppressions=_suppressions(tx, row.email_hash),
            handoffs=_handoffs(tx, persons),
            enrolments=_rows(
                tx, ENROLMENT, persons, "entered_at", "sequence", "status", "step", "next_at", "exit_reason"
            ),
            touches=_rows(tx, TOUCH, [lead_id], "at", "kind", "actor", "note"),
        )


def _rows(tx: Connection, of: Table, leads: Sequence[int], *names: str) -> list[Line]:
    columns = [of.c[name] for name in names]
    rows = tx.execute(select(*columns).where(of.c.lead_id.in_(leads)).order_by(*columns[:2]))
    return [dict(row) for row in rows.mappings()]


def _identifiers(tx: Connection, lead_id: int) -> list[Line]:
    """Return what finds the lead, and of each the id of the lead that it came with by a merge (None: its own)."""
    columns = [IDENTIFIER.c.kind, IDENTIFIER.c.value, LEAD.c.id.label("came_with")]
    joined = IDENTIFIER.outerjoin(LEAD, (LEAD.c.key == IDENTIFIER.c.home) & (IDENTIFIER.c.home != ""))
    mine = select(*columns).select_from(joined).where(IDENTIFIER.c.lead_id == lead_id)
    return [dict(row) for row in tx.execute(mine.order_by(IDENTIFIER.c.kind, IDENTIFIER.c.value)).mappings()]


def _facts(tx: Connection, lead_id: int) -> list[Line]:
    columns = [FACT.c.field, FACT.c.said_at, FACT.c.feed, FACT.c.typed, SPELLING.c.text.label("value")]
    joined = FACT.join(SPELLING, SPELLING.c.id == FACT.c.spelling_id)
    mine = select(*columns).select_from(joined).where(FACT.c.subject == "lead", FACT.c.subject_id == lead_id)
    return [dict(row) for row in tx.execute(mine.order_by(FACT.c.field, FACT.c.said_at, FACT.c.feed)).mappings()]


def _suppressions(tx: Connection, email_hash: str | None) -> list[Line]:
    columns = [SUPPRESSION.c[name] for name in ("scope", "reason", "feed", "received_at")]
    rows = tx.execute(select(*columns).where(SUPPRESSION.c.hash == email_hash).order_by(SUPPRESSION.c.scope))
    return [dict(row) for row in rows.mappings()]


def _handoffs(tx: Connection, leads: Sequence[int]) -> list[Line]:
    names = (
        "id",
        "queue",
        "owner",
        "tier",
        "status",
        "created_at",
        "first_contact_at",
        "rejection_reason",
        "next_step",
        "next_on",
    )
    mine = select(*(HANDOFF.c[name] for name in names)).where(
        HANDOFF.c.subject == "lead", HANDOFF.c.subject_id.in_(leads)
    )
    return [dict(row) for row in tx.execute(mine.order_by(HANDOFF.c.id)).mappings()]
