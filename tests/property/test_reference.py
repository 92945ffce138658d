"""The compiled statement finds what the reference evaluator finds, on both databases, for any playbook and history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, seed, settings

from penstock.playbook.reference_verdict import ReferenceVerdict
from penstock.playbook.tally import kept_tier
from penstock.store.engine import Sessions
from penstock.store.evidence import Evidence, parse
from penstock.store.types import to_micros
from tests.property.examples import Example, examples, many, wanted
from tests.property.kinds import Counted
from tests.property.landed import Landed

# Of a part: `make test` has one of them, `make test-deep` forty.
FIRST, FURTHER = 500, 100
# A change of what is generated may leave a rare pair of kinds out of the first five hundred examples.
MOST_ROUNDS = 10


def check(example: Example, row: Any, of: ReferenceVerdict) -> None:
    """Hold one verdict against the reference's."""
    edge = None if row.next_change_at is None else to_micros(row.next_change_at)
    assert (row.fit, row.intent, row.tier, row.flags) == (of.fit, of.intent, of.tier, of.flags)
    assert parse(row.evidence) == Evidence(of.fit_mask, of.activities, of.crowd.held, of.crowd.people)
    assert edge == of.next_change_at
    for before, tier in of.kept.items():
        assert kept_tier(example.compiled, row.tier, row.staying, before) == tier


def compare(stores: list[Sessions], example: Example, counted: Counted) -> None:
    """Judge one example by the reference and by each database, and leave nothing behind."""
    landed = Landed(example.definition.subject, example.subjects)
    found = wanted(example, landed)
    counted.add(example, found)
    for store in stores:
        with store.read() as tx:
            landed.write(tx)
            rows = landed.judge(tx, example.definition, example.moments)
        assert rows.keys() == found.keys()
        for key, row in rows.items():
            check(example, row, found[key])


def noted(example: Example) -> Example:
    """Tell all of an example where it fails."""
    note(f"{example.definition!r}\n{example.subjects!r}\n{example.moments!r}")
    return example


def a_round(number: int, body: Callable[[Example], None]) -> None:
    """Go through some examples: the same each time in `make test`, new ones in `make test-deep`."""
    asked = settings(max_examples=FURTHER if number else FIRST, suppress_health_check=list(HealthCheck))
    run = asked(given(example=examples())(body))
    (seed(number)(run) if settings().derandomize else run)()


# It asks for its examples inside, in rounds, so nobody else would take it for a generated test. In parts, as what
# Hypothesis remembers of a run grows with its examples; and each core takes some.
@pytest.mark.hypothesis
@pytest.mark.parametrize("part", range(many(1)))
def test_statement_finds_what_the_reference_finds(stores: list[Sessions], record_property: Any, part: int) -> None:
    counted = Counted()
    for number in range(MOST_ROUNDS):
        a_round(number, lambda example: compare(stores, noted(example), counted))
        if not counted.never():
            break
    record_property("counted", counted.told())
    assert counted.never() == [], f"in part {part}"
