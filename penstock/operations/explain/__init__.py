"""Explain: why a lead stands where it stands, at any moment; called by the CLI and the lead's page.

It judges the lead again at the moment asked for, with the same statement as qualify, in a transaction that is rolled
back; so what it shows is what a decision at that moment would rest on, past moments included.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from penstock.identity.find import find_lead
from penstock.operations.explain.definition import under_definition
from penstock.operations.explain.shape import Explanation, UnderDefinition
from penstock.operations.explain.surroundings import open_handoff, person, timeline
from penstock.operations.explain.words import in_words
from penstock.sequence.leading import leading
from penstock.store import moments
from penstock.store.engine import Sessions
from penstock.store.playbooks import read_deciding, read_live, read_starts

__all__ = ["Explanation", "UnderDefinition", "explain_lead", "in_words"]


def explain_lead(sessions: Sessions, *, lead: str, now: datetime) -> Explanation:
    """Explain a lead (id, e-mail address or ``feed:external-id``) as of ``now``; raises NotFoundError."""
    with sessions.read() as tx:
        lead_id = find_lead(tx, lead)
        starts = [(start.started_at, start.version_id) for start in read_starts(tx)]
        version = moments.one(tx, lead_id, as_of=now, starts=starts)
        deciding, terms = read_deciding(tx, version)
        judged_by = replace(read_live(tx), definition_id=version, deciding=deciding, terms=terms)
        mine = [d for d in deciding.definitions.values() if d.subject == "lead"]
        definitions = tuple(under_definition(tx, judged_by, d, lead_id, now) for d in mine)
        return Explanation(
            lead=person(tx, lead_id),
            as_of=now,
            leading=tx.scalar(select(leading(deciding, among=[lead_id]).c.definition)),
            definitions=definitions,
            handoff=open_handoff(tx, lead_id, now),
            timeline=timeline(tx, lead_id, now),
        )
