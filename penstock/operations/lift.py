"""Lifting a disqualifier by hand, with the reason, for one lead or account; for `penstock lead lift`.

A row and a receipt: the next qualify decides as if the disqualifier did not hold, and says so. Taking it back is a row
of its own, and the latest holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from penstock.errors import UsageError
from penstock.identity.find import find_subject, merged_key
from penstock.operations.insist import tell_of
from penstock.playbook.compiled import compile_definition
from penstock.store import receipts
from penstock.store.engine import Sessions, table
from penstock.store.playbooks import Live, read_live
from penstock.store.tables import Lift, Score

LIFT, SCORE = table(Lift), table(Score)


@dataclass(frozen=True, slots=True)
class LiftResult:
    """For whom a disqualifier counts no more (or again), and under which definitions."""

    subject: str
    subject_id: int
    disqualifier: str
    definitions: tuple[str, ...]
    lifted: bool


def lift_disqualifier(
    sessions: Sessions,
    *,
    now: datetime,
    named: str,
    disqualifier: str,
    reason: str,
    actor: str,
    definition: str | None = None,
    again: bool = False,
) -> LiftResult:
    """Lift a disqualifier for who is named (as ``find_subject`` reads it), or let it count ``again``.

    Without ``definition``: under those in which it holds for them now, else under all that have it. Raises
    NotFoundError for nobody, UsageError without a reason, where no definition has the disqualifier, and where what
    should count again was not lifted.
    """
    if not reason.strip():
        raise UsageError("lifting a disqualifier needs its reason: --reason TEXT, for whoever asks later")

    def find(tx: Connection) -> tuple[str, int, str]:
        subject, own = find_subject(tx, named)
        return subject, own, merged_key(tx, named, own) if subject == "lead" else ""

    def record(tx: Connection, found: tuple[str, int, str]) -> LiftResult:
        subject, own, found_by = found
        definitions = _chosen(tx, read_live(tx, share=True), (subject, own), disqualifier, definition)
        if again and not (definitions := _lifted(tx, (subject, own), disqualifier, definitions)):
            raise UsageError(
                f"{disqualifier} was not lifted for {subject} {own}; `penstock explain {named}` says what holds"
            )
        at = receipts.stamp(tx, subject, own, now=now)
        row: dict[str, Any] = {"subject": subject, "subject_id": own, "disqualifier": disqualifier, "lifted": not again}
        row |= {"reason": reason.strip(), "actor": actor, "received_at": at, "found_by": found_by}
        tx.execute(insert(LIFT), [row | {"definition": name} for name in definitions])
        return LiftResult(subject, own, disqualifier, tuple(definitions), lifted=not again)

    return tell_of(sessions, find, record)


def _chosen(
    tx: Connection, live: Live, subject: tuple[str, int], disqualifier: str, definition: str | None
) -> Sequence[str]:
    kind, own = subject
    mine = {name: one for name, one in live.deciding.definitions.items() if one.subject == kind}
    having = [name for name, one in mine.items() if disqualifier in one.disqualify]
    if definition is not None:
        having = [name for name in having if name == definition]
    if not having:
        known = dict.fromkeys(out for one in mine.values() for out in one.disqualify)
        where = f"the definition {definition} has no" if definition is not None else f"no definition for {kind}s has a"
        raise UsageError(f'{where} disqualifier "{disqualifier}"; there are {", ".join(known) or "none"}')
    flags = dict(
        tx.execute(select(SCORE.c.definition, SCORE.c.flags).where(SCORE.c.subject == kind, SCORE.c.subject_id == own))
        .tuples()
        .all()
    )
    bits = {name: _bit(live, name, disqualifier) for name in having}
    return [name for name in having if flags.get(name, 0) & bits[name]] or having


def _lifted(tx: Connection, subject: tuple[str, int], disqualifier: str, definitions: Sequence[str]) -> Sequence[str]:
    """Return the definitions under which the disqualifier is lifted: the latest word on each holds."""
    mine = (LIFT.c.subject == subject[0], LIFT.c.subject_id == subject[1], LIFT.c.disqualifier == disqualifier)
    said = tx.execute(select(LIFT.c.definition, LIFT.c.lifted).where(*mine).order_by(LIFT.c.received_at, LIFT.c.id))
    latest = dict(said.tuples().all())
    return [name for name in definitions if latest.get(name)]


def _bit(live: Live, definition: str, disqualifier: str) -> int:
    flags = compile_definition(live.deciding.definitions[definition]).flags
    return next(flag.bit for flag in flags if flag.kind == "out" and flag.id == disqualifier)
