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


HEARD = [
    ("form_submitted", [], ["lead time"], "wrote about lead time in a form"),
    ("form_submitted", ["/contact"], ["lead time"], "wrote about lead time in a form on the page /contact"),
    ("form_submitted", ["Call-back"], ["lead time", "price"], "wrote about lead time and price in the form Call-back"),
    ("email_replied", ["HX-200 tips"], ["price"], "wrote about price in a reply to our mail HX-200 tips"),
    ("form_submitted", ["/contact"], [], "filled in a form on the page /contact"),
    ("rfq_submitted", [], ["lead time"], "asked for a quote"),
]


@pytest.mark.parametrize(("kind", "assets", "spoken", "said"), HEARD)
def test_what_they_wrote_about_is_told_before_how_it_came(
    kind: str, assets: list[str], spoken: list[str], said: str
) -> None:
    assert did(Vocabulary(), kind, assets, spoken) == said
