"""One YAML file as plain values with their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.playbook.load_yaml import Document, read_yaml


def read(folder: Path, text: str) -> Document:
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    return read_yaml(folder / "a.yaml", "a.yaml")


def test_words_that_older_yaml_took_for_something_else_stay_words(tmp_path: Path) -> None:
    text = "a: [no, on, NO, 08:00, 2026-12-24, 1_0x]\nb: [1, 1.5, true, null, ~]\n012: x\n"
    value = read(tmp_path, text).value
    assert value["a"] == ["no", "on", "NO", "08:00", "2026-12-24", "1_0x"]
    assert value["b"] == [1, 1.5, True, None, None]
    assert list(value) == ["a", "b", "012"]


def test_everything_has_the_line_of_its_key(tmp_path: Path) -> None:
    lines = read(tmp_path, "\ufeffa:\n  b: {c: 1,\n      d: 2}\n  e:\n    - x\n    - y\n").lines
    assert (lines["a", "b", "c"], lines["a", "b", "d"], lines["a", "e", 1]) == (2, 3, 6)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n"])
def test_empty_file_holds_nothing(tmp_path: Path, text: str) -> None:
    document = read(tmp_path, text)
    assert (document.value, document.problems) == (None, [])


def test_anchor_is_read_and_one_inside_itself_is_said(tmp_path: Path) -> None:
    assert read(tmp_path, "a: &x [1]\nb: *x\n").value == {"a": [1], "b": [1]}
    (problem,) = read(tmp_path, "a: &x\n  - *x\n").problems
    assert "stands inside itself" in problem.what


def test_every_mistake_of_a_file_is_found(tmp_path: Path) -> None:
    document = read(tmp_path, "a: 1\na: 2\nb: !odd 3\n<<: {}\n[c]: 4\n")
    assert [problem.line for problem in document.problems] == [2, 3, 4, 5]
