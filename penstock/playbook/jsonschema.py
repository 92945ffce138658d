"""The playbook's JSON Schemas, for editors that complete and check while somebody writes; for ``playbook schema``.

Made from the models, so it knows what they know: one for files of ``definitions/``, one for all the others.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from penstock.playbook.conditions import NUMBER_FIELDS, ON_LIST, Condition
from penstock.playbook.definition import Definition, Disqualifier, ExceptionRule, TriageRule
from penstock.playbook.examples import Examples
from penstock.playbook.load_conditions import words_for
from penstock.playbook.load_errors import model_at
from penstock.playbook.operations import Operations, Route
from penstock.playbook.rules import FitRule, IntentRule, People
from penstock.playbook.vocabulary import Vocabulary
from penstock.records import ACTIVITY_KINDS

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_CONDITIONS: tuple[type[Condition], ...] = (
    FitRule, IntentRule, People, Disqualifier, TriageRule, ExceptionRule, Route,
)  # fmt: skip
_ABOUT = {
    "industry": "Industry of the company, a term of the vocabulary.",
    "country": "Country, as its two-letter ISO code or a term of the vocabulary.",
    "region": "Region of the vocabulary; a country belongs to those that list it.",
    "function": "What the person works on, stated or read from the title.",
    "seniority": "How high the person stands, stated or read from the title.",
    "company_type": "Kind of company, a term of the vocabulary.",
    "email_type": "What the domain of the address says: free, business, or an email type of the vocabulary.",
    "source": "Marketing's lead source, a term of the vocabulary.",
    "campaign": "Campaign, a term of the vocabulary.",
    "domain": "Domain of the company, in lower case.",
    "company": "Name of the company, in lower case, or a term of the vocabulary.",
    "employees": "How many people work there.",
    "revenue": "Yearly revenue.",
    "year_established": "Year in which the company began.",
    "on_list": "Target lists that the account is on: true, false, one, several, {list: …, origin: …} or {not: …}.",
    "did": f"Kind of activity: {', '.join(ACTIVITY_KINDS)}, or one of the vocabulary's kinds.",
    "channel": "Channel, a term of the vocabulary.",
    "asset": "Kind of asset, a term of the vocabulary.",
    "content_stage": "How far somebody is who reads the asset: a content stage of the vocabulary's assets.",
    "line": "Product line, a term of the vocabulary.",
    "says": "Word list of the vocabulary that the text speaks of.",
    "tier": "Tier that was reached.",
    "definition": "Definition that qualified the lead.",
    "exception": "Named exception by which the lead is for sales.",
    "account": "has-owner: the account has an owner among the people.",
}
# Every part that people name has one.
_TITLED = {"title": "What people call it, on pages and in notes; its id where nothing is written."}
_TERM: Schema = {"type": "string"}
_TERMS: Schema = {"anyOf": [_TERM, {"type": "array", "items": _TERM, "minItems": 1}]}
_STATE: Schema = {
    "type": "object",
    "properties": {"is": {"enum": ["known", "unknown", "missing"]}},
    "required": ["is"],
    "additionalProperties": False,
}
_NOT: Schema = {"type": "object", "properties": {"not": _TERMS}, "required": ["not"], "additionalProperties": False}
_RANGE: Schema = {
    "type": "object",
    "properties": {"from": {"type": "number"}, "to": {"type": "number"}},
    "minProperties": 1,
    "additionalProperties": False,
}
_TEXT_MATCHER: Schema = {"anyOf": [*_TERMS["anyOf"], _NOT, _STATE]}
_LISTS: Schema = {"anyOf": [
    {"type": "boolean"}, *_TERMS["anyOf"],
    {"type": "object", "properties": {"list": _TERMS, "origin": _TERMS}, "minProperties": 1,
     "additionalProperties": False},
]}  # fmt: skip
_LISTS_MATCHER: Schema = {"anyOf": [
    *_LISTS["anyOf"],
    {"type": "object", "properties": {"not": _LISTS}, "required": ["not"], "additionalProperties": False},
]}  # fmt: skip
_NUMBER_MATCHER: Schema = {"anyOf": [_RANGE, _STATE]}
_ANY_MATCHER: Schema = {"anyOf": [*_TEXT_MATCHER["anyOf"], _RANGE]}


def definition_schema() -> Schema:
    """Return the schema of a file that holds a definition."""
    return _finished(Definition, "A definition: what qualifies a lead or an account for a product line.")


def sections_schema() -> Schema:
    """Return the schema of every other file of a playbook: any of its sections."""
    schema = _finished(Operations, "Sections of a playbook; each stands in one file, whatever it is called.")
    vocabulary = _finished(Vocabulary, "How the world spells things, and what we call them.")
    schema["$defs"] |= vocabulary.pop("$defs")
    schema["properties"]["vocabulary"] = {key: value for key, value in vocabulary.items() if key != "$schema"}
    del schema["properties"]["mails"]
    del schema["required"]
    return schema


def examples_schema() -> Schema:
    """Return the schema of examples.yaml."""
    return _finished(Examples, "Your own examples: small histories, and the decisions you expect of them.")


def _finished(model: type[BaseModel], about: str) -> Schema:
    schema = model.model_json_schema(by_alias=True)
    definitions = schema.setdefault("$defs", {})
    for found in _models(model):
        here = schema if found is model else definitions.get(found.__name__)
        if here is not None:
            _describe(found, here)
    for condition in _CONDITIONS:
        if condition.__name__ in definitions:
            _add_words(condition, definitions[condition.__name__])
    if "Entry" in definitions:
        _let_entries_be_short(schema)
    cleaned: Schema = _clean(schema)
    return {"$schema": DIALECT, **cleaned, "description": about}


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for name, info in model.model_fields.items():
        inner = model_at(model, (info.alias or name,))
        if inner is not None and inner is not model:
            yield from _models(inner)


def _describe(model: type[BaseModel], schema: Schema) -> None:
    """Take over what the model's source says below its fields, else what it says of the part that stands there."""
    told = _told(model)
    for name, info in model.model_fields.items():
        key = info.alias or name
        about = told.get(name) or _TITLED.get(name) or _about_part(model_at(model, (key,)))
        if about and key in schema.get("properties", {}):
            schema["properties"][key]["description"] = about


