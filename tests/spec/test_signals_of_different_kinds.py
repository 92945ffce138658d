"""One high signal, or two medium ones of different kinds.

A gate counts signals by their strength. With ``different: kinds`` two signals are two kinds of activity: however many
rules one activity hits, and however often it is repeated, it is one signal. So a form fill or a download alone, a
single low or a single medium signal never qualifies; one high signal does, and so do two medium ones that differ.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
definition: hydraulics
intent:
  rules:
    rfq:      {points: 60, strength: high,   did: rfq_submitted}
    download: {points: 20, strength: medium, did: content_downloaded}
    sheet:    {points: 20, strength: medium, asset: datasheet}
    webinar:  {points: 15, strength: medium, did: webinar_attended}
    urgent:   {points: 10, strength: medium, says: urgent}
    form:     {points: 8,  strength: low,    did: form_submitted}
    page:     {points: 2,  strength: low,    did: page_viewed}
tiers:
  A: {needs: {signals: {high: 1, medium: 2, different: kinds}}, branch: sales}
"""
NO, YES = {"tier": "", "stage": "engaged"}, {"tier": "A", "stage": "mql"}
CASES = [
    Case("one high signal is enough", YES, ["1d rfq_submitted"]),
    Case("a form fill alone", NO, ["1d form_submitted"]),
    Case("a download alone", NO, ["1d content_downloaded, asset Sizing guide"]),
    Case("a download that hits two medium rules", NO, ["1d content_downloaded, asset HX-200 datasheet"]),
    Case("two downloads are of one kind", NO, ["1d content_downloaded, asset A", "2d content_downloaded, asset B"]),
    Case("a medium one and any number of low ones", NO, ["1d webinar_attended", "1d form_submitted", "1d page_viewed"]),
    Case("a download and a webinar", YES, ["1d content_downloaded", "9d webinar_attended"]),
    Case("an urgent form and a webinar", YES, ["1d form_submitted, text urgent", "9d webinar_attended"]),
    Case("a webinar question is one signal", NO, ["1d webinar_attended, text urgent: a leak"]),
    Case("what no longer counts is no signal", NO, ["1d content_downloaded", "90d webinar_attended"]),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_two_signals_are_two_kinds_of_activity(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
