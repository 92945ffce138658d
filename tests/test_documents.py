"""The documents are true: every word is defined once and shortly, every link leads somewhere, the version is told."""

from __future__ import annotations

import re

import pytest

from penstock import records
from tests.repository import ROOT, files, project

ENTRY = re.compile(r"^- \*\*(.+?)\*\*: (.+)$", re.MULTILINE)
LINK = re.compile(r"\[[^]]*]\((?!https?:|mailto:|#)([^)#\s]+)")
# What code, tables, YAML and commands are written in.
WORDS = """
lead, account, activity, fact, feed, stream, cursor, page, source, playbook, definition, rule, condition,
gate, fit, intent, tier, motion, disqualifier, evidence, moment, decision, reason, handoff, queue, rep,
assignment, working, SLA, clock, warning, breach, escalation, disposition, outcome, triage, sequence, step,
enrolment, content, message, outbox, rail, delivery event, suppression, consent, quarantine, sales, assisted,
nurture, ask, out, none, baseline
"""


def entries() -> list[tuple[str, str]]:
    return ENTRY.findall((ROOT / "GLOSSARY.md").read_text(encoding="utf-8"))


def test_glossary_defines_every_word_of_ours_once() -> None:
    defined = [word for word, _ in entries()]
    assert {word.strip() for word in WORDS.split(",")} - set(defined) == set()
    assert len(defined) == len(set(defined))


def test_glossary_takes_two_sentences_a_word() -> None:
    assert {word for word, told in entries() if len(re.findall(r"\.(?:\s|$)", told)) != 2} == set()


def test_what_sales_may_answer_is_in_the_glossary() -> None:
    assert set(records.ANSWERS) <= {word for word, _ in entries()}


@pytest.mark.parametrize("path", [path for path in files() if path.endswith(".md") and "/" not in path])
def test_links_between_documents_lead_somewhere(path: str) -> None:
    targets = LINK.findall((ROOT / path).read_text(encoding="utf-8"))
    assert [target for target in targets if not (ROOT / path).parent.joinpath(target).exists()] == []


def test_changelog_tells_the_version() -> None:
    assert project()["project"]["version"] in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_readme_names_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme
    assert "make test" in readme
