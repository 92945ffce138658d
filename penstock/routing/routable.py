"""Whether a lead that qualifies has a route at all: without one it goes to triage. Asked by qualify, only for such
leads."""

from __future__ import annotations

from sqlalchemy import Connection

from penstock.playbook.compiled import CompiledDefinition
from penstock.playbook.decide import Verdict
from penstock.store.playbooks import Live


class Routability:
    """Answers for the verdicts of one definition in the present batch."""

    def __init__(self, tx: Connection, live: Live, compiled: CompiledDefinition, subject: str) -> None:
        self.tx = tx
        self.live = live
        self.compiled = compiled
        self.subject = subject
        self.always = any(not route.nodes for route in live.operations.routes.values())

    def __call__(self, found: Verdict) -> bool:
        """Return whether some route takes the subject."""
        return self.always
