"""What changed between two playbooks, in words: a line for each rule, tier, route, person … that differs.

Told from the parsed halves, so a comment or another order of files is no change; for `penstock playbook diff`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from penstock.playbook.model import Deciding
from penstock.playbook.operations import Operations, canonical

Path = tuple[str, ...]
# What is named by an id of its own, and what one is called; everything else is a setting of what it stands in.
_KINDS: Mapping[Path, str] = {
    ("fit", "rules"): "fit rule",
    ("fit", "groups"): "group of fit rules",
    ("intent", "rules"): "intent rule",
    ("intent", "related"): "related rule",
    ("intent", "people"): "rule over people",
    ("intent", "groups"): "group of intent rules",
    ("tiers",): "tier",
    ("disqualify",): "disqualifier",
    ("triage",): "triage rule",
    ("exceptions",): "exception",
}
_OPERATIONS = {
    "routes": "route", "queues": "queue", "sla": "SLA", "people": "person", "calendars": "calendar",
    "sequences": "sequence", "content": "content", "reasons": "reason", "talk_tracks": "talk track for",
    "stages": "stage",
}  # fmt: skip
# Read from the top, so their order counts.
_ORDERED = (("tiers",), ("routes",))


def changes(old: Deciding | Operations, new: Deciding | Operations) -> list[str]:
    """Return a line for each difference of two halves of the same kind, in the order of the new one."""
    before, after = canonical(old), canonical(new)
    if isinstance(old, Deciding):
        return list(_deciding(before, after))
    return list(_operations(before, after))


def _deciding(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    definitions = old.get("definitions", {}), new.get("definitions", {})
    for name in dict.fromkeys([*definitions[1], *definitions[0]]):
        before, after = (of.get(name) for of in definitions)
        if before is None or after is None:
            yield f"definition {name}: {'new' if before is None else 'gone'}"
        else:
            yield from (f"{name}: {line}" for line in _definition(before, after))
    if set(definitions[0]) == set(definitions[1]) and list(definitions[0]) != list(definitions[1]):
        yield f"the order of definitions is now {', '.join(definitions[1])}"
    for section, before, after in _pairs(old.get("vocabulary", {}), new.get("vocabulary", {})):
        if isinstance(before or after, Mapping):
            yield from _things(f"vocabulary, {section}:", before or {}, after or {})
        else:
            yield f"vocabulary, {section}: {_values(before, after)}"


def _definition(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for path, kind in _KINDS.items():
        yield from _things(kind, _at(old, path), _at(new, path), is_ordered=path in _ORDERED)
    yield from _fields(_without(old), _without(new))


def _operations(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for section, kind in _OPERATIONS.items():
        yield from _things(kind, old.get(section, {}), new.get(section, {}), is_ordered=(section,) in _ORDERED)
    for name, before, after in _pairs(old.get("mails", {}), new.get("mails", {})):
        yield f"mail {name}: {'new' if before is None else 'gone' if after is None else 'its text changed'}"
    rest = [{name: value for name, value in of.items() if name not in (*_OPERATIONS, "mails")} for of in (old, new)]
    yield from _fields(*rest)


def _pairs(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield name, before and after of what differs; None where it is not there."""
    for name in dict.fromkeys([*new, *old]):
        if old.get(name) != new.get(name) or (name in old) != (name in new):
            yield name, old.get(name), new.get(name)


def _things(kind: str, old: Mapping[str, Any], new: Mapping[str, Any], *, is_ordered: bool = False) -> Iterator[str]:
    for name, before, after in _pairs(old, new):
        if name not in old:
            yield f"{kind} {name}: new, {_whole(after)}"
        elif name not in new:
            yield f"{kind} {name}: gone, it was {_whole(before)}"
        elif isinstance(before, Mapping) and isinstance(after, Mapping):
            yield f"{kind} {name}: {'; '.join(_fields(before, after))}"
        else:
            yield f"{kind} {name}: {_values(before, after)}"
    kept = [name for name in new if name in old]
    if is_ordered and kept != [name for name in old if name in new]:
        yield f"the order of {kind}s is now {', '.join(new)}"


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = dict(_flat(old)), dict(_flat(new))
    for name, was, is_now in _pairs(before, after):
        yield f"{name} {_values(was, is_now)}"


def _flat(of: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[str, Any]]:
    """Yield "needs intent" → 60 and so on; a list is one value."""
    for name, value in of.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, (*path, name))
        else:
            yield " ".join((*path, name)), value


def _values(before: Any, after: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(before, list) and isinstance(after, list):
        gone, come = [i for i in before if i not in after], [i for i in after if i not in before]
        told = [f"now also {_text(come)}"] if come else []
        told += [f"no longer {_text(gone)}"] if gone else []
        return ", ".join(told) or f"in the order {_text(after)}"
    if before is None:
        return f"is now {_text(after)}"
    if after is None:
        return f"is no longer {_text(before)}"
    return f"{_text(before)} → {_text(after)}"


def _whole(of: Any) -> str:  # noqa: ANN401 - JSON
    if not isinstance(of, Mapping):
        return _text(of)
    return ", ".join(f"{name} {_text(value)}" for name, value in _flat(of)) or "as it stands"


def _text(value: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return " or ".join(_text(item) for item in value) or "nothing"
    if isinstance(value, Mapping):
        return _whole(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _at(of: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    for name in path:
        of = of.get(name, {})
    return of


def _without(of: Mapping[str, Any], path: Path = ()) -> dict[str, Any]:
    """Return a definition without what has an id of its own."""
    return {
        name: _without(value, (*path, name)) if isinstance(value, Mapping) else value
        for name, value in of.items()
        if (*path, name) not in _KINDS
    }
