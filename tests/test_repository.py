"""What a stranger clones: a lock that any index can serve, no trace of the machine that made it, everything shipped."""

from __future__ import annotations

import re
from pathlib import PurePath

import pytest
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement

from tests.repository import ROOT, files, project
from tests.shape_rules import CODE

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]+])?==(\S+)", re.MULTILINE)
# Homes and roots of machines, in pieces so that this file does not find itself.
MACHINE = re.compile(r"(?<![\w.~-])/(?:" + r"work|root|home/\w+|Users/\w+" + r")/")
REGISTRY = re.compile(r"(?:py" + r"pi\.org|python" + r"hosted\.org|--(?:extra-)?index" + r"-url)")


def pins() -> dict[str, str]:
    return {normal(name): version for name, version in PIN.findall(LOCK)}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def direct() -> list[Requirement]:
    told = project()
    return [Requirement(line) for line in told["project"]["dependencies"] + told["dependency-groups"]["dev"]]


def test_lock_names_no_index() -> None:
    assert not re.search(r"https?://|--(?:extra-)?index|--find-links|--trusted-host", LOCK)


def test_every_requirement_of_the_lock_is_pinned_and_hashed() -> None:
    entries = re.split(r"\n(?=\S)", "\n".join(line for line in LOCK.splitlines() if not line.lstrip().startswith("#")))
    assert len(entries) == len(pins())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("requirement", direct(), ids=lambda requirement: requirement.name)
def test_lock_keeps_the_bounds_of_each_dependency(requirement: Requirement) -> None:
    assert pins()[normal(requirement.name)] in requirement.specifier


def test_what_builds_the_package_is_in_the_lock() -> None:
    needed = {normal(Requirement(line).name) for line in project()["build-system"]["requires"]}
    assert needed <= set(pins())


def texts() -> dict[str, str]:
    read = {path: (ROOT / path).read_bytes() for path in files()}
    return {path: data.decode(errors="replace") for path, data in read.items() if b"\0" not in data}


@pytest.mark.parametrize("trace", [MACHINE, REGISTRY], ids=["machine", "registry"])
def test_no_file_tells_of_the_machine_it_was_made_on(trace: re.Pattern[str]) -> None:
    assert {path: found[0] for path, text in texts().items() if (found := trace.search(text))} == {}


def test_planted_traces_are_found() -> None:
    assert MACHINE.search("see /wo" + "rk/main")
    assert MACHINE.search("'/ro" + "ot/x'")
    assert not MACHINE.search("../shared/work/x https://example.com/work/")
    assert REGISTRY.search("https://py" + "pi.org/simple")


def test_every_top_level_folder_of_code_is_a_package_in_the_wheel() -> None:
    folders = {PurePath(path).parts[0] for path in files() if path.endswith(".py") and "/" in path} - {"tests"}
    assert folders == set(CODE) == set(project()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert [folder for folder in (*CODE, "tests") if not (ROOT / folder / "__init__.py").is_file()] == []


def test_everything_in_the_packages_ships() -> None:
    shipped = {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    assert set(files(*CODE)) - shipped == set()
