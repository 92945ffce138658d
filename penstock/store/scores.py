"""Score rows from the verdicts of a round: only rows that differ are written. Used by qualify, inside its
transaction.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, Subquery, case, delete, exists, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from penstock.store.batch import LAST, SUBJECTS, VERDICT, in_order
from penstock.store.engine import table
from penstock.store.tables import Score

SCORE = table(Score)
INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
# What a score row takes from a verdict; ``as_of`` follows, and is no difference by itself.
TAKEN = ("fit", "intent", "tier", "flags", "evidence", "next_change_at", "version_id")


def write_scores(tx: Connection, subject: str, *, several: bool) -> int:
    """Upsert what the round found into ``score``; return how many rows differed or were new.

    ``several``: some subjects have more than one moment in the batch. A row takes the values of its last moment, and as
    ``as_of`` the last moment at which they changed.
    """
    statement = _upsert(subject, tx.dialect.name, several=several)
    return tx.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


@cache
def _upsert(subject: str, dialect: str, *, several: bool) -> Any:  # noqa: ANN401 - the dialect's own Insert
    c = (_changes(subject) if several else _differences(subject)).c
    names = ["subject", "subject_id", "definition", "as_of", "stage", "branch", *TAKEN]
    taken = (c.subject_id, c.definition, c.as_of, literal("lead"), literal("none"), *(c[name] for name in TAKEN))
    # SQLite needs a WHERE to tell the conflict's ON from a join's.
    statement = INSERT[dialect](SCORE).from_select(names, select(literal(subject), *taken).where(c.place == 1))
    return statement.on_conflict_do_update(
        index_elements=["subject", "subject_id", "definition"],
        set_={name: statement.excluded[name] for name in (*TAKEN, "as_of")},
    )


def _differences(subject: str) -> Subquery:
    """Return the verdicts that differ from the score, where each subject has one moment: no window is needed."""
    v, s = VERDICT.c, SCORE.c
    scored = (s.subject == subject) & (s.subject_id == v.subject_id) & (s.definition == v.definition)
    differs = or_(s.stage.is_(None), *(v[name].is_distinct_from(s[name]) for name in TAKEN))
    found = select(*VERDICT.columns, literal(1).label("place")).select_from(VERDICT.outerjoin(SCORE, scored))
    return found.where(differs).subquery("changes")


def _changes(subject: str) -> Subquery:
    """Return the verdicts that differ from the one before (or from the score), the latest of each score first."""
    v, s = VERDICT.c, SCORE.c
    scored = (s.subject == subject) & (s.subject_id == v.subject_id) & (s.definition == v.definition)
    found = select(
        *VERDICT.columns,
        in_order(func.row_number()).label("number"),
        s.stage.label("scored"),
        *(in_order(func.lag(v[name])).label(f"last_{name}") for name in TAKEN),
        *(s[name].label(f"score_{name}") for name in TAKEN),
    ).select_from(VERDICT.outerjoin(SCORE, scored))
    f = found.subquery("found").c
    first = or_(f.scored.is_(None), *(f[name].is_distinct_from(f[f"score_{name}"]) for name in TAKEN))
    later = or_(*(f[name].is_distinct_from(f[f"last_{name}"]) for name in TAKEN))
    latest = func.row_number().over(partition_by=(f.subject_id, f.definition), order_by=f.as_of.desc())
    chosen = select(*(f[column.name] for column in VERDICT.columns), latest.label("place"))
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
