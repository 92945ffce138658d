"""What a lead did, as a sentence that a rep reads."""

from __future__ import annotations

import pytest

from penstock.playbook.vocabulary import Vocabulary
from penstock.routing.phrases import did

SAID = [
    ("rfq_submitted", ["/quote"], "asked for a quote on the page /quote"),
    ("rfq_submitted", ["AZ 250 cylinder"], "asked for a quote on AZ 250 cylinder"),
    ("rfq_submitted", ["AZ 250", "https://x.example/q"], "asked for a quote on AZ 250 on the page https://x.example/q"),
    ("form_submitted", ["/contact", "/call-me"], "filled in a form on the pages /contact and /call-me"),
    ("page_viewed", ["/pricing"], "looked at /pricing"),
    ("content_downloaded", ["Seal guide"], "downloaded Seal guide"),
    ("demo_requested", [], "asked for a demo"),
]


@pytest.mark.parametrize(("kind", "assets", "said"), SAID)
def test_page_is_where_it_was_done_and_not_what_it_was_about(kind: str, assets: list[str], said: str) -> None:
    assert did(Vocabulary(), kind, assets) == said
