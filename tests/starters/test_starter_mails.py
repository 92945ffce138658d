"""The mails of the starters are worth reading: each says one thing that can be checked, and no two say the same."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import permutations

import pytest

from tests.starters.catalogue import STARTERS, bodies, operations

pytestmark = pytest.mark.parametrize("starter", STARTERS)
MARKETING = re.compile(
    r"solution|world.class|leading|cutting.edge|best.in.class|innovative|synerg|unlock|leverage|seamless|game.chang|"
    r"state.of.the.art|take .* to the next level|don't miss|hurry|exclusive|!",
    re.IGNORECASE,
)


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("with_content", [True, False])
def test_every_body_quotes_the_catalogue_for_its_product(starter: str, with_content: bool) -> None:
    for body in bodies(starter, with_content=with_content):
        quotable = [words for item in body.offered for words in (item.title, *item.facts)]
        assert [words for words in quotable if words in flat(body.text)], body.step


def test_no_two_bodies_are_much_alike(starter: str) -> None:
    for one, other in permutations(bodies(starter), 2):
        assert SequenceMatcher(None, one.text, other.text).ratio() <= 0.5, (one.step, other.step)


def test_every_offered_item_is_linked(starter: str) -> None:
    for body in bodies(starter):
        assert body.offered, body.step
        assert all(item.url in body.text for item in body.offered), body.step


def test_bodies_are_short_and_plain(starter: str) -> None:
    for body in bodies(starter):
        assert 35 <= len(body.text.split()) <= 130, body.step
        assert not MARKETING.search(body.text), body.step


def test_items_offered_fit_the_interest_of_their_sequence(starter: str) -> None:
    own = operations(starter)
    for sequence in own.sequences.values():
        for step in sequence.steps.values():
            for item in step.content if sequence.interest else ():
                assert set(own.content[item].interest) <= set(sequence.interest)


def test_catalogue_has_facts_for_every_item(starter: str) -> None:
    content = operations(starter).content
    assert len(content) >= 12
    assert all(item.facts for item in content.values())
