"""Whoever is in a tier stays in it as the reference says, moment by moment, for many subjects in one batch."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from penstock.playbook.compile import verdicts
from penstock.playbook.compiled import compile_definition
from penstock.playbook.reference_verdict import Reference
from penstock.store import batch
from penstock.store.engine import Sessions, table
from penstock.store.staying import let_stay
from penstock.store.tables import Score
from penstock.store.types import from_micros, to_micros
from tests.property.playbooks import DAY, NOW
from tests.property.test_reference import AS_OF, EXAMPLES, TERMS, TRUST, VERSION, Example, Landed

AGES = [20 * DAY, 12 * DAY, 3 * DAY, 0]
SCORE = {"fit": 0, "intent": 0, "as_of": AS_OF, "version_id": VERSION}


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(example=EXAMPLES, many=st.integers(2, len(AGES)), began=st.sampled_from(["", "T0", "T1", "T2"]))
def test_moments_are_gone_through_in_order(store: Sessions, example: Example, many: int, began: str) -> None:
    definition = example.definition
    note(f"{definition!r}\n{example.subjects!r}")
    compiled = compile_definition(definition)
    moments = [NOW - age for age in AGES[-many:]]
    with store.engine.connect() as tx:
        tx.exec_driver_sql("BEGIN") if store.is_sqlite else None
        landed = Landed(tx, definition.subject)
        for number, subject in enumerate(example.subjects, start=1):
            landed.add(number, *subject)
        batch.prepare(tx)
        rows: list[dict[str, Any]] = [
            {"subject_id": of, "as_of": from_micros(at), "live_at": None, "version_id": VERSION, "place": place}
            for of in landed.facts
            for place, at in enumerate(moments, start=1)
        ]
        tx.execute(insert(batch.BATCH), rows)
        scores = [
            {"subject": definition.subject, "subject_id": of, "definition": "d", "tier": began, **SCORE}
            for of in landed.facts
        ]
        tx.execute(insert(table(Score)), scores)
        tx.execute(verdicts(definition, TRUST, tx.dialect.name), {"version": VERSION})
        let_stay(tx, definition.subject, {(VERSION, "d"): compiled})
        found = {(row.subject_id, to_micros(row.as_of)): row.tier for row in tx.execute(select(batch.VERDICT))}
        tx.rollback()
    reference = Reference(compiled, TERMS, TRUST)
    for of in landed.facts:
        tier = began
        for at in moments:
            said = (landed.facts[of], landed.activities[of], at, tier, landed.people[of], landed.listed[of])
            tier = reference.judge(*said).tier
            assert found[of, at] == tier
