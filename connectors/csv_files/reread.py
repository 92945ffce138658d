"""One quarantined payload mapped again, after its mapping was mended. Used by the feed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from connectors.csv_files.columns import Row
from connectors.csv_files.fold import folder_of
from connectors.csv_files.load import Loaded, said_by
from connectors.csv_files.mapping import Rows, Table
from connectors.csv_files.plan import Draft, Plan
from connectors.csv_files.rows import Broken, RowReader
from penstock.records import Unreadable


def mapped_again(loaded: Loaded, raw: str, place: str) -> Draft:
    """Return what a payload becomes under the present mapping; what still cannot be read says why."""
    content = _object(raw)
    if content is None:
        return _unreadable(raw, place, "payload", "is no payload of this feed")
    first = content["#rows"][0] if content.get("#rows") else content
    tag = first.get("#table", "")
    rows: Rows | None = next((t for t in loaded.tables if t.name == tag), None) if tag else loaded.mapping
    if rows is None:
        return _unreadable(raw, place, "no_table", f'the mapping has no table "{tag}" any more')
    return _mapped(loaded, rows, content, raw, place)


def _mapped(loaded: Loaded, rows: Rows, content: Mapping[str, Any], raw: str, place: str) -> Draft:
    names, row = _row(loaded, rows, content)
    plan = Plan(rows, said_by(loaded.mapping, rows), names, tag=rows.name if isinstance(rows, Table) else "")
    if plan.missing:
        return _unreadable(raw, place, "columns", f'the mapping asks for "{plan.missing[0]}", which it does not have')
    draft = Draft(read=1)
    plan.take(row, place, draft, raw if "#rows" in content else "")
    draft.settle(int(content.get("#times", 1)))
    return draft


def _row(loaded: Loaded, rows: Rows, content: Mapping[str, Any]) -> tuple[list[str], Row | Broken]:
    if "#rows" in content:
        return _folded(loaded, rows, content["#rows"])
    if "#names" not in content:
        return _plain(content)
    if "#cells" in content:
        return content["#names"], content["#cells"]
    return content["#names"], _decoded(loaded, content["#text"])


def _plain(content: Mapping[str, Any]) -> tuple[list[str], Row]:
    cells = {name: str(value) for name, value in content.items() if not name.startswith("#")}
    return list(cells), list(cells.values())


def _folded(loaded: Loaded, rows: Rows, payloads: list[Mapping[str, Any]]) -> tuple[list[str], Row]:
    names = _plain(payloads[0])[0]
    cells = [_plain(payload)[1] for payload in payloads]
    folder = folder_of(loaded.mapping, rows, names)
    return names, folder.merged(cells) if folder else cells[0]


def _decoded(loaded: Loaded, text: str) -> Row | Broken:
    """Read a broken line again, under the encoding that the mapping states now."""
    stated = loaded.mapping.encoding
    try:
        # What could not be decoded was kept byte for byte (surrogateescape).
        again = text.encode("utf-8", "surrogateescape").decode(stated) if stated else text
    except UnicodeError:
        again = text
    reader = RowReader([again], delimiter=loaded.mapping.delimiter or ",", stated=True)
    return next((row for _, row in reader), [])


def _object(raw: str) -> dict[str, Any] | None:
    try:
        content = json.loads(raw)
    except json.JSONDecodeError:
        return None
    return content if isinstance(content, dict) else None


def _unreadable(raw: str, place: str, code: str, detail: str) -> Draft:
    draft = Draft(read=1, unreadable=[Unreadable("", code, detail, raw, place)])
    draft.settle(1)
    return draft
