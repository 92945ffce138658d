"""Calls, meetings and LinkedIn messages that a feed tells of: they are contacts of open handoffs. Used by landing.

What a person logs by hand takes its own way (penstock.operations.touch), to the same end.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from penstock.sequence.leading import is_open
from penstock.store.engine import table
from penstock.store.landing.page import Landing, Rows
from penstock.store.persons import those_merged_into
from penstock.store.statements import among
from penstock.store.tables import Handoff

HANDOFF = table(Handoff)
TOUCHES = frozenset({"call_made", "meeting_held", "linkedin_touched"})


def touched(landing: Landing, rows: Rows, new: Sequence[bool]) -> frozenset[int]:
    """Return the rows whose activity is new, a touch that has happened, and of a lead with an open handoff."""
    told = [at for at, is_new in enumerate(new) if is_new and rows.leads[at] and rows.said[at] <= landing.now]
    told = [at for at in told if (one := rows.records[at].happening) and one.kind in TOUCHES]
    if not told:
        return frozenset()
    leads = {rows.leads[at] for at in told}
    joined = those_merged_into(landing.tx, leads)
    of = (HANDOFF.c.subject == "lead", among(landing.tx, HANDOFF.c.subject_id, {*leads, *joined}))
    handed = {joined.get(one, one) for one in landing.tx.scalars(select(HANDOFF.c.subject_id).where(*of, is_open()))}
    return frozenset(at for at in told if rows.leads[at] in handed)
