"""The leading definition: what a subject shows where there is room for one; used by nurture, status and exports.

With an open handoff, then the highest stage, then the highest tier, then the order in the playbook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, exists, func, literal, select

from penstock.playbook.model import Deciding
from penstock.playbook.operations import Stage
from penstock.playbook.stages import in_order
from penstock.store.engine import table
from penstock.store.persons import has_of_person, is_present
from penstock.store.tables import Handoff, HandoffDefinition, Score

SCORE, HANDOFF, JOINED = table(Score), table(Handoff), table(HandoffDefinition)

OPEN = ("offered", "working", "accepted", "review")
# The place of whoever is in no tier: after every tier.
LAST = 1_000
NO_STAGES: Mapping[str, Stage] = {}


def is_open(handoff: Any = HANDOFF) -> ColumnElement[bool]:  # noqa: ANN401 - the table or an alias of it
    """Return whether a handoff is open: sales has it, or is about to."""
    found: ColumnElement[bool] = handoff.c.status.in_(OPEN) & handoff.c.closed_at.is_(None)
    return found


def leading(
    deciding: Deciding,
    *,
    subject: str = "lead",
    among: Select[Any] | list[int] | None = None,
    stages: Mapping[str, Stage] = NO_STAGES,
) -> Subquery:
    """Return one row per subject that has a score: all columns of the leading score.

    ``among`` narrows the subjects, else they are all but merged ones; ``stages`` are those of the playbook's own.
    """
    chosen = select(SCORE).where(SCORE.c.subject == subject, SCORE.c.definition.in_(list(deciding.definitions)))
    chosen = chosen.where(is_present(SCORE)) if among is None else chosen.where(SCORE.c.subject_id.in_(among))
    ranked = chosen.add_columns(_place(deciding, in_order(stages)).label("place")).subquery("ranked")
    return (
        select(*(column for column in ranked.c if column.name != "place"))
        .where(ranked.c.place == 1)
        .subquery("leading")
    )


def _place(deciding: Deciding, stages: Sequence[str]) -> ColumnElement[int]:
    order = (_handed_over().desc(), _stage(stages).desc(), _tier(deciding).asc(), _position(deciding).asc())
    return func.row_number().over(partition_by=SCORE.c.subject_id, order_by=order)


def _handed_over() -> ColumnElement[int]:
    of_it = (JOINED.c.handoff_id == HANDOFF.c.id, JOINED.c.definition == SCORE.c.definition)
    joined = exists(select(1).where(*of_it).correlate(HANDOFF, SCORE))
    account = (HANDOFF.c.subject == "account", HANDOFF.c.subject_id == SCORE.c.subject_id)
    of_account = exists(select(1).where(*account, is_open(), joined).correlate(SCORE))
    of_lead = has_of_person(HANDOFF, SCORE.c.subject_id, is_open(), joined)
    return case(
        (and_(SCORE.c.subject == "lead", of_lead), 1), (and_(SCORE.c.subject == "account", of_account), 1), else_=0
    )


def _stage(stages: Sequence[str]) -> ColumnElement[int]:
    return case(*((SCORE.c.stage == stage, rank) for rank, stage in enumerate(stages)), else_=-1)


def _tier(deciding: Deciding) -> ColumnElement[int]:
    found = [
        ((SCORE.c.definition == name) & (SCORE.c.tier == tier), rank)
        for name, definition in deciding.definitions.items()
        for rank, tier in enumerate(definition.tiers)
    ]
    return case(*found, else_=LAST) if found else literal(LAST)


def _position(deciding: Deciding) -> ColumnElement[int]:
    names = [(SCORE.c.definition == name, rank) for rank, name in enumerate(deciding.definitions)]
    return case(*names, else_=LAST) if names else literal(LAST)
