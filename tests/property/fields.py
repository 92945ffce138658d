"""Which fields of a definition the generated ones say: a field that none says has no strategy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from penstock.playbook.definition import Definition

# What no statement asks: names for people, and what follows from a decision that has been made.
SAID_OF_DECISIONS = frozenset({
    "title", "Definition.cooldown", "Applies.motion", "Tier.sequence", "Tier.stage", "ExceptionRule.sequence",
})  # fmt: skip


def every_field() -> set[str]:
    """Return the fields of all parts of a definition, such as Related.within."""
    schema = Definition.model_json_schema(by_alias=False)
    parts = {"Definition": schema, **schema["$defs"]}
    fields = {f"{name}.{field}" for name, part in parts.items() for field in part.get("properties", {})}
    return {field for field in fields if not SAID_OF_DECISIONS & {field, field.split(".")[1]}}


def said_fields(part: Any) -> Iterator[str]:
    """Yield the fields that a part says, and those of its parts."""
    if isinstance(part, BaseModel):
        yield from (f"{type(part).__name__}.{name}" for name in part.model_fields_set)
        for name in part.model_fields_set & type(part).model_fields.keys():
            yield from said_fields(getattr(part, name))
    elif isinstance(part, dict | list):
        for one in part.values() if isinstance(part, dict) else part:
            yield from said_fields(one)
