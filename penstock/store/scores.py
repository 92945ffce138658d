"""Score rows from the verdicts of a round: only rows that differ are written. Used by qualify, inside its
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, bindparam, delete, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from penstock.store.engine import table
from penstock.store.moments import BATCH, VERDICT
from penstock.store.tables import Score

SCORE = table(Score)
INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
VERSION = bindparam("version", type_=BigInteger)
# What a score row takes from a verdict; ``as_of`` follows, and is no difference by itself.
TAKEN = ("fit", "intent", "tier", "flags", "evidence", "next_change_at", "version_id")


def write_scores(tx: Connection, subject: str, version: int) -> int:
    """Upsert the verdicts of a version into ``score``; return how many rows differed or were new."""
    tx.execute(_upsert(subject, tx.dialect.name), {"version": version})
    # Rows that bear this round's moments: ``rowcount`` of INSERT … SELECT is −1 on PostgreSQL.
    return tx.scalar(_written(subject), {"version": version}) or 0


@cache
def _upsert(subject: str, dialect: str) -> Any:  # noqa: ANN401 - the dialect's own Insert
    chosen = select(
        literal(subject),
        VERDICT.c.subject_id,
        VERDICT.c.definition,
        VERDICT.c.as_of,
        literal("lead"),
        literal("none"),
        *(VERDICT.c[name] for name in TAKEN),
    ).where(VERDICT.c.version_id == VERSION)
    names = ["subject", "subject_id", "definition", "as_of", "stage", "branch", *TAKEN]
    statement = INSERT[dialect](SCORE).from_select(names, chosen)
    return statement.on_conflict_do_update(
        index_elements=["subject", "subject_id", "definition"],
        set_={name: statement.excluded[name] for name in (*TAKEN, "as_of")},
        where=or_(*(_differs(SCORE.c[name], statement.excluded[name]) for name in TAKEN)),
    )


def _differs(here: ColumnElement[Any], there: ColumnElement[Any]) -> ColumnElement[bool]:
    return here.is_distinct_from(there)


@cache
def _written(subject: str) -> Select[tuple[int]]:
    same = (SCORE.c.subject_id == BATCH.c.subject_id) & (SCORE.c.as_of == BATCH.c.as_of) & (SCORE.c.subject == subject)
    return select(func.count()).select_from(BATCH.join(SCORE, same)).where(BATCH.c.version_id == VERSION)


def forget_other_definitions(tx: Connection, subject: str, version: int, known: Sequence[str]) -> None:
    """Drop the scores of definitions that this version no longer has; their decisions stay."""
    in_batch = SCORE.c.subject_id.in_(select(BATCH.c.subject_id).where(BATCH.c.version_id == version))
    tx.execute(delete(SCORE).where(SCORE.c.subject == subject, in_batch, SCORE.c.definition.not_in(known)))
