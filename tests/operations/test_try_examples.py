"""A playbook's own examples go through the real fold: what differs is said, and every sort of history can be told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from penstock.errors import FileError
from penstock.operations.try_examples import Tried, try_examples
from penstock.playbook.load_examples import read_examples
from tests.cast import OPERATIONS
from tests.history import HYDRAULICS, playbook

ACCOUNTS = {
    "definition": "accounts", "subject": "account", "fit": {"rules": {"key": {"points": 20, "on_list": "key"}}},
    "intent": {"rules": {"opportunity": {"points": 30, "did": "opportunity_opened"}}},
    "tiers": {"A": {"needs": {"intent": 30}, "branch": "sales"}},
}  # fmt: skip
AGREED = playbook(HYDRAULICS, ACCOUNTS, **OPERATIONS)
JANA = "lead: {title: Engineer, industry: Maschinenbau, employees: 100, country: DE, source: Website}"
RFQ = "did: [{ago: 3d, did: rfq_submitted}]"


def tried(folder: Path, *lines: str) -> Tried:
    (folder / "examples.yaml").write_text("examples:\n  one:\n" + "".join(f"    {line}\n" for line in lines))
    (one,) = try_examples(AGREED, read_examples(folder, AGREED)).examples
    return one


@pytest.mark.parametrize(
    "lines",
    [
        (JANA, RFQ, "expect: {hydraulics: {tier: A, branch: sales, stage: mql, fit: 55, queue: engineers}}"),
        (JANA, "did: [{ago: 44d, did: rfq_submitted}]", "expect: {hydraulics: {tier: C, intent: 30}}"),
        (JANA, "did: [{ago: 45d, did: rfq_submitted}]", "expect: {hydraulics: {tier: none, branch: none}}"),
        ("lead: {title: Student, source: web}", RFQ, "expect: {hydraulics: {branch: out, reason: student}}"),
        ("lead: {source: who knows}", "expect: {hydraulics: {branch: triage, queue: none}}"),
        ("lead: {source: web}", "account: {industry: machinery}", "expect: {hydraulics: {fit: 25}}"),
        (JANA, RFQ, "sales: [{ago: 2d, says: rejected, reason: no-need}]", "expect: {hydraulics: {branch: nurture}}"),
        (JANA, RFQ, "sales: [{ago: 2d, says: accepted}]", "expect: {hydraulics: {stage: sql}}"),
        (JANA, RFQ, "sales: [{says: working}]", "expect: {hydraulics: {stage: working}}"),
        (JANA, RFQ, "sales: [{ago: 1d, says: won}]", "expect: {hydraulics: {stage: customer, queue: none}}"),
        ("lead: {title: Student, country: DE, source: web, industry: machinery}", RFQ,
         "lifted: [{ago: 1d, disqualifier: student, reason: Buys for her father's plant}]",
         "expect: {hydraulics: {branch: nurture, tier: C, reason: 'lifted by hand: student'}}"),
        ("lead: {title: Student, source: web}", RFQ, "lifted: [{disqualifier: student}]",
         "expect: {hydraulics: {branch: nurture}}"),
        ("account: {company: Firm}", "on_lists: [{list: Key accounts, origin: Vertrieb, since: 9d}]",
         "did: [{did: opportunity_opened}]", "expect: {accounts: {fit: 20, queue: inside}}"),
        ("account: {company: Firm}", "on_lists: [{list: Key accounts, until: 1d}]", "expect: {accounts: {fit: 0}}"),
        ("account: {company: Firm}", "did: [{did: opportunity_opened}]", "expect: {accounts: {queue: inside}}"),
        (JANA, "account: {company: Firm}", "expect: {accounts: {tier: none}, hydraulics: {tier: none}}"),
        (JANA, "colleagues: {tom: {did: [{did: rfq_submitted}]}}", "expect: {hydraulics: {intent: 0}}"),
    ],
    ids=lambda lines: lines[-1],
)  # fmt: skip
def test_history_is_told_and_decided(tmp_path: Path, lines: tuple[str, ...]) -> None:
    assert tried(tmp_path, *lines).ok, tried(tmp_path, *lines)


def test_difference_is_said_with_place_and_why(tmp_path: Path) -> None:
    one = tried(tmp_path, JANA, "did: [{did: page_viewed}]", "expect: {hydraulics: {tier: A, fit: 55, intent: 3}}")
    said = [(d.definition, d.what, d.expected, d.found) for d in one.differences]
    assert said == [("hydraulics", "tier", "A", "none"), ("hydraulics", "intent", "3", "2.5")]
    assert (one.file, one.line) == (f"{tmp_path.name}/examples.yaml", 2)
    assert "not A: intent 60: has 2.5" in "\n".join(one.why)
    assert one.why[0] == "hydraulics: fit 55, intent 2.5; decided as no tier: fit 55, intent 2.5"


def test_value_that_means_nothing_is_told_with_a_difference(tmp_path: Path) -> None:
    lead = "lead: {industry: Machine building, employees: 820, title: Design Engineer}"
    one = tried(tmp_path, lead, "expect: {hydraulics: {fit: 55}}")
    assert 'industry "Machine building" is in no spelling of the vocabulary' in one.why


def test_answer_to_no_handoff_fails_the_example_alone(tmp_path: Path) -> None:
    one = tried(tmp_path, JANA, "sales: [{ago: 2d, says: working}]", "expect: {hydraulics: {tier: none}}")
    assert (one.ok, one.failed) == (False, "sales has nothing to answer 2 days ago: nothing was handed over by then")


def said(folder: Path, text: str) -> list[str]:
    (folder / "examples.yaml").write_text(text)
    with pytest.raises(FileError) as caught:
        read_examples(folder, AGREED)
    return [str(one).removeprefix(f"{folder.name}/") for one in caught.value.problems]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("expect: {hydraulic: {tier: A}}", 'there is no definition "hydraulic"; did you mean hydraulics?'),
        ("expect: {hydraulics: {tier: D}}", 'there is no tier "D"'),
        ("expect: {hydraulics: {branch: sale}}", 'there is no branch "sale"; did you mean sales?'),
        ("expect: {hydraulics: {tire: A}}", "tire is unknown here; did you mean tier?"),
        ("expect: {hydraulics: {queue: outside}}", 'there is no queue "outside"; did you mean inside?'),
        ("did: [{did: rfq_submited}]", 'there is no activity kind "rfq_submited"; did you mean rfq_submitted?'),
        ("did: [{did: rfq_submitted, ago: long}]", '"long" is no length of time'),
        ("did: [{did: rfq_submitted, ago: 2 business days}]", "ago counts plain time; write for example 10d"),
        ("sales: [{says: rejected, reason: no-ned}]", 'there is no reason "no-ned"; did you mean no-need?'),
        ("sales: [{says: rejected}]", 'there is no reason "reason"'),
        ("lifted: [{disqualifier: studnt}]", 'there is no disqualifier of leads "studnt"; did you mean student?'),
        ("on_lists: [{list: Key accounts, since: 2 business days}]", "ago counts plain time; write for example 10d"),
        ("lead: {employes: 5}", 'there is no profile field "employes"; did you mean employees?'),
    ],
)
def test_mistake_in_an_example_is_said_with_its_line(tmp_path: Path, line: str, what: str) -> None:
    rest: list[Any] = [part for part in ("lead: {}", "expect: {hydraulics: {}}") if part[:4] != line[:4]]
    text = "\n".join(["examples:", "  one:", *(f"    {part}" for part in rest), f"    {line}", ""])
    (problem,) = said(tmp_path, text)
    assert problem.startswith(f"examples.yaml:{text.count(chr(10))}: ")
    assert what in problem


def test_missing_or_empty_examples_are_said(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there are no examples; write one"):
        read_examples(tmp_path, AGREED)
    assert said(tmp_path, "") == ["examples.yaml: examples is missing; add examples: …"]
    assert said(tmp_path, "examples:\n  one: {expect: {hydraulics: {}}}\n") == [
        "examples.yaml:2: the example is about nobody; say who: lead: {…}, or account: {…}"
    ]
