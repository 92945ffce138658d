"""Promotion: a person puts a lead forward by hand, with the reason. Used by `penstock lead promote`; ends triage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from penstock.errors import UsageError
from penstock.identity.find import find_named
from penstock.operations.insist import tell_of
from penstock.store import receipts
from penstock.store.engine import Sessions, table
from penstock.store.playbooks import Live, read_live
from penstock.store.tables import Promotion, Score

PROMOTION, SCORE = table(Promotion), table(Score)


@dataclass(frozen=True, slots=True)
class PromoteResult:
    """Who was put forward, and under which definitions; the next qualify decides."""

    lead_id: int
    definitions: tuple[str, ...]


def promote_lead(
    sessions: Sessions, *, now: datetime, lead: str, reason: str, actor: str, definition: str | None = None
) -> PromoteResult:
    """Put a lead (id, e-mail address or ``feed:external-id``) forward under a definition.

    Without ``definition``: under those that hold it in triage, else under the only one there is. Raises NotFoundError
    for an unknown lead, UsageError without a reason or where the definition is not known.
    """
    if not reason.strip():
        raise UsageError("a promotion needs its reason: --reason TEXT, for sales and for whoever asks later")

    def record(tx: Connection, found: tuple[int, str]) -> PromoteResult:
        lead_id, found_by = found
        definitions = _chosen(tx, read_live(tx, share=True), lead_id, definition)
        at = receipts.stamp(tx, "lead", lead_id, now=now)
        row: dict[str, Any] = {"subject": "lead", "subject_id": lead_id, "reason": reason.strip(), "actor": actor}
        row |= {"received_at": at, "found_by": found_by}
        tx.execute(insert(PROMOTION), [row | {"definition": name} for name in definitions])
        return PromoteResult(lead_id, tuple(definitions))

    return tell_of(sessions, lambda tx: find_named(tx, lead), record)


def _chosen(tx: Connection, live: Live, lead_id: int, definition: str | None) -> Sequence[str]:
    known = [name for name, one in live.deciding.definitions.items() if one.subject == "lead"]
    if definition is not None:
        if definition not in known:
            raise UsageError(
                f'"{definition}" is no definition for leads; the playbook has {", ".join(known) or "none"}'
            )
        return [definition]
    s = SCORE.c
    mine = (s.subject == "lead", s.subject_id == lead_id, s.branch == "triage")
    held = set(tx.scalars(select(s.definition).where(*mine)))
    chosen = [name for name in known if name in held] or known
    if len(chosen) > 1 and not held:
        raise UsageError(f"this lead is in triage nowhere; name the definition: --definition {' or '.join(known)}")
    return chosen
