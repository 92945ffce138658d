"""Evidence as it leaves: by the ids of rules, never by the bits that it is stored in."""

from __future__ import annotations

import json

from sqlalchemy import Connection

from penstock.operations.export.shape import Line
from penstock.playbook.compiled import CompiledDefinition, compile_definition
from penstock.store.evidence import parse, rule_ids
from penstock.store.playbooks import read_deciding


def complete_evidence(tx: Connection, found: list[Line]) -> None:
    """Name the rules behind each score or decision by its own definition version, with the activities they hit."""
    used = {(line["version_id"], line["definition"]) for line in found}
    compiled = {of: _compiled(tx, *of) for of in used}
    for line in found:
        named = rule_ids(compiled[line["version_id"], line["definition"]], parse(line["evidence"]))
        line["evidence"] = json.dumps(named, separators=(",", ":"))


def _compiled(tx: Connection, version_id: int, definition: str) -> CompiledDefinition:
    return compile_definition(read_deciding(tx, version_id)[0].definitions[definition])
