"""What changed between two playbooks is said in words, a line a thing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from penstock.playbook.changes import changes
from penstock.playbook.load_files import read_playbook

GOOD = Path(__file__).parent / "cases" / "good"
PUMPS, OPERATIONS, VOCABULARY = "definitions/pumps.yaml", "operations.yaml", "vocabulary.yaml"


def told(tmp_path: Path, file: str, old: str, new: str) -> list[str]:
    shutil.copytree(GOOD, tmp_path / "playbook")
    path = tmp_path / "playbook" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    before, after = read_playbook(GOOD).playbook, read_playbook(tmp_path / "playbook").playbook
    return [*changes(before.deciding, after.deciding), *changes(before.operations, after.operations)]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (PUMPS, "points: 60, strength", "points: 50, strength", "pumps: intent rule rfq: points 60 → 50"),
        (PUMPS, "[water, chemicals]", "[water]", "pumps: fit rule industry: industry no longer chemicals"),
        (PUMPS, "{from: 50, to: 5000}", "{from: 20}",
         "pumps: fit rule size: employees from 50 → 20; employees to is no longer 5000"),
        (PUMPS, "needs: {fit: 40,", "needs: {fit: 45,", "pumps: tier A: needs fit 40 → 45"),
        (PUMPS, "  student: {function: student}", "  student: {function: student}\n  far: {country: DE}",
         "pumps: disqualifier far: new, country DE"),
        (PUMPS, "    pages:     {points: 2, did: page_viewed, at_most: 10, group: small}\n", "",
         "pumps: intent rule pages: gone, it was points 2, at_most 10, group small, did page_viewed"),
        (PUMPS, "cooldown: 60d", "cooldown: 30d", "pumps: cooldown 60 days → 30 days"),
        (PUMPS, "90d: 30 %}", "90d: 20 %}", "pumps: intent fades 90d 30 % → 20 %"),
        (VOCABULARY, "[waterworks, Wasser", "[waterworks, Bewässerung, Wasser",
         "vocabulary, industries: water: spelt now also Bewässerung"),
        (VOCABULARY, "[crm, web-form]", "[web-form, crm]", "vocabulary, trust: in the order web-form or crm"),
        (OPERATIONS, "carl: 1", "carl: 2", "queue inside: members carl 1 → 2"),
        (OPERATIONS, "contact: 4 business", "contact: 2 business",
         "SLA hot: contact 4 business hours → 2 business hours"),
        ("mails/pumps/first.md", "Subject:", "Subject: New", "mail pumps/first: its text changed"),
    ],
    ids=lambda one: one[:50],
)  # fmt: skip
def test_change_is_one_line(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    assert told(tmp_path, file, old, new) == [said]


def test_order_of_tiers_and_a_definition_more_are_said(tmp_path: Path) -> None:
    text = (GOOD / PUMPS).read_text()
    lines = text.splitlines(keepends=True)
    c = next(line for line in lines if line.startswith("  C:"))
    moved = text.replace(c, "").replace("tiers:\n", f"tiers:\n{c}")
    assert told(tmp_path, PUMPS, text, moved) == ["pumps: the order of tiers is now C, A, B"]
    (tmp_path / "playbook" / PUMPS).write_text(text)
    (tmp_path / "playbook" / "more.yaml").write_text("definition: more\ntiers: {A: {branch: none}}\n")
    before, after = read_playbook(GOOD).playbook, read_playbook(tmp_path / "playbook").playbook
    assert changes(before.deciding, after.deciding) == ["definition more: new"]
    assert changes(after.deciding, before.deciding) == ["definition more: gone"]
    assert changes(after.operations, after.operations) == []
