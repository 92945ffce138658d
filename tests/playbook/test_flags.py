"""The bits of a verdict's flags: each says one thing."""

from __future__ import annotations

from penstock.playbook.compiled import ENGAGED, SOURCE_UNKNOWN, compile_definition
from penstock.playbook.definition import Definition


def test_each_flag_is_a_bit_of_its_own() -> None:
    out = {f"o{number}": {"country": "DE"} for number in range(3)}
    look = {f"t{number}": {"country": "AT"} for number in range(2)}
    tiers = {"A": {"needs": {"fit": 1}, "branch": "sales"}}
    said = {"definition": "d", "tiers": tiers, "disqualify": out, "triage": look}
    bits = [ENGAGED, SOURCE_UNKNOWN, *(flag.bit for flag in compile_definition(Definition.model_validate(said)).flags)]
    assert [bit.bit_count() for bit in bits] == [1] * 7
    assert len(set(bits)) == 7
