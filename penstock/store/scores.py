"""Score rows from the verdicts of a round: only rows that differ are written. Used by qualify, inside its
transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import Connection, Subquery, and_, case, delete, exists, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from penstock.store.batch import BATCH, CASE, LAST, SUBJECTS, VERDICT, in_order
from penstock.store.cases import by_case
from penstock.store.engine import table
from penstock.store.tables import Score

SCORE = table(Score)
INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
# What a score row takes from a verdict; ``as_of`` follows, and is no difference by itself.
TAKEN = ("fit", "intent", "tier", "flags", "evidence", "next_change_at", "version_id")


def write_scores(tx: Connection, subject: str, *, apart: bool) -> int:
    """Upsert what the round found into ``score``; return how many rows differed or were new.

    A row takes the values of its last moment, and as ``as_of`` the last moment at which they changed. Whoever was
    decided by case gets stage and branch with it; ``apart``: somebody was not, and gets them with the decision.
    """
    kinds = (_alike, _changes) if apart else (_alike,)
    counting = {"preserve_rowcount": True}
    return sum(
        tx.execute(_upsert(subject, tx.dialect.name, kind), execution_options=counting).rowcount for kind in kinds
    )


@cache
def _upsert(subject: str, dialect: str, found: Callable[[str], Subquery]) -> Any:  # noqa: ANN401 - the dialect's own Insert
    c = found(subject).c
    names = ["subject", "subject_id", "definition", "as_of", "stage", "branch", *TAKEN]
    # SQLite needs a WHERE to tell the ON of the conflict from that of a join.
    chosen = select(literal(subject), *(c[name] for name in names[1:])).where(c.place == 1)
    statement = INSERT[dialect](SCORE).from_select(names, chosen)
    return statement.on_conflict_do_update(
        index_elements=["subject", "subject_id", "definition"],
        set_={name: statement.excluded[name] for name in names[3:]},
    )


def _alike(subject: str) -> Subquery:
    """Return the verdicts of those decided by case (one moment each) that differ from the score, or whose decision
    does.
    """
    # Whoever has no score yet differs: points are never NULL.
    v, s = VERDICT.c, SCORE.c
    source, key = by_case(subject)
    to = and_(*(CASE.c[name] == column for name, column in key.items()))
    differs = or_(*(v[name].is_distinct_from(s[name]) for name in TAKEN))
    return (
        select(
            v.subject_id,
            v.definition,
            case((differs, v.as_of), else_=s.as_of).label("as_of"),
            func.coalesce(CASE.c.stage, s.stage).label("stage"),
            func.coalesce(CASE.c.branch, s.branch).label("branch"),
            *(v[name] for name in TAKEN),
            literal(1).label("place"),
        )
        .select_from(source.outerjoin(CASE, to))
        .where(or_(differs, CASE.c.stage.is_not(None)))
        .subquery("changes")
    )


def _changes(subject: str) -> Subquery:
    """Return the verdicts that differ from the one before (or from the score), the latest of each score first."""
    v, s = VERDICT.c, SCORE.c
    scored = (s.subject == subject) & (s.subject_id == v.subject_id) & (s.definition == v.definition)
    same = (BATCH.c.subject_id == v.subject_id) & (BATCH.c.as_of == v.as_of) & (BATCH.c.apart == 1)
    found = select(
        *VERDICT.columns,
        func.coalesce(s.stage, "lead").label("stage"),
        func.coalesce(s.branch, "none").label("branch"),
        in_order(func.row_number()).label("number"),
        *(in_order(func.lag(v[name])).label(f"last_{name}") for name in TAKEN),
        *(s[name].label(f"score_{name}") for name in TAKEN),
    ).select_from(VERDICT.join(BATCH, same).outerjoin(SCORE, scored))
    f = found.subquery("found").c
    first = or_(*(f[name].is_distinct_from(f[f"score_{name}"]) for name in TAKEN))
    later = or_(*(f[name].is_distinct_from(f[f"last_{name}"]) for name in TAKEN))
    latest = func.row_number().over(partition_by=(f.subject_id, f.definition), order_by=f.as_of.desc())
    kept = (*(column.name for column in VERDICT.columns), "stage", "branch")
    chosen = select(*(f[name] for name in kept), latest.label("place"))
    return chosen.where(case((f.number == 1, first), else_=later)).subquery("changes")


def forget_other_definitions(tx: Connection, subject: str) -> None:
    """Drop the scores of definitions that the last version to judge no longer has; their decisions stay."""
    v = VERDICT.c
    judged = exists(
        select(1)
        .select_from(VERDICT.join(LAST, (LAST.c.subject_id == v.subject_id) & (LAST.c.as_of == v.as_of)))
        .where(v.subject_id == SCORE.c.subject_id, v.definition == SCORE.c.definition)
        .correlate(SCORE)
    )
    tx.execute(delete(SCORE).where(SCORE.c.subject == subject, SCORE.c.subject_id.in_(SUBJECTS), ~judged))
