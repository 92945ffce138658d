"""What will change by itself: activities that fade, colleagues who count no more, target lists that begin or end."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection, case, select

from penstock.operations.explain.found import Found
from penstock.operations.explain.shape import Change
from penstock.playbook.compiled import CompiledDefinition
from penstock.playbook.conditions import ON_LIST
from penstock.playbook.conditions_sql import condition
from penstock.playbook.intent_sql import ACTIVITY, LEAD, activity_columns, line_counts, micros
from penstock.playbook.people_sql import ROLE
from penstock.playbook.reference import matches
from penstock.playbook.reference_people import Deed, Person, judge_people
from penstock.playbook.tally import fit_points, next_edge, tally, tier_of
from penstock.routing.listed import lists_of
from penstock.routing.profile import Profile, read_profiles
from penstock.store.playbooks import Live
from penstock.store.types import from_micros, to_micros

# Each activity has a handful of edges: this is for hundreds of them, and ends a look that would take seconds.
LOOK_AHEAD = 1000


def next_change(found: Found, as_of: datetime) -> Change | None:
    """Look ahead along the edges of what is known now for the first moment at which the tier differs."""
    moment = to_micros(as_of)
    for _ in range(LOOK_AHEAD):
        edge = _next_edge(found, moment)
        if edge is None:
            return None
        fit = _fit_ahead(found.compiled, found.profile, found.fit, edge)
        held = judge_people(found.compiled.people, found.colleagues, edge).held
        then = tally(found.compiled, found.hits, edge, held)
        tier = tier_of(found.compiled, fit, then, found.tier)
        if tier != found.tier:
            return Change(from_micros(edge), tier, found.compiled.definition.tiers[tier].branch if tier else "none")
        moment = edge
    return None


def _next_edge(found: Found, moment: int) -> int | None:
    """Return the next moment at which anything that is known now can change points."""
    ends = (
        next_edge(found.compiled, found.hits, moment),
        _list_edge(found.compiled, found.profile, moment),
        judge_people(found.compiled.people, found.colleagues, moment).edge,
    )
    return min((end for end in ends if end is not None), default=None)


def _list_edge(compiled: CompiledDefinition, profile: Profile, moment: int) -> int | None:
    """Return when (microseconds) the account next comes onto a list or leaves one, where the definition asks that."""
    if not compiled.lists:
        return None
    ends = (end for one in profile.memberships for end in (one.since, one.until) if end is not None)
    return min((at for at in map(to_micros, ends) if at > moment), default=None)


def _fit_ahead(compiled: CompiledDefinition, profile: Profile, fit: int, moment: int) -> int:
    """Return the fit at a moment to come (microseconds), should nothing new be known of the profile by then."""
    if not compiled.lists:
        return fit
    on = lists_of(one for one in profile.memberships if one.holds_at(from_micros(moment)))
    values = profile.values | {ON_LIST: on}
    return fit_points(compiled, sum(rule.bit for rule in compiled.fit if matches(rule.nodes, values)))


def read_people(
    tx: Connection, live: Live, compiled: CompiledDefinition, account: int, at: datetime
) -> tuple[Person, ...]:
    """Return the people of an account with what the rules over people count of them at a moment, or later."""
    a, version = ACTIVITY.c, live.definition_id
    window = max(rule.crowd.within for rule in compiled.people if rule.crowd is not None)
    meets = [case((condition(rule.nodes, activity_columns(), version), 1), else_=0) for rule in compiled.people]
    done = (
        select(a.lead_id, a.occurred_at, *meets)
        .join(LEAD, LEAD.c.id == a.lead_id)
        .where(LEAD.c.account_id == account, a.received_at <= at, micros(a.occurred_at) > to_micros(at) - window)
        .where(line_counts(compiled, version))
    )
    deeds: dict[int, list[Deed]] = defaultdict(list)
    for lead_id, occurred_at, *met in tx.execute(done):
        rules = frozenset(rule.id for rule, holds in zip(compiled.people, met, strict=True) if holds)
        deeds[lead_id].append(Deed(to_micros(occurred_at), rules))
    profiles = read_profiles(tx, live, [("lead", lead_id) for lead_id in deeds], at=at)
    return tuple(Person(lead_id, done, _functions(profiles["lead", lead_id])) for lead_id, done in deeds.items())


def _functions(profile: Profile) -> frozenset[str]:
    found = profile.values.get(ROLE)
    return found if isinstance(found, frozenset) else frozenset()
