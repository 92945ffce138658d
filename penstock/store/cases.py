"""Decisions of a round by case: whoever stands alike and is found alike is decided alike, once for all of them.

Used by qualify, inside its transaction. Nearly everybody in a round has one moment in it, and nobody has said anything
of them: what is decided then follows from definition, tier, flags and standing alone, of which a round holds a few
dozen combinations. Those who are *apart* (several moments, a word of a person, perhaps no route) are decided one by one
(penstock.store.decisions).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Insert,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)

from penstock.playbook.compiled import CompiledDefinition
from penstock.playbook.decide import ACTED_ON, Decided, Standing, Verdict, decide
from penstock.store.batch import BATCH, CASE, CASE_KEY, VERDICT
from penstock.store.engine import table
from penstock.store.sales_word import anything_said
from penstock.store.tables import Decision, Score
from penstock.store.types import EPOCH, Instant

DECISION, SCORE = table(Decision), table(Score)
NOW = bindparam("now", type_=Instant)


@dataclass(frozen=True, slots=True)
class Case:
    """What is decided of so many subjects at once, and whether route or nurture is to act on it."""

    decided: Decided
    asks: bool
    many: int


def set_apart(tx: Connection, subject: str) -> int:
    """Mark whom only the order of their moments, or what people said of them, decides; return how many rows."""
    return tx.execute(_spoken_of(subject)).rowcount


@cache
def _spoken_of(subject: str) -> Update:
    other = BATCH.alias("other")
    several = exists(select(1).where(other.c.subject_id == BATCH.c.subject_id, other.c.place > 1).correlate(BATCH))
    return update(BATCH).where(or_(several, anything_said(subject, BATCH.c.subject_id, BATCH.c.as_of))).values(apart=1)


def set_apart_for_routes(tx: Connection, compiled: Mapping[tuple[int, str], CompiledDefinition]) -> int:
    """Mark also whom a tier hands over to sales, which some of them may have no route for; return how many rows."""
    asked = [
        and_(VERDICT.c.version_id == version, VERDICT.c.definition == name, VERDICT.c.tier.in_(tiers))
        for (version, name), one in compiled.items()
        if (tiers := one.definition.tiers_for_sales)
    ]
    if not asked:
        return 0
    theirs = select(VERDICT.c.subject_id).where(or_(*asked))
    return tx.execute(update(BATCH).where(BATCH.c.apart == 0, BATCH.c.subject_id.in_(theirs)).values(apart=1)).rowcount


def decide_cases(
    tx: Connection, subject: str, compiled: Mapping[tuple[int, str], CompiledDefinition], *, now: datetime
) -> list[Case]:
    """Decide everybody who is not apart, and append the decisions that change something; the scores still stand as
    before.
    """
    found = list(_decided(tx.execute(_standing(subject)), compiled))
    if found:
        tx.execute(insert(CASE), [row for row, _ in found])
        tx.execute(_append(subject), {"now": now})
    return [one for _, one in found]


def _decided(
    rows: Iterable[Any], compiled: Mapping[tuple[int, str], CompiledDefinition]
) -> Iterator[tuple[dict[str, Any], Case]]:
    """Yield the row of each case that changes something, with what is decided."""
    for row in rows:
        of = compiled[row.version_id, row.definition]
        before = Standing(row.stage_from, row.tier_from, row.branch_from) if row.stage_from else None
        decided = decide(of, Verdict(0, EPOCH, 0, 0, row.tier, row.flags, "", live=bool(row.live)), before)
        if not decided.changes(before):
            continue
        asks = decided.asks_to_act(before, of.definition)
        key = {name: getattr(row, name) for name in CASE_KEY}
        said = {name: getattr(decided, name) for name in ("stage", "branch", "reason", "exception")}
        marks = {"by_points": int(decided.by_points), "acted": int(decided.branch in ACTED_ON and not asks)}
        yield key | said | marks, Case(decided, asks, row.many)


def by_case(subject: str) -> tuple[FromClause, dict[str, ColumnElement[Any]]]:
    """Return the verdicts of those not apart with how they stood before, and the columns that make a case."""
    v, b, s = VERDICT.c, BATCH.c, SCORE.c
    same = and_(b.subject_id == v.subject_id, b.as_of == v.as_of, b.apart == 0)
    scored = and_(s.subject == subject, s.subject_id == v.subject_id, s.definition == v.definition)
    source = VERDICT.join(BATCH, same).outerjoin(SCORE, scored)
    key = {
        "definition": v.definition, "version_id": v.version_id, "tier": v.tier, "flags": v.flags,
        "live": case((b.live_at <= b.as_of, 1), else_=0), "stage_from": func.coalesce(s.stage, ""),
        "tier_from": func.coalesce(s.tier, ""), "branch_from": func.coalesce(s.branch, ""),
    }  # fmt: skip
    return source, key


@cache
def _standing(subject: str) -> Select[Any]:
    source, key = by_case(subject)
    columns = [column.label(name) for name, column in key.items()]
    return select(*columns, func.count().label("many")).select_from(source).group_by(*key.values())


@cache
def _append(subject: str) -> Insert:
    source, key = by_case(subject)
    v, c = VERDICT.c, CASE.c
    points = ": fit " + points_told(v.fit) + ", intent " + points_told(v.intent)
    row: dict[str, Any] = {
        "subject": cast(subject, Text), "subject_id": v.subject_id, "definition": v.definition, "moment": v.as_of,
        "decided_at": NOW, "version_id": v.version_id, "stage_from": key["stage_from"], "stage_to": c.stage,
        "tier_from": key["tier_from"], "tier_to": v.tier, "branch_from": key["branch_from"], "branch": c.branch,
        "fit": v.fit, "intent": v.intent, "reason": c.reason + case((c.by_points == 1, points), else_=""),
        "exception": c.exception, "evidence": v.evidence, "acted_at": case((c.acted == 1, NOW)),
    }  # fmt: skip
    alike = and_(*(CASE.c[name] == column for name, column in key.items()))
    chosen = select(*row.values()).select_from(source.join(CASE, alike)).order_by(v.subject_id, v.definition)
    return insert(DECISION).from_select(list(row), chosen)


def points_told(points: ColumnElement[int]) -> ColumnElement[str]:
    """Return thousandths as ``points_text`` writes them."""
    plain = type_coerce(func.abs(points), BigInteger)
    rest = plain % 1000
    # From 1000 on, so that zeros at the front stay.
    places = func.rtrim(func.substr(cast(rest + 1000, Text), 2), "0")
    return (
        case((points < 0, "-"), else_="") + cast(plain // 1000, Text) + case((rest == 0, ""), else_="." + places)
    )  # fmt: skip
