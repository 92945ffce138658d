"""Which subjects qualify for sales and have no route at all: they go to triage. Asked by qualify, for a batch at
once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from penstock.playbook.compiled import CompiledDefinition
from penstock.playbook.decide import Verdict, branch_of
from penstock.routing.match import route_for, route_values
from penstock.routing.profile import Subject, latest_lines, read_profiles
from penstock.store.playbooks import Live


def takes_everybody(live: Live) -> bool:
    """Return whether some route has no conditions, as the last of most playbooks: then nobody is without one."""
    return any(not route.nodes for route in live.operations.routes.values())


def unroutable(
    tx: Connection, live: Live, compiled: CompiledDefinition, found: Iterable[Verdict]
) -> frozenset[tuple[int, str, datetime]]:
    """Return (subject id, definition, moment) of the verdicts whose tier says sales and that no route takes."""
    if takes_everybody(live):
        return frozenset()
    by_moment: dict[datetime, list[Verdict]] = defaultdict(list)
    for verdict in found:
        if verdict.tier and branch_of(compiled, verdict)[0] == "sales":
            by_moment[verdict.as_of].append(verdict)
    return frozenset(pair for at, some in by_moment.items() for pair in _without_route(tx, live, compiled, some, at))


def _without_route(
    tx: Connection, live: Live, compiled: CompiledDefinition, some: list[Verdict], at: datetime
) -> Iterable[tuple[int, str, datetime]]:
    definition = compiled.definition
    subjects: list[Subject] = [(definition.subject, verdict.subject_id) for verdict in some]
    profiles = read_profiles(tx, live, subjects, at=at)
    lines = {} if definition.applies.line else latest_lines(tx, live, subjects, at=at)
    for subject, verdict in zip(subjects, some, strict=True):
        line = definition.applies.line or lines.get(subject)
        asked = {"tier": verdict.tier, "definition": compiled.id, "exception": branch_of(compiled, verdict)[1]}
        values = route_values(live.operations, profiles[subject], line=line, **asked)
        if route_for(live.operations, values) is None:
            yield verdict.subject_id, compiled.id, at
