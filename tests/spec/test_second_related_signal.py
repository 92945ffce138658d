"""Two steps: one signal makes a lead engaged, a second one on the same interest makes it an MQL.

A related rule (below ``intent.related``) counts activities that other rules found, where they are about one interest:
the same product line, or the same kind of asset. ``within`` says how close together they must lie. It gives its points
once, and a gate may name it like any other rule. It holds as long as enough of the activities behind it still count.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
definition: everything
intent:
  rules:
    download: {points: 20, strength: medium, did: content_downloaded, at_most: 20}
    webinar:  {points: 15, strength: medium, did: webinar_attended}
    page:     {points: 2, did: page_viewed}
  related:
    second:   {points: 25, strength: high, of: [download, webinar], same: line, within: 30d, fades: {60d: 100 %}}
tiers:
  A: {needs: {all: [second]}, branch: sales}
"""
ENGAGED, MQL = {"tier": "", "stage": "engaged"}, {"tier": "A", "stage": "mql"}
CASES = [
    Case("the first signal", ENGAGED, ["9d content_downloaded, asset HX-200 datasheet"]),
    Case("the second, on the same line", MQL | {"intent": 60}, [
        "9d content_downloaded, asset HX-200 datasheet", "1d webinar_attended, line hydraulics"]),
    Case("the second on another line", ENGAGED | {"intent": 35}, [
        "9d content_downloaded, asset HX-200 datasheet", "1d webinar_attended, line seals"]),
    Case("one that names no line is related to nothing", ENGAGED, [
        "9d content_downloaded, asset HX-200 datasheet", "1d webinar_attended"]),
    Case("a page view is no second signal", ENGAGED, [
        "9d content_downloaded, asset HX-200 datasheet", "1d page_viewed, asset HX-200 datasheet"]),
    Case("thirty days apart is close enough", MQL, [
        "31d content_downloaded, asset HX-200 datasheet", "1d webinar_attended, line hydraulics"]),
    Case("thirty-one is not", ENGAGED, [
        "32d content_downloaded, asset HX-200 datasheet", "1d webinar_attended, line hydraulics"]),
    Case("it ends when the first no longer counts", ENGAGED, [
        "60d content_downloaded, asset HX-200 datasheet", "40d webinar_attended, line hydraulics"]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_second_related_signal_qualifies(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides


BOTH_EARLY = """
vocabulary:
  assets:
    datasheet: {spelt: ["*datasheet*"], content_stage: early}
    guide: {spelt: ["*guide*"], content_stage: early}
"""


@pytest.mark.parametrize(("asset", "found"), [("SEAL-7 datasheet", MQL), ("HX-200 guide", ENGAGED)])
def test_kinds_of_asset_are_told_apart_in_one_stage_of_content(
    store: Sessions, now: datetime, asset: str, found: dict[str, str]
) -> None:
    case = Case(
        "asset", found, ["9d content_downloaded, asset HX-200 datasheet", f"1d webinar_attended, asset {asset}"]
    )
    assert decided(store, now, BOTH_EARLY + PLAYBOOK.replace("same: line", "same: asset"), case) == case.decides
