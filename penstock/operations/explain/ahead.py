"""What coming onto a target list, or leaving one, will do to the fit; for the next change of an explanation."""

from __future__ import annotations

from penstock.playbook.compiled import CompiledDefinition
from penstock.playbook.conditions import ON_LIST
from penstock.playbook.reference import matches
from penstock.playbook.tally import fit_points
from penstock.routing.listed import lists_of
from penstock.routing.profile import Profile
from penstock.store.types import from_micros, to_micros


def list_edge(compiled: CompiledDefinition, profile: Profile, moment: int) -> int | None:
    """Return when (microseconds) the account next comes onto a list or leaves one, where the definition asks that."""
    if not compiled.lists:
        return None
    ends = (end for one in profile.memberships for end in (one.since, one.until) if end is not None)
    return min((at for at in map(to_micros, ends) if at > moment), default=None)


def fit_ahead(compiled: CompiledDefinition, profile: Profile, fit: int, moment: int) -> int:
    """Return the fit at a moment to come (microseconds), should nothing new be known of the profile by then."""
    if not compiled.lists:
        return fit
    on = lists_of(one for one in profile.memberships if one.holds_at(from_micros(moment)))
    values = profile.values | {ON_LIST: on}
    return fit_points(compiled, sum(rule.bit for rule in compiled.fit if matches(rule.nodes, values)))
