"""A mapping from its file: YAML over a preset, validated, and every record with what it inherits. Used by the feed."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from connectors._kit.checked_yaml import line_of, read_yaml, validated
from connectors.csv_files.mapping import Activity, Mapping, RecordPart, Rows, Said, Table
from penstock.errors import FileError, Problem
from penstock.nearest import did_you_mean

PRESETS = "connectors.csv_files.presets"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A mapping and the file it came from, as messages name it."""

    mapping: Mapping
    shown: str
    written: Any

    @property
    def tables(self) -> list[Table]:
        """Return the tables with what the file says of absence for all of them."""
        outer = self.mapping
        return [
            table.model_copy(
                update={"absent": [*outer.absent, *table.absent], "optional": [*outer.optional, *table.optional]}
            )
            for table in outer.tables
        ]

    def problem(self, what: str, remedy: str, *steps: str | int) -> Problem:
        """Return a problem at the line the steps lead to."""
        return Problem(self.shown, line_of(self.written, *steps), what, remedy)

    def line_with(self, word: str) -> int:
        """Return the first line of the mapping that speaks of a column, 0 when none does by itself."""
        return _line_with(self.written, word)


def load_mapping(place: Path, shown: str) -> Loaded:
    """Read one mapping; raises FileError with every mistake in it."""
    written = read_yaml(place, shown)
    if not isinstance(written, dict):
        raise FileError(Problem(shown, 1, "is no mapping", "begin with `stream:` and `columns:`"))
    content = _over(_preset(written, shown), written) if "preset" in written else written
    loaded = Loaded(validated(Mapping, content, shown=shown, written=written), shown, written)
    if problems := [*_structure(loaded), *_records(loaded)]:
        raise FileError(*problems)
    return loaded


def said_by(mapping: Mapping, rows: Rows) -> list[RecordPart]:
    """Return the records that a row of a table (or of the mapping itself) gives, with all that they inherit."""
    base = rows if rows is mapping else _inherited(mapping, rows)
    if not rows.records:
        return [_settled(mapping, _inherited(base, RecordPart()), rows)]
    return [_settled(mapping, _inherited(base, part), part) for part in rows.records]


def _inherited(base: Said, own: Said) -> RecordPart:
    """Return what both say: dictionaries and the activity key by key, anything else as the inner one has it."""
    kept = {name: getattr(base, name) for name in Said.model_fields}
    for name in own.model_fields_set & set(Said.model_fields):
        outer, inner = kept[name], getattr(own, name)
        if isinstance(inner, dict):
            kept[name] = {**outer, **inner}
        elif isinstance(inner, Activity) and outer is not None:
            kept[name] = outer.model_copy(update={key: getattr(inner, key) for key in inner.model_fields_set})
        else:
            kept[name] = inner
    return RecordPart.model_construct(None, **kept, when=getattr(own, "when", None))


def _settled(mapping: Mapping, said: RecordPart, own: Said) -> RecordPart:
    """Give dates the mapping's zone, and drop an activity that is only inherited words without a kind."""
    changed: dict[str, Any] = {}
    if said.at is not None and said.at.needs_zone():
        changed["at"] = said.at.model_copy(update={"zone": mapping.zone})
    if said.target_list is not None and said.target_list.needs_zone():
        changed["target_list"] = said.target_list.model_copy(update={"zone": mapping.zone})
    if said.activity is not None and not said.activity.kind and own.activity is None:
        changed["activity"] = None
    return said.model_copy(update=changed)


def _structure(loaded: Loaded) -> list[Problem]:
    mapping = loaded.mapping
    markers = [table.marker for table in mapping.tables]
    found = [
        loaded.problem(f'two tables begin with "{marker}"', "give each its own marker", "tables")
        for marker in {one for one in markers if markers.count(one) > 1}
    ]
    if mapping.tables and mapping.records:
        found.append(loaded.problem("has tables and records", "write `records` inside each table", "records"))
    found += [
        loaded.problem(f'table "{table.name}" folds and needs a time zone', "add `zone: Europe/Berlin`", "tables")
        for table in mapping.tables
        if table.fold and table.fold.first.needs_zone() and not mapping.zone
    ]
    return found


def _records(loaded: Loaded) -> list[Problem]:
    mapping = loaded.mapping
    read: list[tuple[tuple[str | int, ...], Rows]] = [((), mapping)] if not mapping.tables else []
    read += [(("tables", n), t) for n, t in enumerate(mapping.tables) if is_mapped(t)]
    return [
        problem
        for steps, rows in read
        for number, said in enumerate(said_by(mapping, rows))
        for problem in _record(loaded, said, (*steps, *(("records", number) if rows.records else ())))
    ]


def is_mapped(table: Table) -> bool:
    """Whether the rows of a table become records."""
    return not (table.skipped or table.context)


def _record(loaded: Loaded, said: RecordPart, steps: tuple[str | int, ...]) -> list[Problem]:
    found = []
    if said.at is not None and said.at.needs_zone():
        what = f'the time in "{said.at.column}" has no zone'
        found.append(loaded.problem(what, "add `zone: Europe/Berlin` (or UTC) beside `column`", *steps, "at"))
    if said.target_list is not None and said.target_list.needs_zone():
        found.append(loaded.problem("the days have no zone", "add `zone: Europe/Berlin`", *steps, "target_list"))
    if said.activity is not None and not said.activity.kind:
        found.append(loaded.problem("the activity has no kind", "add `kind:`", *steps, "activity"))
    if not (said.columns or said.constants):
        what = "no column says who or what a record is about"
        found.append(loaded.problem(what, "add `columns:` with email, person_id, company_id or profile fields", *steps))
    return found


def _preset(written: AnyMapping[str, Any], shown: str) -> dict[str, Any]:
    name = str(written["preset"])
    known = {one.name.removesuffix(".yaml"): one for one in files(PRESETS).iterdir() if one.name.endswith(".yaml")}
    if name not in known:
        line = line_of(written, "preset")
        raise FileError(Problem(shown, line, f'there is no preset "{name}"', did_you_mean(name, known)))
    content: dict[str, Any] = YAML(typ="safe").load(known[name].read_text(encoding="utf-8"))
    return content


def _over(base: AnyMapping[str, Any], own: AnyMapping[str, Any]) -> dict[str, Any]:
    """Return the preset with what the user wrote over it, key by key."""
    inner = {
        key: _over(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
        for key, value in own.items()
    }
    return {**base, **inner}


def _line_with(content: Any, word: str) -> int:  # noqa: ANN401 - what YAML gave
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in pairs:
        if isinstance(value, str) and (value == word or f"{{{word}}}" in value):
            return line_of(content, key)
        if found := _line_with(value, word):
            return found
    return 0
