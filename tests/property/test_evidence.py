"""A verdict recomputes from its evidence alone: points, what each rule gives, and the tier, by its own version."""

from __future__ import annotations

from hypothesis import HealthCheck, given, note, settings
from sqlalchemy import Connection

from penstock.playbook.tally import tier_of
from penstock.store.engine import Sessions
from penstock.store.evidence import parse, recompute
from tests.property.examples import Example, examples, many
from tests.property.landed import VERSION, Landed


def recomputed(tx: Connection, example: Example, landed: Landed) -> None:
    """Hold every verdict against what its evidence alone says."""
    for (_, place), row in landed.judge(tx, example.definition, example.moments).items():
        evidence, compiled = parse(row.evidence), example.compiled
        again = recompute(tx, compiled, VERSION, evidence, example.moments[place - 1])
        assert (again.fit, again.intent, again.gone) == (row.fit, row.intent, 0)
        assert tier_of(compiled, again.fit, again.rules) == row.tier


@settings(max_examples=many(25), suppress_health_check=list(HealthCheck))
@given(example=examples())
def test_verdict_recomputes_from_its_evidence(stores: list[Sessions], example: Example) -> None:
    note(f"{example.definition!r}\n{example.subjects!r}\n{example.moments!r}")
    landed = Landed(example.definition.subject, example.subjects)
    for store in stores:
        with store.read() as tx:
            landed.write(tx)
            recomputed(tx, example, landed)
