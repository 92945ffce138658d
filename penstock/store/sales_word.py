"""What people had said of the batch's subjects by their moments: dispositions, outcomes, promotions. Read by
qualify.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, literal, or_, select

from penstock.store.batch import LAST
from penstock.store.engine import table
from penstock.store.outcomes import counts
from penstock.store.tables import Disposition, HandoffDefinition, Lift, Outcome, Promotion

DISPOSITION, OUTCOME, PROMOTION, JOINED = table(Disposition), table(Outcome), table(Promotion), table(HandoffDefinition)
STAGE_OF_OUTCOME = {"evaluation": "evaluation", "opportunity": "opportunity", "won": "customer", "lost": "nurture"}


@dataclass(frozen=True, slots=True)
class Said:
    """One word of a person: ``stage`` it moves to ('' for a promotion), for one definition or (None) for all.

    ``of`` are all definitions of the handoff that an answer is about; empty for other words.
    """

    at: datetime
    order: int
    definition: str | None
    stage: str
    why: str
    of: frozenset[str] = frozenset()


def anything_said(subject: str, subject_id: ColumnElement[int], as_of: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether people had said anything of a subject by a moment."""
    return or_(
        *(
            exists(select(1).where(t.c.subject == subject, t.c.subject_id == subject_id, t.c.received_at <= as_of))
            for t in (DISPOSITION, OUTCOME, PROMOTION, table(Lift))
        )
    )


def words_of_batch(tx: Connection, subject: str) -> dict[int, list[Said]]:
    """Return subject id → what was said by its last moment, in the order received."""
    found: dict[int, list[Said]] = defaultdict(list)
    for statement in (_dispositions(subject), _outcomes(subject), _promotions(subject)):
        rows = tx.execute(statement).all()
        of: dict[int, set[str]] = defaultdict(set)
        for row in rows:
            if row.source == "answer":
                of[row.id].add(row.definition)
        for row in rows:
            stage = STAGE_OF_OUTCOME.get(row.stage, "") if row.source == "outcome" else row.stage
            if stage or row.source == "promotion":
                word = Said(row.received_at, row.id, row.definition, stage, row.why, frozenset(of.get(row.id, ())))
                found[row.subject_id].append(word)
    for words in found.values():
        words.sort(key=lambda word: (word.at, word.order))
    return found


def _heard(of: Any, subject: str) -> ColumnElement[bool]:  # noqa: ANN401 - a table
    return and_(of.c.subject == subject, of.c.subject_id == LAST.c.subject_id, of.c.received_at <= LAST.c.as_of)


@cache
def _dispositions(subject: str) -> Select[Any]:
    d = DISPOSITION.c
    why = d.answer + literal(" ") + d.reason
    return select(
        d.subject_id,
        d.received_at,
        d.id,
        JOINED.c.definition,
        d.stage,
        why.label("why"),
        literal("answer").label("source"),
    ).select_from(
        LAST.join(DISPOSITION, _heard(DISPOSITION, subject)).join(JOINED, JOINED.c.handoff_id == d.handoff_id)
    )


@cache
def _outcomes(subject: str) -> Select[Any]:
    """Return outcomes; they speak for every definition."""
    o = OUTCOME.c
    nothing = literal(None).label("definition")
    return select(
        o.subject_id,
        o.received_at,
        o.id,
        nothing,
        o.kind.label("stage"),
        o.kind.label("why"),
        literal("outcome").label("source"),
    ).select_from(LAST.join(OUTCOME, and_(_heard(OUTCOME, subject), counts(LAST.c.as_of))))


@cache
def _promotions(subject: str) -> Select[Any]:
    p = PROMOTION.c
    return select(
        p.subject_id, p.received_at, p.id, p.definition, literal("").label("stage"), p.reason.label("why"),
        literal("promotion").label("source"),
    ).select_from(LAST.join(PROMOTION, _heard(PROMOTION, subject)))  # fmt: skip
