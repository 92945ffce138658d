"""The shape of the code is held: import directions, lengths, nothing left to do, no mocks, nothing swallowed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests import shape_rules as rules
from tests.repository import sources

Rule = Callable[[str, str], list[str]]


def broken(rule: Rule, *below: str) -> list[str]:
    return [line for path, text in sources(*below) for line in rule(path, text)]


@pytest.mark.parametrize("rule", [rules.arrows, rules.too_long, rules.broad_excepts, rules.unfinished, rules.mocks])
def test_code_keeps_its_shape(rule: Rule) -> None:
    assert broken(rule, *rules.CODE) == []


@pytest.mark.parametrize("rule", [rules.too_long, rules.broad_excepts, rules.unfinished, rules.mocks])
def test_tests_keep_their_shape(rule: Rule) -> None:
    assert broken(rule, "tests") == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("penstock/operations/qualify.py", "from prefect import flow"),
        ("penstock/store/engine.py", "import penstock.operations.qualify"),
        ("penstock/playbook/schema.py", "from penstock import cli"),
        ("penstock/web/pages.py", "from penstock.playbook.schema import Playbook"),
        ("penstock/cli.py", "import prefect"),
        ("connectors/csv/feed.py", "from penstock.store.engine import Sessions"),
        ("connectors/csv/feed.py", "from penstock.settings import Settings"),
        ("tasks/qualify.py", "from flows.qualify import qualify"),
        ("flows/qualify.py", "from connectors.registry import feeds"),
    ],
)
def test_planted_import_against_the_direction_is_found(path: str, line: str) -> None:
    found = line.replace("from ", "").replace("import ", "").replace(" ", ".")
    assert rules.arrows(path, f"x = 1\n{line}\n") == [f"{path}:2 imports {found}"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("penstock/cli.py", "def up():\n    import prefect\n    from deployments.wiring import serve\n"),
        ("connectors/csv/feed.py", "from penstock.records import Record\nfrom connectors._kit.http import Client\n"),
        ("flows/qualify.py", "from prefect import flow\nfrom tasks.qualify import qualify\n"),
        ("penstock/operations/qualify.py", "from penstock.prefecture import x\n"),
    ],
)
def test_imports_along_the_direction_pass(path: str, text: str) -> None:
    assert rules.arrows(path, text) == []


def test_imports_for_types_only_count_too() -> None:
    text = "if TYPE_CHECKING:\n    from prefect import Flow\n"
    assert rules.arrows("penstock/ports.py", text) == ["penstock/ports.py:2 imports prefect.Flow"]


@pytest.mark.parametrize(
    ("decorator", "lines"), [("@flow(name='qualify')", 26), ("@app.command()", 26), ("@cache", 61)]
)
def test_planted_long_function_is_found(decorator: str, lines: int) -> None:
    body = "    x = 1\n" * lines
    assert rules.too_long("a.py", f"{decorator}\ndef f():\n    'Doc.'\n{body}")
    assert not rules.too_long("a.py", f"{decorator}\ndef f():\n    'Doc.'\n{body.removesuffix('    x = 1' + chr(10))}")


def test_planted_broad_except_is_found_unless_it_raises_again() -> None:
    caught = "try:\n    f()\nexcept Exception:\n    log()\n"
    assert rules.broad_excepts("a.py", caught) == ["a.py:3"]
    assert rules.broad_excepts("a.py", f"{caught}    raise\n") == []


def test_planted_mock_and_unfinished_work_are_found() -> None:
    assert rules.mocks("a.py", "from unittest.mock import patch\n")
    assert rules.unfinished("a.py", "x = 1  # TO" + "DO: two\n") == ["a.py:1"]
