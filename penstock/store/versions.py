"""Stored versions by what a person types: ``live``, or the beginning of a hash; for commands that compare."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from penstock.errors import NotFoundError, UsageError
from penstock.playbook.model import Deciding, Playbook, read_body, version
from penstock.playbook.operations import Operations
from penstock.store.playbooks import VERSION, read_live

LIVE = "live"
SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Side:
    """A playbook, or the half of one that a hash names."""

    name: str
    deciding: Deciding | None
    operations: Operations | None


def side_of(playbook: Playbook) -> Side:
    """Return both halves of a playbook, named by their hashes."""
    name = f"definition {version(playbook.deciding)} · operations {version(playbook.operations)}"
    return Side(name, playbook.deciding, playbook.operations)


def find_side(tx: Connection, text: str) -> Side:
    """Return the live playbook, or the half whose hash begins so.

    Raises NotFoundError where there is none, UsageError where there are several.
    """
    if text == LIVE:
        live = read_live(tx)
        return side_of(Playbook(deciding=live.deciding, operations=live.operations))
    query = select(VERSION.c.part, VERSION.c.hash, VERSION.c.body).where(
        VERSION.c.hash.startswith(text, autoescape=True)
    )
    found = tx.execute(query.order_by(VERSION.c.hash)).all() if len(text) >= SHORTEST else []
    if not found:
        raise NotFoundError(
            f'there is no folder and no version "{text}"; give a folder, {LIVE}, or the beginning of a hash'
        )
    if len(found) > 1:
        raise UsageError(f'"{text}" begins several versions: {", ".join(row.hash for row in found)}')
    (row,) = found
    is_deciding = row.part == "definition"
    body = read_body(Deciding if is_deciding else Operations, row.body)
    return Side(f"{row.part} {row.hash}", body if is_deciding else None, None if is_deciding else body)
