"""Who of ours writes a mail of a sequence: the owner, where the sequence is the one of an assisted tier or exception.

The owner is whoever the facts name as owner of the lead or its account, as in routing. Where they name nobody of the
playbook's people, the playbook's sender writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from penstock.mail.letter import Colleague
from penstock.mail.outbox import Claim
from penstock.playbook.definition import ExceptionRule, Tier
from penstock.playbook.model import Deciding
from penstock.routing.people import person_named
from penstock.routing.profile import OWNER, read_profiles
from penstock.store.playbooks import Live


def in_owners_names(deciding: Deciding) -> frozenset[str]:
    """Return the sequences that tiers and exceptions of the branch assisted name."""
    ways: list[Tier | ExceptionRule] = []
    for definition in deciding.definitions.values():
        ways += [*definition.tiers.values(), *definition.exceptions.values()]
    return frozenset(way.sequence for way in ways if way.branch == "assisted" and way.sequence)


def read_writers(tx: Connection, live: Live, claims: Sequence[Claim], *, now: datetime) -> dict[int, Colleague]:
    """Return effect id → who writes it, of those that somebody of ours does; no statement where there are none."""
    theirs = in_owners_names(live.deciding)
    asked = {one.id: ("lead", one.lead_id) for one in claims if one.sequence in theirs and one.lead_id is not None}
    if not asked:
        return {}
    profiles = read_profiles(tx, live, asked.values(), at=now)
    people = live.operations.people
    named = {of: person_named(live.operations, profile.texts.get(OWNER)) for of, profile in profiles.items()}
    return {
        effect: Colleague(people[owner].name, people[owner].email)
        for effect, of in asked.items()
        if (owner := named[of]) is not None
    }
