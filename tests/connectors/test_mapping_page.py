"""The page on mappings is true, and so is the schema that editors check mappings by."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from connectors.csv_files import mapping as grammar
from tests.connectors.drop import PEOPLE, Drop
from tests.connectors.test_csv_mistakes import MAPPINGS
from tests.repository import ROOT, files

PAGE = (ROOT / "MAPPINGS.md").read_text(encoding="utf-8")
WRITTEN = [path for path in files() if "/mappings/" in path and path.endswith(".yaml")]
# What the schema can see by itself; the rest follows from several keys at once, or from what a text means.
SEEN = ("is not known here", '"stream" is missing', "should match pattern", '"outcome.decimal"', '"delimiter"')


def validator() -> Any:
    return importlib.import_module("jsonschema").Draft202012Validator(grammar.mapping_schema())


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def read(text: str) -> Any:
    return YAML(typ="safe").load(text)


def test_example_of_the_page_gives_what_the_page_says(drop: Drop) -> None:
    drop.map(block("yaml")).put(block("csv"), "requests-march.csv")
    (page,) = drop.pages()
    (record,) = page.records
    assert page.skipped == {"ours": 1}
    assert (record.external_id, record.email) == ("R-1", "jana@brunner.example")
    assert record.fields == {"first_name": "Jana", "company": "Brunner AG", "country": "DE"}
    assert record.happening is not None
    assert (record.happening.kind, record.happening.asset) == ("rfq_submitted", "HX-240")
    assert record.consent is not None
    assert record.consent.granted
    assert not list(validator().iter_errors(read(block("yaml"))))


@pytest.mark.parametrize(
    "part",
    [
        grammar.Mapping, grammar.Table, grammar.Fold, grammar.Header, grammar.RecordPart, grammar.Test, grammar.At,
        grammar.Activity, grammar.Consent, grammar.Outcome, grammar.Answered,
    ],
)  # fmt: skip
def test_page_tells_every_key(part: type[grammar.Part]) -> None:
    keys = {info.alias or name for name, info in part.model_fields.items()}
    assert {key for key in keys if f"`{key}`" not in PAGE and f"`{key}:" not in PAGE} == set()


@pytest.mark.parametrize("path", WRITTEN)
def test_schema_takes_every_mapping_that_we_have(path: str) -> None:
    assert [one.message for one in validator().iter_errors(read((ROOT / path).read_text(encoding="utf-8")))] == []


def test_schema_takes_what_the_reader_takes() -> None:
    assert {Path(path).parts[0] for path in WRITTEN} == {"templates", "tests"}
    for more in ("header: 2", "header: {rows: 2, names: 1}", "absent: 0", "constants: {year: 2026}", "external_id: 7"):
        assert not list(validator().iter_errors(read(PEOPLE + more))), more


@pytest.mark.parametrize("wrong", [text for text, _, what, _ in MAPPINGS if what.endswith(SEEN) or what in SEEN])
def test_schema_refuses_what_is_wrong(wrong: str) -> None:
    assert list(validator().iter_errors(read(wrong)))
