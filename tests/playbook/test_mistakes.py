"""Every mistake in a playbook is said with file, line and what to do, and all of them at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from penstock.errors import FileError, Problem
from penstock.playbook.check import check_playbook
from penstock.playbook.load import load_playbook
from penstock.playbook.load_files import read_playbook
from tests.playbook.mistakes import GRADES, OF_FORM, OF_SENSE, Mistake

GOOD = Path(__file__).parent / "cases" / "good"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(GOOD, tmp_path / "playbook")
    return tmp_path / "playbook"


def make(folder: Path, mistake: Mistake) -> str:
    """Make the mistake and return the place where it should be found."""
    path = folder / mistake.file
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    assert mistake.old in text
    changed = text.replace(mistake.old, mistake.new, 1)
    path.write_text(changed, encoding="utf-8")
    at = mistake.at or mistake.new or mistake.old
    return f"playbook/{mistake.file}:{changed.count(chr(10), 0, changed.index(at)) + 1}"


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(FileError) as caught:
        load_playbook(folder)
    assert caught.value.exit_code == 3
    return caught.value.problems


def test_good_playbook_has_nothing_to_say(folder: Path) -> None:
    checked = check_playbook(read_playbook(folder))
    assert (checked.errors, checked.warnings) == ((), ())


@pytest.mark.parametrize("mistake", [*OF_FORM, *OF_SENSE], ids=lambda mistake: mistake.name)
def test_mistake_is_said_with_place_and_remedy(folder: Path, mistake: Mistake) -> None:
    place = make(folder, mistake)
    said = [str(problem) for problem in problems(folder)]
    assert any(line.startswith(f"{place}: ") and mistake.what in line and mistake.remedy in line for line in said), said


@pytest.mark.parametrize("mistake", [*OF_FORM, *OF_SENSE], ids=lambda mistake: mistake.name)
def test_one_mistake_is_said_once(folder: Path, mistake: Mistake) -> None:
    make(folder, mistake)
    assert len({(problem.file, problem.line, problem.what) for problem in problems(folder)}) <= 3


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("vocabulary.yaml", "vocabulary:", "vocabulery:"),
        ("vocabulary.yaml", "  industries:", "  industrys:"),
        ("vocabulary.yaml", "  fields:", "  feilds:"),
        ("vocabulary.yaml", "heads: number", "heads: numeric"),
        ("vocabulary.yaml", 'assets: ["P-*"]', 'asets: ["P-*"]'),
        ("operations.yaml", "people:", "peopel:"),
        ("operations.yaml", "sequences:", "sequenses:"),
        ("definitions/pumps.yaml", "definition: pumps", "definiton: pumps"),
    ],
)
def test_misspelt_section_accuses_nothing_that_asks_for_what_stands_in_it(
    folder: Path, file: str, old: str, new: str
) -> None:
    path = folder / file
    path.write_text(path.read_text().replace(old, new, 1))
    [problem] = problems(folder)
    assert problem.file == f"playbook/{file}"


def test_section_that_is_there_is_not_taken_from_a_misspelt_one(folder: Path) -> None:
    (folder / "more.yaml").write_text("gaols: {agreed: [Another]}\n")
    assert [str(problem) for problem in problems(folder)] == [
        "playbook/more.yaml:1: the section gaols is unknown; did you mean goals?"
    ]


def test_mistakes_of_all_files_are_said_at_once(folder: Path) -> None:
    (folder / "operations.yaml").write_text("routes: {a: {two: b}}\nqueue: {}\n")
    (folder / "definitions" / "pumps.yaml").write_text("definition: pumps\ntires: {}\n")
    (folder / "vocabulary.yaml").write_text("vocabulary:\n\tsources: {}\n")
    said = {problem.file for problem in problems(folder)}
    assert said == {
        "playbook",
        "playbook/operations.yaml",
        "playbook/definitions/pumps.yaml",
        "playbook/vocabulary.yaml",
    }


def test_missing_folder_is_said(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "playbook")
    assert "there is no such folder" in problem.what
    assert "penstock init DIR" in problem.remedy


def test_empty_folder_lacks_a_definition_and_a_sender(tmp_path: Path) -> None:
    [lacking] = problems(tmp_path)
    assert lacking.what == "sender is missing"
    assert lacking.remedy == "add sender: {name: …, email: …, company: …, postal_address: …}"
    shutil.copy(GOOD / "operations.yaml", tmp_path)
    assert [problem.what for problem in problems(tmp_path)] == ["there is no definition"]


def test_file_of_another_name_or_encoding_is_said(folder: Path) -> None:
    (folder / "more.yml").write_text("goals: {}\n")
    (folder / "latin.yaml").write_bytes("goals: {agreed: [Grüße]}\n".encode("latin-1"))
    (folder / "mails" / "latin.md").write_bytes("Subject: Grüße\n".encode("latin-1"))
    assert [str(problem) for problem in problems(folder)] == [
        "playbook/latin.yaml: the file is not UTF-8; save it as UTF-8 in your editor",
        "playbook/mails/latin.md:1: the file is not UTF-8; save it as UTF-8 in your editor",
        "playbook/more.yml: only files called *.yaml are read; call it more.yaml",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("operations.yaml", "mail: hello", "mail: pumps/second", "no step sends this mail"),
        ("operations.yaml", "calendar: kiel, manager: dora, spelt", "calendar: kiel, spelt", "anna has no manager"),
        ("operations.yaml", "at_most: 10, sla: hot, if_nobody: inside", "at_most: 10, sla: hot", "nobody takes from"),
        ("operations.yaml", "to: specialists", "to: inside", "no route leads to specialists"),
        ("operations.yaml", "sla:\n", "sla:\n  cold: {contact: 2d}\n", "no queue has the SLA cold"),
        ("operations.yaml", "{marketing: {US", "{news: {US", "no sequence has the purpose news"),
        (
            "operations.yaml",
            "  general:\n",
            "  other: {steps: {a: {mail: hello}}}\n  general:\n",
            "nobody gets general",
        ),
        ("definitions/pumps.yaml", "{at_most: 15,", "{at_most: 20,", "the cap of small is never reached: its rules"),
        (
            "definitions/pumps.yaml",
            "intent: 40, signals: {high: 1, medium: 2}",
            "signals: {medium: 1}",
            "one download alone reaches B: datasheet 36 by event",
        ),
        (
            "definitions/pumps.yaml",
            "tiers:",
            "grades: {fit: {A: 40}, intent: {1: 60}}\ntiers:",
            "no tier needs a grade",
        ),
        (
            "definitions/pumps.yaml",
            "tiers:\n",
            f"{GRADES}  H: {{needs: {{grades: [B2, B1]}}, branch: sales}}\n",
            "B1 never",
        ),
        ("operations.yaml", "holidays: DE-SH", "closed: [2026-12-24, 2026-12-24]", "2026-12-24 stands twice"),
    ],
)
def test_what_may_be_meant_is_a_warning(folder: Path, file: str, old: str, new: str, what: str) -> None:
    path = folder / file
    path.write_text(path.read_text().replace(old, new, 1))
    checked = check_playbook(read_playbook(folder))
    assert checked.errors == ()
    assert any(what in str(warning) for warning in checked.warnings)


def test_comment_and_order_of_files_change_nothing(folder: Path) -> None:
    before = load_playbook(folder)
    text = (folder / "operations.yaml").read_text()
    cut = text.index("people:")
    (folder / "operations.yaml").write_text(f"# who gets what\n{text[:cut]}")
    (folder / "a-team.yaml").write_text(text[cut:])
    assert load_playbook(folder) == before
