"""Weighted signals: points by what was done, caps against repeats, channels in one framework.

A rule gives its points for each activity, weighed by the channel it came through and by its age. ``at_most`` caps the
rule over all activities: ten clicks are not ten times the interest. The sum has a cap as well. Points may be negative;
their ``at_most`` is how far they go down.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
definition: hydraulics
intent:
  at_most: 80
  fades: {30d: 100 %, 60d: 60 %, 90d: 30 %}
  channels: {webinar: 1.2, web: 0.5}
  rules:
    rfq:     {points: 60, strength: high,   did: rfq_submitted, fades: {14d: 100 %, 45d: 50 %}}
    sheet:   {points: 20, strength: medium, did: content_downloaded, at_most: 45}
    webinar: {points: 15, strength: medium, did: webinar_attended}
    click:   {points: 3,  strength: low,    did: email_clicked, at_most: 9}
    careers: {points: -10, did: page_viewed, asset: careers, at_most: -15}
vocabulary:
  assets: {careers: ["*careers*"]}
tiers:
  A: {branch: none}
"""
CASES = [
    Case("a webinar weighs more", {"intent": 18}, ["1d webinar_attended, channel webinar"]),
    Case("the web weighs less", {"intent": 10}, ["1d content_downloaded, channel web"]),
    Case("any other channel weighs one", {"intent": 20}, ["1d content_downloaded, channel pigeon"]),
    Case("ten clicks", {"intent": 9}, ["1d email_clicked"] * 10),
    Case("three sheets under their cap", {"intent": 45}, ["1d content_downloaded"] * 3),
    Case("the sum has a cap", {"intent": 80}, ["1d rfq_submitted", "1d content_downloaded", "1d webinar_attended"]),
    Case("a month old", {"intent": 12}, ["30d content_downloaded"]),
    Case("the last day", {"intent": 6}, ["89d content_downloaded"]),
    Case("the day after", {"intent": 0}, ["90d content_downloaded"]),
    Case("a request fades in its own time", {"intent": 30}, ["14d rfq_submitted"]),
    Case("and ends in it", {"intent": 0}, ["45d rfq_submitted"]),
    Case("points against", {"intent": 5}, ["1d webinar_attended", "1d page_viewed, asset Careers"]),
    Case("and how far they go", {"intent": 0}, ["1d webinar_attended", *["1d page_viewed, asset Careers"] * 5]),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_points_are_weighed_and_capped(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides
