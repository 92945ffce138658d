"""Reading a playbook directory: all its files as one playbook, or every mistake in them at once.

Called by load.py and the checks. Any ``*.yaml`` counts, whatever it is called: one with the key ``definition`` is a
definition, the others hold sections. Only ``examples.yaml`` is left to load_examples.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from penstock.errors import FileError, Problem
from penstock.playbook.definition import Definition
from penstock.playbook.load_conditions import Words
from penstock.playbook.load_errors import problems_of
from penstock.playbook.load_places import Places, closest, meant
from penstock.playbook.load_yaml import Document, KeyPath, read_yaml
from penstock.playbook.model import Deciding, Playbook
from penstock.playbook.operations import Operations
from penstock.playbook.vocabulary import Vocabulary

# Read by ``playbook test`` and the checks only: no part of what runs go by.
EXAMPLES = "examples.yaml"
SECTIONS = ("vocabulary", *(name for name in Operations.model_fields if name != "mails"))
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A playbook that fits its schema, and where everything in it stands."""

    playbook: Playbook
    places: Places


@dataclass(slots=True)
class _Read:
    """What the files hold, merged, before any schema saw it."""

    places: Places
    problems: list[Problem] = field(default_factory=list)
    sections: dict[str, Any] = field(default_factory=dict)
    definitions: dict[str, dict[str, Any]] = field(default_factory=dict)
    mails: dict[str, str] = field(default_factory=dict)
    misspelt: dict[str, tuple[Document, str]] = field(default_factory=dict)
    """Section that is probably meant → where it stands under which name."""

    def complain(self, path: Iterable[str | int], what: str, remedy: str = "") -> None:
        self.problems.append(self.places.problem(path, what, remedy))


def read_playbook(folder: Path) -> Loaded:
    """Return the playbook below a folder; raises FileError with every problem of files and schema."""
    if not folder.is_dir():
        remedy = "go to a workspace, name one with -w, or make one with `penstock init DIR`"
        raise FileError(Problem(str(folder), 0, "there is no such folder, so no playbook", remedy))
    read = _Read(Places(folder.name))
    for path in sorted(set(folder.rglob("*.y*ml")) - {folder / EXAMPLES}):
        _read_file(path, f"{folder.name}/{path.relative_to(folder).as_posix()}", read)
    _take_misspelt(read)
    _read_mails(folder, read)
    playbook = _validated(read)
    if read.problems or playbook is None:
        raise FileError(*read.problems)
    return Loaded(playbook, read.places)


def file_of(section: str, folder: Path) -> str:
    """Return the file of a playbook directory in which a section stands, for messages; where it would, if it is not."""
    begins = re.compile(rf"^{section}\s*:", re.MULTILINE)
    for path in sorted(folder.rglob("*.yaml")):
        if begins.search(path.read_text(encoding="utf-8-sig", errors="replace")):
            return f"{folder.name}/{path.relative_to(folder).as_posix()}"
    return f"{folder.name}/{section}.yaml"


def _read_file(path: Path, file: str, read: _Read) -> None:
    if path.suffix != ".yaml":
        read.problems.append(Problem(file, 0, "only files called *.yaml are read", f"call it {path.stem}.yaml"))
        return
    document = read_yaml(path, file)
    read.problems += document.problems
    if isinstance(document.value, dict):
        if "definition" in document.value or _is_misspelt_definition(document, document.value, read):
            _take_definition(document, document.value, read)
        else:
            _take_sections(document, document.value, read)
    elif document.value is not None:
        read.problems.append(Problem(file, 1, "the file holds no section", f"begin with one of {', '.join(SECTIONS)}"))


def _is_misspelt_definition(document: Document, value: dict[str, Any], read: _Read) -> bool:
    """Complain of a key that can only be meant to begin a definition, and write it as it should be."""
    name = next((key for key in value if closest(key, ["definition"])), None)
    if name is None or not isinstance(value[name], str) or not value.keys().isdisjoint(SECTIONS):
        return False
    line = document.lines["definition",] = document.lines[name,]
    read.problems.append(Problem(document.file, line, f"{name} is unknown here", "did you mean definition?"))
    value["definition"] = value.pop(name)
    return True


