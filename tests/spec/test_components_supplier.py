"""A supplier of components: spec documents, and a form that says where and in what the part will work.

Whoever took the documents and filled in the qualification form with application and usage environment is for sales.
The fields of the form are the playbook's own (``vocabulary.fields``); ``{is: known}`` asks only whether they were
filled in. A form with a gap is completed by mail first.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.operations.nurture import run_nurture
from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided, told

PLAYBOOK = """
vocabulary:
  fields: {application: text, environment: text}
  assets:
    datasheet:          ["*datasheet*", "*datenblatt*"]
    drawing:            ["*drawing*", "*.step"]
    qualification-form: ["*qualification form*"]
definition: cylinders
fit:
  rules:
    application: {points: 20, application: {is: known}}
    environment: {points: 20, environment: {is: known}}
intent:
  rules:
    spec-document: {points: 20, strength: medium, did: content_downloaded, asset: [datasheet, drawing]}
    form:          {points: 30, strength: high, did: form_submitted, asset: qualification-form}
tiers:
  A:     {needs: {fit: 40, all: [spec-document, form]}, branch: sales}
  asked: {needs: {all: [spec-document, form]}, branch: ask, sequence: what-is-missing}
  C:     {needs: {intent: 1}, branch: nurture}
sequences:
  what-is-missing: {interest: [seals], steps: {first: {mail: ask}}}
  general:         {steps: {first: {mail: ask}}}
"""
FILLED = {"application": "clamping in a press", "environment": "dust, 80 °C"}
SPECS, FORM = "9d content_downloaded, asset HX-200.step", "1d form_submitted, asset Qualification form"
CASES = [
    Case("documents, and the whole form", {"tier": "A", "branch": "sales", "fit": 40, "intent": 50}, [SPECS, FORM],
         FILLED),
    Case("the environment is missing", {"tier": "asked", "branch": "ask", "sequence": "what-is-missing"},
         [SPECS, FORM], {"application": "clamping in a press"}),
    Case("the form without a document", {"tier": "C"}, [FORM], FILLED),
    Case("a document without the form", {"tier": "C"}, [SPECS], FILLED),
    Case("another form", {"tier": "C", "sequence": "general"}, [SPECS, "1d form_submitted, asset Newsletter"], FILLED),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_documents_and_form_are_needed(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides


def test_late_nurture_asks_whoever_nurture_on_time_would_have_asked(store: Sessions, now: datetime) -> None:
    told(store, now, PLAYBOOK, CASES[1])
    run_qualify(store, now=now)
    late = run_nurture(store, now=now)
    assert (late.enrolled, late.not_enrolled, late.planned) == (1, {"superseded": 1}, 1)
