"""Who stays in a tier on lower gates than it was entered by; used by qualify, inside its transaction.

The compiled statement knows nothing of what was: it finds the tier that the gates give and a mask of the tiers that
may be stayed in, from a better one too. Here each subject's moments are gone through in order, all subjects at once: as
many statements as a subject has moments in the round, and none for definitions whose tiers are left where they are
entered.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Connection, ScalarSelect, Update, and_, bindparam, case, func, select, tuple_, update

from penstock.playbook.compiled import CompiledDefinition
from penstock.store.batch import BATCH, VERDICT
from penstock.store.engine import table
from penstock.store.tables import Score

SCORE = table(Score)
PLACE, VERSION = bindparam("place", type_=BigInteger), bindparam("version", type_=BigInteger)


def let_stay(tx: Connection, subject: str, compiled: Mapping[tuple[int, str], CompiledDefinition]) -> None:
    """Correct the tiers of the batch's verdicts by who was in which tier before; (version, id) → definition."""
    keeping = [(version, one) for (version, _), one in compiled.items() if one.kept]
    if not keeping:
        return
    most = tx.execute(select(func.max(BATCH.c.place))).scalar_one()
    for place in range(1, most + 1):
        for version, one in keeping:
            kept = tuple((tier.id, tier.bit, tier.by, tier.over) for tier in one.kept)
            tx.execute(_stay(subject, one.id, kept, first=place == 1), {"place": place, "version": version})


_Kept = tuple[str, int, tuple[str, ...], tuple[str, ...]]


@lru_cache(maxsize=256)
def _stay(subject: str, definition: str, kept: tuple[_Kept, ...], *, first: bool) -> Update:
    before = _scored(subject, definition) if first else _verdict_before(definition)
    ways = [
        (and_(VERDICT.c.staying.bitwise_and(bit) != 0, VERDICT.c.tier.in_(over), before.in_(by)), name)
        for name, bit, by, over in kept
    ]
    here = select(BATCH.c.subject_id, BATCH.c.as_of).where(BATCH.c.place == PLACE, BATCH.c.version_id == VERSION)
    return (
        update(VERDICT)
        .where(
            VERDICT.c.definition == definition,
            VERDICT.c.staying != 0,
            tuple_(VERDICT.c.subject_id, VERDICT.c.as_of).in_(here),
        )
        .values(tier=case(*ways, else_=VERDICT.c.tier))
    )


def _scored(subject: str, definition: str) -> ScalarSelect[Any]:
    """Return the tier that the last round left the subject in."""
    mine = (SCORE.c.subject == subject, SCORE.c.subject_id == VERDICT.c.subject_id, SCORE.c.definition == definition)
    return select(SCORE.c.tier).where(*mine).correlate(VERDICT).scalar_subquery()


def _verdict_before(definition: str) -> ScalarSelect[Any]:
    """Return the tier at the subject's moment before, which may have been judged by another version."""
    earlier, its = VERDICT.alias("earlier"), BATCH.alias("its")
    same = (its.c.subject_id == earlier.c.subject_id) & (its.c.as_of == earlier.c.as_of)
    return (
        select(earlier.c.tier)
        .select_from(earlier.join(its, same))
        .where(earlier.c.subject_id == VERDICT.c.subject_id, earlier.c.definition == definition)
        .where(its.c.place == PLACE - 1)
        .correlate(VERDICT)
        .scalar_subquery()
    )
