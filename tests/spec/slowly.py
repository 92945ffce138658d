"""The examples judged by the plain reference evaluator, moment by moment, without any database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from penstock.playbook.compiled import compile_definition
from penstock.playbook.model import Deciding
from penstock.playbook.reference_verdict import (
    Reference,
    ReferenceVerdict,
    SaidActivity,
    SaidFact,
    SaidListing,
    SaidPerson,
)
from penstock.playbook.terms import Terms
from penstock.store.types import to_micros
from tests.history import DAY

A_DAY = 86_400_000_000
People = Sequence[tuple[Mapping[str, Any], Sequence[tuple[datetime, dict[str, str]]]]]


def judged_slowly(
    deciding: Deciding, people: People, now: datetime, lists: Sequence[SaidListing] = ()
) -> dict[str, ReferenceVerdict]:
    """Return what the reference finds of the first of some people (or of their account) under each definition."""
    terms = Terms(deciding.vocabulary)
    said = [_person(number, *one, since=to_micros(now - 399 * DAY)) for number, one in enumerate(people)]
    return {
        name: _judged(Reference(compile_definition(one), terms, deciding.vocabulary.trust), said, to_micros(now), lists)
        for name, one in deciding.definitions.items()
    }


def _person(
    number: int, facts: Mapping[str, Any], did: Sequence[tuple[datetime, dict[str, str]]], *, since: int
) -> SaidPerson:
    known = [
        SaidFact(name, str(value), "crm", since, since, number=value * 1000 if isinstance(value, int) else None)
        for name, value in facts.items()
    ]
    activities = [
        SaidActivity(number * 1000 + place, to_micros(at), to_micros(at), words)
        for place, (at, words) in enumerate(did)
    ]
    return SaidPerson(number, known, activities)


def _judged(
    reference: Reference, people: Sequence[SaidPerson], now: int, lists: Sequence[SaidListing]
) -> ReferenceVerdict:
    """Go from moment to moment, as a tier that is kept depends on the one before."""
    is_of_lead = reference.compiled.definition.subject == "lead"
    facts, activities = (people[0].facts, people[0].activities) if is_of_lead else ([], [])
    colleagues = people if len(people) > 1 else people[:1] if is_of_lead else []
    at, before = now - 399 * A_DAY, ""
    while True:
        found = reference.judge(facts, activities, at, before, colleagues, lists)
        received = [one.occurred_at for person in people for one in person.activities if one.occurred_at > at]
        received += [one.received_at for one in lists if one.received_at > at]
        following = min([*received, *([found.next_change_at] if found.next_change_at else [])], default=now + 1)
        if following > now:
            return found
        at, before = following, found.tier
