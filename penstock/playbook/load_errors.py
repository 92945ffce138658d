"""What pydantic says, as sentences that somebody who never saw Python can answer; used by the loader and by settings.

An error is shown at the innermost key it is about, with what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from penstock.errors import Problem
from penstock.playbook.load_places import FEW, Places, meant
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.values import is_missing_date
from penstock.yaml_errors import quoted

Told = tuple[str, str]


def problems_of(error: ValidationError, model: type[BaseModel], root: KeyPath, places: Places) -> list[Problem]:
    """Return one problem per place of a validation error; ``root`` is where the model's value stands."""
    errors = error.errors(include_url=False)
    misspelt = {(*e["loc"][:-1], _meant_field(e, model)) for e in errors if e["type"] == "extra_forbidden"}
    kept = [e for e in errors if e["type"] != "missing" or tuple(e["loc"]) not in misspelt]
    return [places.problem((*root, *_place(e)), *_told(e, model, root)) for e in _one_per_place(kept, places, root)]


def _one_per_place(errors: Iterable[ErrorDetails], places: Places, root: KeyPath) -> Iterator[ErrorDetails]:
    """Leave out what a union adds: one value that fits neither kind is one mistake."""
    seen: set[tuple[KeyPath, str]] = set()
    for error in errors:
        what = str(error["loc"][-1]) if error["type"] in ("missing", "extra_forbidden") else ""
        key = (places.known((*root, *_place(error))), what)
        if key not in seen:
            seen.add(key)
            yield error


def _place(error: ErrorDetails) -> KeyPath:
    """Return the path of an error: for a key that is no id, the key itself; for a condition, the word it names."""
    loc = tuple(error["loc"])
    named = _NAMED.match(_message(error))
    if named and error["type"] == "value_error":
        return (*loc, named[1])
    return loc[:-1] if loc and loc[-1] == "[key]" else loc


# A message of ours that says which of several values it is about.
_NAMED = re.compile(r"([a-z][\w-]*): ")


def _message(error: ErrorDetails) -> str:
    return str((error.get("ctx") or {}).get("error", error["msg"]))


def _told(error: ErrorDetails, model: type[BaseModel], root: KeyPath) -> Told:
    loc = tuple(error["loc"])
    name = _name((*root, *_place(error)))
    if loc and loc[-1] == "[key]":
        return _no_id(str(error["input"]))
    tell = _TOLD.get(error["type"])
    if tell is not None:
        return tell(name, error, model)
    return f"{name}: {_sentence(error['msg'])}", ""


def _name(path: KeyPath) -> str:
    """Return the innermost name of a path; an item of a list is called by the list."""
    names = [part for part in path if isinstance(part, str) and re.fullmatch(r"[\w-]+", part)]
    return names[-1] if names else "this"


def _sentence(msg: str) -> str:
    return msg[:1].lower() + msg[1:]


def _no_id(text: str) -> Told:
    id_ = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "some-id"
    return f'"{text}" is no id: letters, digits, - and _', f"write {id_}"


def _extra(name: str, error: ErrorDetails, model: type[BaseModel]) -> Told:
    allowed = fields_of(model_at(model, error["loc"][:-1]))
    otherwise = f"leave it out; known here: {', '.join(allowed)}" if 0 < len(allowed) <= FEW else "leave it out"
    return f"{name} is unknown here", meant(name, allowed, otherwise)


def _missing(name: str, error: ErrorDetails, model: type[BaseModel]) -> Told:
    """Name what has to stand below it as well, so that nobody finds it out one by one."""
    of = model_at(model, error["loc"][:-1])
    inner = None if of is None else _models_in(of).get(str(error["loc"][-1]))
    fields = inner.model_fields if inner is not None and _is_model(inner) else {}
    parts = ", ".join(f"{part}: …" for part, field in fields.items() if field.is_required())
    return f"{name} is missing", f"add {name}: {{{parts}}}" if parts else f"add {name}: …"


def _literal(name: str, error: ErrorDetails, _: type[BaseModel]) -> Told:
    allowed = re.findall(r"'([^']*)'", str((error.get("ctx") or {}).get("expected", "")))
    return f'{name}: "{error["input"]}" is not possible', _choices(str(error["input"]), allowed)


def _choices(word: str, allowed: list[str]) -> str:
    return meant(word, allowed, f"write {' or '.join(allowed)}")


def _raised(name: str, error: ErrorDetails, _: type[BaseModel]) -> Told:
    what, _colon, remedy = _message(error).partition(": write ")
    what = what if _NAMED.match(what) else f"{name}: {what}"
    return (what, f"write {remedy}") if remedy else _split(what)


def _split(what: str) -> Told:
    first, _, rest = what.partition("; ")
    return first, rest


def _kind(expected: str, remedy: str) -> Callable[[str, ErrorDetails, type[BaseModel]], Told]:
    def tell(name: str, error: ErrorDetails, _: type[BaseModel]) -> Told:
        return f"{name}: {_shown(error['input'])} is no {expected}", remedy

    return tell