def _about_part(part: type[BaseModel] | None) -> str:
    return "" if part is None else _plain(part.__doc__ or "")


def _plain(text: str) -> str:
    """Return what stands in a source as an editor shows it: in one line, quoted as in Markdown."""
    return " ".join(text.split()).replace("``", "`")


def _told(model: type[BaseModel]) -> dict[str, str]:
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    lines = found.body if isinstance(found, ast.ClassDef) else []
    told = {}
    for field, text in pairwise(lines):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            told[ast.unparse(field.target)] = _plain(str(text.value.value))
    return told


def _add_words(condition: type[Condition], schema: Schema) -> None:
    """Let an editor offer the words of a condition; the playbook's own fields may be any others."""
    for word in words_for(condition, {}):
        of_text = _LISTS_MATCHER if word == ON_LIST else _TEXT_MATCHER
        matcher = _NUMBER_MATCHER if word in NUMBER_FIELDS else of_text
        schema["properties"][word] = {"description": _ABOUT[word], **matcher}
    schema["additionalProperties"] = False if condition in (IntentRule, People) else _ANY_MATCHER


def _let_entries_be_short(schema: Schema) -> None:
    """Let a term be nothing, or a list of its spellings, beside the long form."""
    short: Schema = {"anyOf": [{"type": "null"}, {"type": "array", "items": _TERM}, {"$ref": "#/$defs/Entry"}]}
    sections = list(schema["properties"].values())
    for section in sections:
        patterns = section.get("patternProperties", {})
        for pattern, value in patterns.items():
            if value == {"$ref": "#/$defs/Entry"}:
                patterns[pattern] = short
            else:
                sections.append(value)  # the terms of own fields stand one step further in


def _clean(schema: Any, *, is_properties: bool = False) -> Any:  # noqa: ANN401 - JSON
    """Leave out titles made from names, defaults in the model's units, and the null of what may be left out."""
    if isinstance(schema, list):
        return [_clean(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    if is_properties:
        return {name: _clean(value) for name, value in schema.items()}
    kept = {
        name: _clean(value, is_properties=name in ("properties", "$defs", "patternProperties"))
        for name, value in schema.items()
        if name not in ("title", "default")
    }
    options = kept.get("anyOf", [])
    if schema.get("default", ...) is None and {"type": "null"} in options:
        (only, *others) = [option for option in options if option != {"type": "null"}]
        kept = {**kept, "anyOf": [only, *others]} if others else {**_without(kept, "anyOf"), **only}
    return kept


def _without(schema: Schema, name: str) -> Schema:
    return {key: value for key, value in schema.items() if key != name}
