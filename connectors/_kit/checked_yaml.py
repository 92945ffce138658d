"""YAML files of the user's, read into pydantic models; every mistake with its line and what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from penstock.errors import FileError, Problem
from penstock.nearest import did_you_mean
from penstock.yaml_errors import explain

Model = TypeVar("Model", bound=BaseModel)
At = Callable[[tuple[str | int, ...]], tuple[str, int]]
"""Where the steps lead: file and line."""


class _AsWritten(RoundTripConstructor):
    """Leaves dates as text: YAML would stop at a day that does not exist, before anybody knows whose day it is."""


_AsWritten.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_yaml_str)


def read_yaml(place: Path, shown: str) -> Any:  # noqa: ANN401 - what YAML gave
    """Return the content of a YAML file with its line numbers; ``shown`` names it in messages. Raises FileError."""
    try:
        text = place.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        near = did_you_mean(place.name, [other.name for other in place.parent.glob("*.y*ml")])
        raise FileError(Problem(shown, 0, "there is no such file", near)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(Problem(shown, 0, f"cannot be read ({error})", "save it as UTF-8 text")) from error
    reader = YAML()
    reader.Constructor = _AsWritten
    try:
        return reader.load(text)
    except MarkedYAMLError as error:
        raise FileError(Problem(shown, *explain(error, text))) from error
    except YAMLError as error:
        what = "there is a character here that no text should hold"
        raise FileError(Problem(shown, 0, what, "delete it")) from error


def validated(model: type[Model], content: Any, *, shown: str, written: Any = None) -> Model:  # noqa: ANN401 - what YAML gave
    """Return the model of a file's content; raises FileError with every mistake.

    ``written`` is what stands in the file itself where ``content`` was put together from more: it has the lines.
    """
    lines = content if written is None else written
    return validated_at(model, content, lambda steps: (shown, line_of(lines, *steps)))


def validated_at(model: type[Model], content: Any, at: At) -> Model:  # noqa: ANN401 - what the file gave
    """Do the same where whoever read the file knows where each part of the content stands."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        schema = model.model_json_schema()
        problems = {_problem(found, schema, at) for found in error.errors()}
        raise FileError(*problems) from error


def line_of(content: Any, *steps: str | int) -> int:  # noqa: ANN401 - what YAML gave
    """Return the line of what the steps lead to, or of the last part that the file has; 0 where it has no lines."""
    line = 0
    for step in steps:
        marks = getattr(content, "lc", None)
        if isinstance(content, Mapping) and step in content:
            line = marks.key(step)[0] + 1 if marks else line
        elif isinstance(content, list) and isinstance(step, int) and step < len(content):
            line = marks.item(step)[0] + 1 if marks else line
        else:
            # Steps that pydantic puts in for the members of a union are not in the file.
            continue
        content = content[step]
    return line or 1


def _problem(found: ErrorDetails, schema: dict[str, Any], at: At) -> Problem:
    steps = found["loc"]
    name, (shown, line) = ".".join(str(step) for step in steps), at(steps)
    match found["type"]:
        case "extra_forbidden":
            known = _known(schema, steps[:-1])
            return Problem(shown, line, f'"{steps[-1]}" is not known here', did_you_mean(str(steps[-1]), known))
        case "missing":
            return Problem(shown, line, f'"{name}" is missing', "add it")
        case "value_error":
            what, _, remedy = found["msg"].removeprefix("Value error, ").partition("; ")
            return Problem(shown, line, f'"{name}": {what}' if name else what, remedy)
    return Problem(shown, line, f'"{name}": {found["msg"].lower()}')


def _known(schema: dict[str, Any], steps: tuple[str | int, ...]) -> set[str]:
    """Return the keys that a schema knows where the steps lead."""
    here = [schema]
    for step in steps:
        inner = [branch for node in here for branch in _branches(node, schema)]
        here = [found for node in inner if (found := _below(node, step))] or here
    return {key for node in here for branch in _branches(node, schema) for key in branch.get("properties", {})}


def _branches(node: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in node:
        return _branches(schema["$defs"][node["$ref"].rsplit("/", 1)[1]], schema)
    return [leaf for branch in node["anyOf"] for leaf in _branches(branch, schema)] if "anyOf" in node else [node]


def _below(node: dict[str, Any], step: str | int) -> dict[str, Any] | None:
    if isinstance(step, int):
        found = node.get("items")
    else:
        found = node.get("properties", {}).get(step) or node.get("additionalProperties")
    return found if isinstance(found, dict) else None
