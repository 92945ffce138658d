"""Fit and intent both over their thresholds: a maker of parts for medical equipment looks for audited plants.

The company is targeted by segment and by the regions where it is audited; pages on quality documents, a call that was
asked for, and a reply that names the products speak of intent. Either alone leads to mails, not to a call. Fields of
the playbook's own (``vocabulary.fields``) are conditions like any other.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
vocabulary:
  fields: {segment: text, quality_system: text}
  assets: {quality-page: ["*quality*", "*iso 13485*", "*certificate*"]}
  words: {scope: [tubing, connector, luer, assembly]}
definition: medical-parts
fit:
  rules:
    segment:   {points: 30, segment: [infusion, diagnostics, surgery]}
    audited:   {points: 20, quality_system: ["iso 13485", "fda qsr"]}
    in-region: {points: 10, region: [dach, benelux]}
intent:
  rules:
    quality:   {points: 10, did: page_viewed, asset: quality-page, at_most: 20}
    call:      {points: 30, strength: high, did: demo_requested}
    scope:     {points: 30, strength: high, did: email_replied, says: scope}
tiers:
  A: {needs: {fit: 40, intent: 40}, branch: sales}
  C: {branch: nurture}
"""
TARGET = {"segment": "Infusion", "quality_system": "ISO 13485", "country": "DE"}
PAGES = ["9d page_viewed, asset Quality documents", "8d page_viewed, asset ISO 13485 certificate"]
CASES = [
    Case("a target that asks for a call", {"fit": 60, "intent": 50, "tier": "A", "branch": "sales"},
         [*PAGES, "1d demo_requested"], TARGET),
    Case("a reply that names the product", {"intent": 50, "tier": "A"}, [*PAGES, "1d email_replied, text Luer locks?"],
         TARGET),
    Case("pages alone", {"intent": 20, "tier": "C"}, [*PAGES, *PAGES], TARGET),
    Case("another segment", {"fit": 30, "tier": "C"}, [*PAGES, "1d demo_requested"], {**TARGET, "segment": "Dental"}),
    Case("a reply about something else", {"intent": 20, "tier": "C"}, [*PAGES, "1d email_replied, text Thank you"],
         TARGET),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_both_thresholds_are_needed(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
