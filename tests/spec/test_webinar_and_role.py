"""A webinar attended by somebody whose role fits is an MQL; where the role is not known, they are asked.

The role is a matter of fit, the webinar of intent, and the tier needs both. Whoever attended without saying what they
do is neither lost nor handed over: a tier of its own leads to the branch *ask* and names the sequence that asks. As
soon as the answer is there, they are decided anew. Roles that are known to be others count against it.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
vocabulary:
  functions:
    engineering: {titles: ["*engineer*", "*konstrukt*", "*ingénieur*"]}
    quality:     {titles: ["*quality*", "*qualität*"]}
    purchasing:  {titles: ["*buyer*", "*einkauf*", "*einkäufer*"]}
definition: hydraulics
fit:
  rules:
    role:       {points: 10, function: [engineering, quality]}
    other-role: {points: -10, function: purchasing}
intent:
  rules:
    webinar:    {points: 20, strength: medium, did: webinar_attended}
    signed-up:  {points: 2, did: webinar_registered}
tiers:
  A:     {needs: {fit: 10, all: [webinar]}, branch: sales}
  asked: {needs: {fit: 0, all: [webinar]}, branch: ask, sequence: your-role}
  C:     {needs: {intent: 1}, branch: nurture}
sequences:
  your-role: {interest: [seals], steps: {first: {mail: role}}}
  general:   {steps: {first: {mail: role}}}
"""
SEEN = ["3d webinar_registered", "1d webinar_attended"]
CASES = [
    Case("attended, and the role fits", {"tier": "A", "stage": "mql", "branch": "sales", "sequence": ""},
         SEEN, {"title": "Leiter Konstruktion"}),
    Case("attended, but the role is not known", {
        "tier": "asked", "stage": "engaged", "branch": "ask", "sequence": "your-role"}, SEEN),
    Case("a title that nobody has listed", {"tier": "asked", "branch": "ask"}, SEEN, {"title": "Wizard"}),
    Case("attended, in another role", {"tier": "C", "branch": "nurture", "sequence": "general"}, SEEN,
         {"title": "Einkäufer"}),
    Case("signed up and did not come", {"tier": "C"}, SEEN[:1], {"title": "Quality manager"}),
    Case("only looked", {"tier": "", "stage": "lead"}, [], {"title": "Quality manager"}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_webinar_needs_a_role_that_fits(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
