"""Which of a page's records concern open handoffs: calls and meetings are contacts, a deal won or lost ends them.

Used by landing. Asked of a page at once, for most of what a feed tells is of leads whom sales does not have. What a
person logs by hand takes its own way (penstock.operations.touch), to the same end.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from penstock.operations.answer import ENDED
from penstock.sequence.leading import is_open
from penstock.store.engine import table
from penstock.store.landing.page import Landing, Rows
from penstock.store.landing.said import NewOutcome
from penstock.store.persons import those_merged_into
from penstock.store.statements import among
from penstock.store.tables import Handoff

HANDOFF = table(Handoff)
TOUCHES = frozenset({"call_made", "meeting_held", "linkedin_touched"})


def touched(landing: Landing, rows: Rows, new: Sequence[bool]) -> frozenset[int]:
    """Return the rows whose activity is new, a touch that has happened, and of a lead with an open handoff."""
    told = [at for at, is_new in enumerate(new) if is_new and rows.leads[at] and rows.said[at] <= landing.now]
    told = [at for at in told if (one := rows.records[at].happening) and one.kind in TOUCHES]
    handed = _with_sales(landing.tx, "lead", {rows.leads[at] for at in told})
    return frozenset(at for at in told if rows.leads[at] in handed)


def ending(tx: Connection, outcomes: Sequence[NewOutcome]) -> list[NewOutcome]:
    """Return the outcomes that end an open handoff at once, in their order; those dated ahead end it on their date."""
    ends = [one for one in outcomes if one.kind in ENDED and not one.ahead]
    kinds = {one.subject for one in ends}
    handed = {kind: _with_sales(tx, kind, {one.subject_id for one in ends if one.subject == kind}) for kind in kinds}
    return [one for one in ends if one.subject_id in handed[one.subject]]


def _with_sales(tx: Connection, subject: str, ids: Collection[int]) -> set[int]:
    """Return those of some leads or accounts that have an open handoff, or a lead merged into them has."""
    if not ids:
        return set()
    joined = those_merged_into(tx, ids) if subject == "lead" else {}
    of = (HANDOFF.c.subject == subject, among(tx, HANDOFF.c.subject_id, {*ids, *joined}))
    return {joined.get(one, one) for one in tx.scalars(select(HANDOFF.c.subject_id).where(*of, is_open()))}
