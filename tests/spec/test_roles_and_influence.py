"""Titles become roles, in several languages, and each product says what a role counts for.

The vocabulary maps titles to a function and a seniority by patterns; ``*`` stands for anything, case does not matter,
and one list holds all languages. A stated function goes before the one that is read from the title. What a role counts
for is a matter of each definition: who designs decides on a cylinder, who maintains decides on a spare part.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
vocabulary:
  functions:
    maintenance: {titles: ["*maintenance*", "*instandhalt*", "*mantenimiento*"]}
    quality:     {titles: ["*quality*", "*qualit*", "*calidad*"]}
    purchasing:  {titles: ["*buyer*", "*purchas*", "*einkauf*", "*einkäufer*", "*achat*", "*compras*"]}
    engineering: {titles: ["*engineer*", "*konstrukt*", "*ingénieur*", "*ingenier*", "*entwickl*"]}
  seniorities:
    head:        {titles: ["head of*", "*leiter*", "*directeur*", "*director*", "*jefe*", "*responsable*"]}
definition: cylinders
for: {line: hydraulics}
fit:
  rules:
    designs:  {points: 30, function: engineering}
    assures:  {points: 15, function: quality}
    buys:     {points: 10, function: purchasing}
    decides:  {points: 10, seniority: head}
tiers:
  A: {needs: {fit: 30}, branch: sales}
---
definition: spare-parts
for: {line: seals}
fit:
  rules:
    repairs:  {points: 30, function: maintenance}
    buys:     {points: 20, function: purchasing}
    decides:  {points: 5, seniority: head}
tiers:
  A: {needs: {fit: 25}, branch: sales}
"""
WROTE = [
    ("Head of Engineering", 40, 5), ("Leiter Konstruktion", 40, 5), ("Directeur ingénieur", 40, 5),
    ("Ingeniera de desarrollo", 30, 0), ("DESIGN ENGINEER", 30, 0), ("Maintenance engineer", 0, 30),
    ("Leiterin Instandhaltung", 10, 35), ("Jefe de mantenimiento", 10, 35), ("Responsable qualité", 25, 5),
    ("Acheteur", 0, 0), ("Responsable achats", 20, 25), ("Einkäufer", 10, 20), ("Wizard", 0, 0),
]  # fmt: skip
CASES = [
    *(
        Case(title, {"cylinders": {"fit": of_cylinders}, "spare-parts": {"fit": of_parts}}, [], {"title": title})
        for title, of_cylinders, of_parts in WROTE
    ),
    Case("a stated function goes before the title", {"cylinders": {"fit": 10, "tier": ""}}, [],
         {"title": "Design engineer", "function": "purchasing"}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_role_counts_by_product(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
