"""Fit over OEM programs and their maturity, design standards, quality systems, testing needs and applications.

What matters to one manufacturer is no field of another, so a playbook names its own (``vocabulary.fields``), as texts
or numbers. Forms, lists and enrichment fill them by their mappings. Conditions ask for them like for any other field:
one of several values, a range, none of these, or that something is known at all.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
vocabulary:
  fields:
    program:         text
    maturity:        text
    design_standard: text
    quality_system:  text
    test_hours:      number
    application:     text
definition: oem
fit:
  at_most: 80
  groups:
    standards: {at_most: 25, title: Standards}
  rules:
    program:       {points: 20, program: {is: known}, title: Works on a named program}
    in-design:     {points: 20, maturity: [concept, prototype]}
    in-series:     {points: -10, maturity: series}
    iso-design:    {points: 15, design_standard: [iso 6020, din 24554], group: standards}
    certified:     {points: 15, quality_system: [iso 9001, iatf 16949], group: standards}
    tests-long:    {points: 15, test_hours: {from: 500}}
    application:   {points: 10, application: {not: [toys, household]}}
tiers:
  A: {needs: {fit: 70}, branch: sales}
  B: {needs: {fit: 30}, branch: nurture}
"""
IDEAL = {
    "program": "Loader 2028", "maturity": "Prototype", "design_standard": "ISO 6020", "quality_system": "IATF 16949",
    "test_hours": 800, "application": "boom lift",
}  # fmt: skip
CASES = [
    Case("a prototype by the standards, up to the cap", {"fit": 80, "tier": "A", "branch": "sales"}, [], IDEAL),
    Case("in series already", {"fit": 60, "tier": "B"}, [], {**IDEAL, "maturity": "series"}),
    Case("one standard of two", {"fit": 80}, [], {**IDEAL, "quality_system": "none"}),
    Case("tests of 499 hours", {"fit": 75, "tier": "A"}, [], {**IDEAL, "test_hours": 499}),
    Case("an application that does not count", {"fit": 80}, [], {**IDEAL, "application": "Toys"}),
    Case("nothing but a program", {"fit": 20, "tier": ""}, [], {"program": "Loader 2028"}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fit_over_the_playbooks_own_fields(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