def _take_definition(document: Document, value: dict[str, Any], read: _Read) -> None:
    name = str(value["definition"])
    line = document.lines["definition",]
    if name in read.definitions:
        other = read.places.lines["definitions", name][0]
        document.problems.clear()
        document.complain(line, f"{name} is defined in {other} too", "give one of them another id")
        read.problems += document.problems
        return
    read.places.graft(document, ("definitions", name))
    read.definitions[name] = value


def _take_sections(document: Document, value: dict[str, Any], read: _Read) -> None:
    for name, section in value.items():
        line = document.lines[name,]
        if name in read.sections:
            file, first = read.places.lines[name,]
            what = f"the section {name} stands in {file}:{first} too"
            read.problems.append(Problem(document.file, line, what, "keep a section in one file"))
        elif name in SECTIONS:
            read.places.graft(document, (name,), (name,))
            read.sections[name] = {} if section is None else section
        else:
            read.problems.append(Problem(document.file, line, f"the section {name} is unknown", _section(name)))
            if (known := closest(name, SECTIONS)) and not _elsewhere(name):
                read.misspelt[known] = document, name


def _take_misspelt(read: _Read) -> None:
    """Read misspelt sections as what was probably meant: else all that names what stands in them is a mistake too."""
    for name, (document, as_written) in read.misspelt.items():
        if name not in read.sections:
            read.places.graft(document, (name,), (as_written,))
            read.sections[name] = document.value[as_written]


def _section(name: str) -> str:
    return _elsewhere(name) or meant(name, SECTIONS, f"sections are {', '.join(SECTIONS)}")


def _elsewhere(name: str) -> str:
    """Return where a name belongs that is no section, '' where it may be a misspelt one."""
    if name == "mails":
        return "write each mail into a file mails/NAME.md"
    if name in Definition.model_fields or name == "for":
        return "a definition begins with `definition: some-id`"
    return ""


def _read_mails(folder: Path, read: _Read) -> None:
    read.places.lines["mails",] = (f"{folder.name}/mails", 0)
    for path in sorted((folder / "mails").rglob("*.md")):
        name = path.relative_to(folder / "mails").with_suffix("").as_posix()
        read.places.lines["mails", name] = (f"{folder.name}/mails/{name}.md", 1)
        try:
            read.mails[name] = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            read.complain(("mails", name), "the file is not UTF-8", "save it as UTF-8 in your editor")


def _validated(read: _Read) -> Playbook | None:
    """Validate part by part, so that a mistake in one hides none in another; None where any part failed."""
    spelt = read.sections.pop("vocabulary", {})
    vocabulary = _part(Vocabulary, spelt, ("vocabulary",), read)
    words = Words(_fields(spelt) if vocabulary is None else vocabulary.fields, read.places)
    raw = {**read.sections, "mails": read.mails, "routes": words.of_routes(read.sections.get("routes", {}))}
    operations = _part(Operations, raw, (), read)
    definitions = {
        name: _part(Definition, words.of_definition(value, ("definitions", name)), ("definitions", name), read)
        for name, value in read.definitions.items()
    }
    read.problems += words.problems
    if not definitions and not read.problems:
        read.complain((), "there is no definition", "write what qualifies into definitions/NAME.yaml")
    if read.problems or vocabulary is None or operations is None or None in definitions.values():
        return None
    deciding = Deciding(vocabulary=vocabulary, definitions=cast("dict[str, Definition]", definitions))
    return Playbook(deciding=deciding, operations=operations)


def _fields(vocabulary: Any) -> dict[str, str]:  # noqa: ANN401 - what YAML gave
    """Return the fields that a vocabulary with a mistake names, wherever it lies; conditions may still ask for them."""
    parts = vocabulary.items() if isinstance(vocabulary, dict) else ()
    named = [part for name, part in parts if isinstance(part, dict) and closest(str(name), ["fields"])]
    return {field: "text" for part in named for field in part}


def _part(model: type[M], raw: Any, root: KeyPath, read: _Read) -> M | None:  # noqa: ANN401 - what YAML gave
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        read.problems += problems_of(error, model, root, read.places)
        return None
