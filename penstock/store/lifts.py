"""Disqualifiers that a person has lifted for somebody, by the moments of the batch; read by qualify and compare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, select

from penstock.store.batch import LAST
from penstock.store.engine import table
from penstock.store.tables import Lift

LIFT = table(Lift)


@dataclass(frozen=True, slots=True)
class Lifted:
    """One word of a person: from when a disqualifier of a definition counts no more for a subject, or again."""

    at: datetime
    definition: str
    disqualifier: str
    lifted: bool


def lifts_of_batch(tx: Connection, subject: str) -> dict[int, list[Lifted]]:
    """Return subject id → what was lifted or set again by its last moment, in the order received."""
    found: dict[int, list[Lifted]] = defaultdict(list)
    for row in tx.execute(_lifts(subject)):
        found[row.subject_id].append(Lifted(row.received_at, row.definition, row.disqualifier, row.lifted))
    return found


@cache
def _lifts(subject: str) -> Select[Any]:
    heard = (
        (LIFT.c.subject == subject) & (LIFT.c.subject_id == LAST.c.subject_id) & (LIFT.c.received_at <= LAST.c.as_of)
    )
    return select(LIFT).select_from(LAST.join(LIFT, heard)).order_by(LIFT.c.received_at, LIFT.c.id)


def lifted_at(said: Iterable[Lifted], definition: str, moment: datetime) -> frozenset[str]:
    """Return the disqualifiers of a definition that are lifted at a moment; the latest word on each holds."""
    held = {one.disqualifier: one.lifted for one in said if one.definition == definition and one.at <= moment}
    return frozenset(name for name, lifted in held.items() if lifted)
