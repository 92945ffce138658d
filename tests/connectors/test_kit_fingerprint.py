"""Ids of records without any: the same for the same record, another for any other, counted in flat memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors._kit.fingerprint import counting_equals, digest, fingerprint
from penstock.records import Answer, ConsentSaid, Happening, OutcomeSaid, Record

FULL = Record(
    "", at=datetime(2026, 1, 1, tzinfo=UTC), email="m@x.example", person_id="7", company_id="A",
    fields={"a": "1", "b": "2"}, typed=True, happening=Happening("form_submitted", "web"),
    consent=ConsentSaid("nurture", granted=True, wording="w"), answer=Answer("h", "working"),
    outcome=OutcomeSaid("won", 1),
)  # fmt: skip


def test_hash_never_changes() -> None:
    """Ids stand in stores for years: a change here lands every file again as new."""
    assert fingerprint(FULL) == "0c16783163496b1f1777d1efba51e918"


def test_hash_forgets_id_payload_place_and_the_order_of_fields() -> None:
    other = replace(FULL, external_id="x", raw="{}", place="b.csv:9", fields={"b": "2", "a": "1"})
    assert fingerprint(other) == fingerprint(FULL)


@pytest.mark.parametrize(
    "change",
    [
        {"at": None},
        {"email": ""},
        {"person_id": "m@x.example", "email": "7"},
        {"company_id": "B"},
        {"fields": {}},
        {"fields": {"a": "1b", "": "2"}},
        {"typed": False},
        {"happening": None},
        {"happening": Happening("form_submitted", "", "web")},
        {"consent": ConsentSaid("nurture", granted=False, wording="w")},
        {"answer": Answer("h", "working", next_on=date(2026, 1, 1))},
        {"outcome": OutcomeSaid("won", None)},
        {"outcome": OutcomeSaid("lost", 1)},
    ],
)
def test_any_difference_in_what_is_said_is_another_hash(change: dict[str, object]) -> None:
    assert fingerprint(replace(FULL, **change)) != fingerprint(FULL)  # type: ignore[arg-type] # one field each


@given(st.lists(st.sampled_from("abcdefgh"), max_size=60), st.integers(0, 8), st.integers(1, 7))
def test_equals_are_counted_the_same_in_memory_and_in_its_file(words: list[str], kept: int, page: int) -> None:
    hashes = [digest(word) for word in words]
    with counting_equals(kept=kept) as equals:
        found = [number for n in range(0, len(hashes), page) for number in equals.number(hashes[n : n + page])]
    assert found == [words[: n + 1].count(word) for n, word in enumerate(words)]