def _shown(value: Any) -> str:  # noqa: ANN401 - whatever was written
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, bool):
        return str(value).lower()
    return "a list" if isinstance(value, list) else f'"{value}"'


def _least(name: str, error: ErrorDetails, _: type[BaseModel]) -> Told:
    least = (error.get("ctx") or {}).get("ge")
    return f"{name}: {error['input']} is too little", f"write at least {least}"


def _most(name: str, error: ErrorDetails, _: type[BaseModel]) -> Told:
    most = (error.get("ctx") or {}).get("le")
    return f"{name}: {error['input']} is too much", f"write at most {most}"


def _too_few(name: str, *_: object) -> Told:
    return f"{name} is empty", "add at least one"


def _too_many(name: str, error: ErrorDetails, _: type[BaseModel]) -> Told:
    most = (error.get("ctx") or {}).get("max_length")
    return f"{name}: more than {most}", "join some into one, or split the definition"


def _pattern(name: str, error: ErrorDetails, _: type[BaseModel]) -> Told:
    wanted = str((error.get("ctx") or {}).get("pattern", ""))
    options = re.fullmatch(r"\^\(([\w|]+)\)\$", wanted)
    if options:
        return f'{name}: "{error["input"]}" is not possible', f"write {' or '.join(options[1].split('|'))}"
    return _no_id(str(error["input"]))


def _date(name: str, error: ErrorDetails, _: type[BaseModel]) -> Told:
    remedy = "write it as 2026-12-24"
    if is_missing_date(str(error["input"])):
        return f'{name}: there is no such date as "{error["input"]}"', remedy
    return f"{name}: {_shown(error['input'])} is no date", remedy


def _text(name: str, error: ErrorDetails, _: type[BaseModel]) -> Told:
    value = error["input"]
    if isinstance(value, dict) and len(value) == 1 and isinstance(one := next(iter(value.values())), str | int):
        text = f"{next(iter(value))}: {one}"
        return f'{name}: the ":" in {text} makes more of it than a text', f"put it in quotes: {quoted(text)}"
    return f"{name}: {_shown(value)} is no text", "put it in quotes"


def _list(name: str, error: ErrorDetails, _: type[BaseModel]) -> Told:
    if str(error["input"]).startswith("-"):
        return f"{name}: {_shown(error['input'])} is no list", "write a space after each dash"
    return f"{name}: {_shown(error['input'])} is no list", "write [one, two]"


_NUMBER = _kind("whole number", "write digits only")
_MAPPING = _kind("mapping", "write its parts below it as name: value, or as {name: value}")
_TOLD: Mapping[str, Callable[[str, ErrorDetails, type[BaseModel]], Told]] = {
    "extra_forbidden": _extra,
    "missing": _missing,
    "literal_error": _literal,
    "value_error": _raised,
    "string_type": _text,
    "string_pattern_mismatch": _pattern,
    "string_too_long": _kind("id of at most 60 letters", "shorten it"),
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_from_float": _NUMBER,
    "float_type": _kind("number", "write digits, for example 1.2"),
    "float_parsing": _kind("number", "write digits, for example 1.2"),
    "bool_type": _kind("yes or no", "write true or false"),
    "bool_parsing": _kind("yes or no", "write true or false"),
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "list_type": _list,
    "date_type": _date,
    "date_parsing": _date,
    "date_from_datetime_parsing": _date,
    "date_from_datetime_inexact": _date,
    "greater_than_equal": _least,
    "less_than_equal": _most,
    "too_short": _too_few,
    "too_long": _too_many,
}


def _meant_field(error: ErrorDetails, model: type[BaseModel]) -> str:
    told = meant(str(error["loc"][-1]), fields_of(model_at(model, error["loc"][:-1])))
    return told.removeprefix("did you mean ").removesuffix("?")


def fields_of(model: type[BaseModel] | None) -> list[str]:
    """Return the names that may be written in a model, as the YAML spells them."""
    return [] if model is None else [field.alias or name for name, field in model.model_fields.items()]


def model_at(model: type[BaseModel], loc: Iterable[str | int]) -> type[BaseModel] | None:
    """Return the model that a location leads to, through lists, mappings and unions."""
    found: Any = model
    for part in loc:
        found = _models_in(found).get(str(part), found) if _is_model(found) else found
        found = _innermost(found)
    return found if _is_model(found) else None


def _models_in(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _innermost(annotation: Any) -> Any:  # noqa: ANN401 - an annotation
    """Return the model inside list[...], dict[...], X | None and Annotated[...], else the annotation itself."""
    if _is_model(annotation):
        return annotation
    inner = (_innermost(part) for part in get_args(annotation))
    return next((part for part in inner if _is_model(part)), annotation)


def _is_model(annotation: Any) -> bool:  # noqa: ANN401 - an annotation
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
