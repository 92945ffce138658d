"""What people write reaches the word lists that the starters' rules ask for, and nothing else does."""

from __future__ import annotations

from itertools import chain

import pytest

from penstock.playbook.terms import Terms
from tests.starters.catalogue import loaded
from tests.starters.messages import MESSAGES

CASES = [(of, name, text) for of, lists in MESSAGES.items() for name, texts in lists.items() for text in texts]


def heard(starter: str, text: str) -> set[str]:
    """Return the word lists of a starter that hear a message."""
    terms = Terms(loaded(starter).playbook.deciding.vocabulary)
    return {term for _, term in terms.of("text", text)}


@pytest.mark.parametrize(("starter", "name", "text"), CASES)
def test_message_is_heard_by_the_list_that_is_meant(starter: str, name: str, text: str) -> None:
    lists = heard(starter, text) & set(MESSAGES[starter])
    assert name in lists if name else not lists


@pytest.mark.parametrize("starter", MESSAGES)
def test_nothing_planned_or_asked_in_passing_is_taken_for_an_emergency(starter: str) -> None:
    urgent = {"emergency", "downtime"}
    others = chain.from_iterable(texts for name, texts in MESSAGES[starter].items() if name not in urgent)
    assert [text for text in others if heard(starter, text) & urgent] == []
