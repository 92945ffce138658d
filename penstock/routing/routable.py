"""Whether a lead that qualifies has a route at all: without one it goes to triage. Asked by qualify, only for such
leads.
"""

from __future__ import annotations

from sqlalchemy import Connection

from penstock.playbook.compiled import CompiledDefinition
from penstock.playbook.decide import Verdict
from penstock.routing.match import route_for, route_values
from penstock.routing.profile import latest_lines, read_profiles
from penstock.store.playbooks import Live


class Routability:
    """Answers for the verdicts of one definition in the present batch, by the routes that are live now."""

    def __init__(self, tx: Connection, live: Live, compiled: CompiledDefinition, subject: str) -> None:
        self._tx = tx
        self._live = live
        self._definition = compiled.definition
        self._subject = subject
        # Most playbooks end with a route for everybody else: then nothing need be read.
        self._always = any(not route.nodes for route in live.operations.routes.values())

    def __call__(self, found: Verdict) -> bool:
        """Return whether some route takes the subject, as it was known at the moment judged."""
        return self._always or self._has_route(found)

    def _has_route(self, found: Verdict) -> bool:
        of = (self._subject, found.subject_id)
        profile = read_profiles(self._tx, self._live, [of], at=found.as_of)[of]
        line = self._definition.applies.line or latest_lines(self._tx, self._live, [of], at=found.as_of).get(of)
        values = route_values(
            self._live.operations, profile, tier=found.tier, definition=self._definition.definition, line=line
        )
        return route_for(self._live.operations, values) is not None
