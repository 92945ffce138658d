"""The manual is what the examples say, tells every idea, and its YAML loads as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from penstock.errors import FileError
from penstock.operations.try_examples import try_examples
from penstock.playbook.check import check_playbook
from penstock.playbook.definition import Definition
from penstock.playbook.load import load_playbook
from penstock.playbook.load_examples import read_examples
from penstock.playbook.load_files import read_playbook
from tests.history import OPERATIONS, VOCABULARY
from tests.repository import files
from tests.spec.contents import CONTENTS, examples
from tests.spec.manual import MANUAL, anchor, heading, manual
from tests.spec.whole import FILES

IDEAS = 20
EXAMPLES = [
    pytest.param(example.playbook, id=f"{file.__name__.rsplit('.', 1)[-1]}-{number}")
    for told_by in CONTENTS.values()
    for file in told_by
    for number, example in enumerate(examples(file))
]


def test_manual_is_fresh() -> None:
    assert MANUAL.read_text(encoding="utf-8") == manual(), "write it anew: make manual"


def test_manual_has_a_section_for_each_idea_in_order() -> None:
    lines = MANUAL.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("## ")] == [f"## {heading(title)}" for title in CONTENTS]
    assert len(CONTENTS) == IDEAS
    assert len({anchor(heading(title)) for title in CONTENTS}) == IDEAS


def test_whole_playbook_is_in_order_and_decides_what_it_expects(tmp_path: Path) -> None:
    for name, text in FILES.items():
        place = tmp_path / "playbook" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    loaded = read_playbook(tmp_path / "playbook")
    checked = check_playbook(loaded)
    assert (checked.errors, checked.warnings) == ((), ())
    told = try_examples(loaded.playbook, read_examples(tmp_path / "playbook", loaded.playbook))
    assert told.failed == ()


@pytest.mark.parametrize("file", [name for name in FILES if name not in ("vocabulary.yaml", "examples.yaml")])
def test_whole_playbook_holds_no_file_that_it_could_do_without(tmp_path: Path, file: str) -> None:
    for name, text in FILES.items():
        place = tmp_path / "playbook" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if name != file:
            place.write_text(text, encoding="utf-8")
    with pytest.raises(FileError):
        load_playbook(tmp_path / "playbook")


def test_every_file_of_examples_is_told() -> None:
    told = {f"{file.__name__.replace('.', '/')}.py" for told_by in CONTENTS.values() for file in told_by}
    written = {path for path in files("tests/spec") if "\nCASES = [" in Path(path).read_text(encoding="utf-8")}
    assert written == told


def sections(text: str) -> Iterator[tuple[str, object]]:
    """The files that the documents of an example would be, with their sections."""
    shared: dict[str, object] = {}
    for document in YAML(typ="safe", pure=True).load_all(text):
        names = {*Definition.model_fields, "for"} if "definition" in document else set()
        if names:
            yield (
                f"definitions/{document['definition']}.yaml",
                {name: value for name, value in document.items() if name in names},
            )
        shared |= {name: value for name, value in document.items() if name not in names}
    shared["vocabulary"] = VOCABULARY | dict(shared.get("vocabulary") or {})  # type: ignore[call-overload]
    yield "others.yaml", OPERATIONS | shared


@pytest.mark.parametrize("text", EXAMPLES)
def test_example_loads_as_files_of_a_playbook(tmp_path: Path, text: str) -> None:
    for name, value in sections(text):
        place = tmp_path / "playbook" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        YAML().dump(value, place)
    assert read_playbook(tmp_path / "playbook").playbook.deciding.definitions
