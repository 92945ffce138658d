"""The playbook's page and its schemas say what the playbook says."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from penstock.playbook.jsonschema import definition_schema, examples_schema, sections_schema
from penstock.playbook.load import load_playbook
from penstock.playbook.model import version
from penstock.playbook.show import show_playbook

GOOD = Path(__file__).parent / "cases" / "good"


@pytest.fixture(scope="module")
def page() -> str:
    return show_playbook(load_playbook(GOOD))


@pytest.mark.parametrize(
    "line",
    [
        "How Pumps qualifies leads",
        "- Every A lead hears from a specialist within four hours.",
        "25  industry  industry is water or chemicals",
        "15  size      employees from 50 to 5000",
        "-20  abroad    region is neither dach nor nordics",
        "intent, at most 100; 100 % for 30 days, 30 % until 90 days, then nothing",
        "times 1.2 by event",
        "60  rfq        high    did rfq submitted or Asked for a sample",
        "30  datasheet  medium  did content downloaded, and asset is datasheet; at most 45",
        "opened mails: at most 3, where a person opened them (web), only beside something else",
        "2 people of the account within 60 days: did content downloaded or rfq submitted; among them engineering",
        "10  again  medium  2 of rfq or datasheet on the same line within 30 days over at least 1 day",
        "small: lead-time, pages together at most 15; 100 % for 14 days, then nothing",
        "A  goes to sales               needs fit 40; intent 60; one of rfq",
        "B  goes to sales               needs fit 25; intent 40; 1 high signal or 2 medium signals",
        "C  gets mails on the interest  needs nothing",
        "student  function is student",
        "rival    the account is on the list rivals made by sales",
        "dealer   relationship is reseller, and the account is not on the list Target accounts",
        "odd-country  country is spelt in a way that the vocabulary does not know",
        "owned    to owner        the account has an owner",
        "at-home  to specialists  tier is A, and line is Pumps, and region is dach",
        "else     to inside       all others",
        "Anna Vogt ×2, Ben Kühn ×1; SLA hot; at most 10 each that are not accepted yet; if nobody: inside",
        "contact within 4 business hours; warned 1 business hour before; when late: owner hears of it",
        "mon-thu 08:00-17:00, fri 08:00-12:00 and 13:00-15:00; free on public holidays of DE-SH",
        "7 days   pumps/second",
        "no-need  No need now  nurture, with pumps",
        "US: opt-out; elsewhere: nothing",
    ],
)
def test_page_says_every_rule_in_words(page: str, line: str) -> None:
    assert line in page


def test_page_names_both_versions(page: str) -> None:
    playbook = load_playbook(GOOD)
    assert f"definition {version(playbook.deciding)} · operations {version(playbook.operations)}" in page


def test_page_names_everything_that_has_an_id(page: str) -> None:
    playbook = load_playbook(GOOD)
    definition = playbook.deciding.definitions["pumps"]
    operations = playbook.operations
    ids = [*definition.fit.rules, *definition.intent.rules, *definition.tiers, *operations.routes, *operations.queues]
    ids += [*operations.sla, *operations.calendars, *operations.sequences, *operations.reasons, *operations.mails]
    assert [name for name in ids if name not in page] == []


# It comes with Prefect and ships no types.
def validator(schema: dict[str, Any]) -> Any:
    return importlib.import_module("jsonschema").Draft202012Validator(schema)


def read(file: str) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(GOOD / file)
    return found


def test_schemas_are_schemas_and_take_the_good_playbook() -> None:
    for schema, names in (
        (definition_schema(), ["definitions/pumps.yaml"]),
        (sections_schema(), ["vocabulary.yaml", "operations.yaml"]),
    ):
        checks = validator(schema)
        checks.check_schema(schema)
        assert [error.message for file in names for error in checks.iter_errors(read(file))] == []


def test_schema_of_examples_takes_those_of_a_starter() -> None:
    checks = validator(examples_schema())
    with as_file(files("templates") / "playbooks" / "equipment" / "playbook" / "examples.yaml") as place:
        assert [error.message for error in checks.iter_errors(YAML(typ="safe", pure=True).load(place))] == []
    assert not checks.is_valid({"examples": {"one": {"lead": {}, "expect": {}}}})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("tires",), {}),
        (("tiers", "A", "branch"), "salse"),
        (("fit", "rules", "size", "employees"), {"from": "many"}),
        (("fit", "rules", "role", "function"), {"is": "odd"}),
        (("intent", "rules", "rfq", "industry"), "water"),
        (("intent", "rules", "rfq", "points"), "many"),
        (("cooldown",), "two months"),
    ],
)
def test_schema_refuses_what_the_loader_refuses(path: tuple[str, ...], value: object) -> None:
    definition = read("definitions/pumps.yaml")
    inner = definition
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    assert not validator(definition_schema()).is_valid(definition)


def test_schema_explains_words_and_fields() -> None:
    definitions = definition_schema()["$defs"]
    assert definitions["IntentRule"]["properties"]["did"]["description"].startswith("Kind of activity: form_submitted")
    assert "nothing counts after the last one" in definitions["IntentRule"]["properties"]["fades"]["description"]
    assert "Working hours" in sections_schema()["$defs"]["Calendar"]["description"]


def described(schema: dict[str, Any], place: str) -> Iterator[tuple[str, str]]:
    """Each field of a schema with its description."""
    for name, field in schema.get("properties", {}).items():
        yield f"{place}.{name}", field.get("description", "")
    for name, inner in schema.get("$defs", {}).items():
        yield from described(inner, name)


@pytest.mark.parametrize("schema", [definition_schema, sections_schema, examples_schema])
def test_every_field_says_in_a_sentence_what_it_is(schema: Callable[[], dict[str, Any]]) -> None:
    fields = dict(described(schema(), schema.__name__))
    assert len(fields) > 20
    assert {place for place, said in fields.items() if not re.search(r"\w{2,} .+", said)} == set()
    assert {place for place, said in fields.items() if "``" in said or "\n" in said} == set()
