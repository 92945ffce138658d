"""How many of what, as people say it."""

from __future__ import annotations

import pytest

from penstock.counts import counted


@pytest.mark.parametrize(
    ("count", "name", "said"),
    [
        (0, "row", "0 rows"),
        (1, "row", "1 row"),
        (2, "row", "2 rows"),
        (1_200, "lead", "1,200 leads"),
        (1, "activity", "1 activity"),
        (3, "activity", "3 activities"),
        (2, "day", "2 days"),
        (2, "address", "2 addresses"),
        (2, "touch", "2 touches"),
        (1, "person", "1 person"),
        (2, "person", "2 people"),
        (2, "oddity", "2 oddities"),
        (1, "new account", "1 new account"),
        (2, "new account", "2 new accounts"),
        (2, "high signal", "2 high signals"),
    ],
)
def test_one_is_singular_and_all_else_plural(count: int, name: str, said: str) -> None:
    assert counted(count, name) == said
