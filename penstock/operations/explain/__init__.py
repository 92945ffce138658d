"""Explain: why a lead or an account stands where it stands, at any moment; called by the CLI and the lead's page.

It judges the subject again at the moment asked for, with the same statement as qualify, in a transaction that is rolled
back; so what it shows is what a decision at that moment would rest on, past moments included.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from penstock.identity.find import find_subject
from penstock.operations.explain.definition import under_definition
from penstock.operations.explain.people import people_of
from penstock.operations.explain.shape import Company, Explanation, UnderDefinition
from penstock.operations.explain.surroundings import company, person, timeline
from penstock.operations.explain.with_sales import leading_at, open_handoffs
from penstock.operations.explain.words import in_words
from penstock.routing.profile import Profile, read_profiles
from penstock.store import moments
from penstock.store.engine import Sessions
from penstock.store.playbooks import Live, read_deciding, read_live, read_starts

__all__ = ["Explanation", "UnderDefinition", "explain", "in_words"]


def explain(sessions: Sessions, *, named: str, now: datetime) -> Explanation:
    """Explain a lead or an account, by what names it (``penstock.identity.find``), as of ``now``.

    Raises NotFoundError for nobody, UsageError for several.
    """
    with sessions.read() as tx:
        subject = kind, own = find_subject(tx, named)
        starts = [(start.started_at, start.version_id) for start in read_starts(tx)]
        version = moments.one(tx, own, as_of=now, starts=starts)
        deciding, terms = read_deciding(tx, version)
        judged_by = replace(read_live(tx), definition_id=version, deciding=deciding, terms=terms)
        mine = [d for d in deciding.definitions.values() if d.subject == kind]
        profile = read_profiles(tx, judged_by, [subject], at=now)[subject]
        definitions = tuple(under_definition(tx, judged_by, d, subject, now, profile=profile) for d in mine)
        handoffs = open_handoffs(tx, subject, now)
        return Explanation(
            lead=person(tx, judged_by, own, profile) if kind == "lead" else None,
            account=_company(tx, judged_by, own, profile, now) if kind == "account" else None,
            as_of=now,
            leading=leading_at(definitions, handoffs, deciding, judged_by.operations.stages),
            definitions=definitions,
            handoff=handoffs[0] if handoffs else None,
            timeline=timeline(tx, subject, now),
        )


def _company(tx: Connection, live: Live, account_id: int, profile: Profile, now: datetime) -> Company:
    return replace(company(tx, live, account_id, profile, now), people=people_of(tx, live, account_id, now))
