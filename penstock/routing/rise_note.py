"""The note that a tier rose while sales has the lead: what templates/handoff/rise.md may say; asked by deliver.

Facts with dates, as in the note of the handoff itself; times are in the calendar of who reads it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, func, or_, select

from penstock.errors import NotFoundError
from penstock.routing.handoffs import note_reader
from penstock.routing.note import line_of, named, next_step, read_round, tier_title
from penstock.routing.phrases import moment_text, short
from penstock.routing.reasons import read_reasons
from penstock.sla.clocks import Calendars
from penstock.store.engine import table
from penstock.store.playbooks import Live
from penstock.store.tables import Decision, HandoffDefinition, Lead

DECISION, JOINED, LEAD = table(Decision), table(HandoffDefinition), table(Lead)
RISE_TEMPLATE = "handoff/rise.md"


def rise_context(tx: Connection, live: Live, handoff_id: int, turn: int, *, rise: tuple[str, str]) -> dict[str, Any]:
    """Return every variable of the note of a rise (definition and tier) in a handoff's round.

    Raises NotFoundError for a round or a rise that does not exist.
    """
    row = read_round(tx, handoff_id, turn)
    decision = _decision(tx, row, *rise)
    reasons = read_reasons(tx, live, decision.id)
    working = Calendars(live.operations).of(note_reader(live.operations, row.queue, row.owner))
    who, company = named(tx, (row.subject, row.subject_id), row.account_id)
    definition = reasons.compiled.definition
    return {
        "who": short(who, 5),
        "company": short(company, 5),
        "did": reasons.did(),
        "did_most": reasons.did(1),
        "tier": tier_title(definition, rise[1]),
        "definition": short(definition.title or definition.definition, 6),
        "by": moment_text(row.due_at, working) if row.due_at and row.stopped_at is None else "",
        "deeds": reasons.dated(working, 4),
        "said": short(reasons.said(), 12),
        "next_step": next_step(live, reasons, line_of(tx, reasons, at=decision.moment)),
        "handoff_id": row.id,
    }


@cache
def _risen_by() -> Any:  # noqa: ANN401 - a statement
    # The one that raised it, unless another raised it further before this note was written.
    d, of = DECISION.c, ("subject", "definition")
    # Decided of the handoff's own lead, or of the one that it was merged into.
    person = select(func.coalesce(LEAD.c.merged_into, LEAD.c.id)).where(LEAD.c.id == bindparam("subject_id"))
    whose = or_(d.subject_id == bindparam("subject_id"), and_(d.subject == "lead", d.subject_id.in_(person)))
    raised = select(JOINED.c.decision_id).where(JOINED.c.handoff_id == bindparam("handoff"))
    raised_it = d.id.in_(raised.where(JOINED.c.definition == bindparam("definition")))
    return (
        select(d.id, d.moment)
        .where(*(d[name] == bindparam(name) for name in of), or_(whose, raised_it))
        .where(d.tier_to == bindparam("tier"), d.branch == "sales")
        .order_by(case((raised_it, 0), else_=1), d.moment.desc())
        .limit(1)
    )


def _decision(tx: Connection, row: Any, definition: str, tier: str) -> Any:  # noqa: ANN401 - rows
    asked = {"subject": row.subject, "subject_id": row.subject_id, "definition": definition, "tier": tier}
    found = tx.execute(_risen_by(), {"handoff": row.id, **asked}).one_or_none()
    if found is None:
        raise NotFoundError(f"the handoff {row.id} did not rise to {tier} of {definition}")
    return found
