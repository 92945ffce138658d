"""What was probably meant by a name that nobody knows."""

from __future__ import annotations

import pytest

from penstock.nearest import SHOWN, did_you_mean, nearest


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("quailfy", ["ingest", "qualify"], "qualify"),
        ("EMAIL", ["Phone", "E-Mail"], "E-Mail"),
        ("mysql", ["sqlite", "postgresql"], ""),
        ("email", ["Email", "EMAIL"], "Email"),
        ("anything", [], ""),
    ],
)
def test_name_that_looks_most_like_it_is_meant_in_any_case(word: str, known: list[str], found: str) -> None:
    assert nearest(word, known) == found


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("quailfy", ["ingest", "qualify"], 'did you mean "qualify"?'),
        ("xyz", ["ingest", "qualify", "ingest"], "there are ingest, qualify"),
        ("xyz", [], "there are none"),
    ],
)
def test_remedy_names_what_is_meant_else_what_there_is(word: str, known: list[str], said: str) -> None:
    assert did_you_mean(word, known) == said


def test_names_beyond_a_line_are_left_out() -> None:
    assert did_you_mean("?", [f"name-{number}" for number in range(SHOWN + 1)]).endswith(f"name-{SHOWN - 1}, …")
