"""Intent as one CTE: each activity in the window becomes a bit mask of the rules it hits, sums test bits.

Masks in a MATERIALIZED CTE were the fastest of the shapes tried on both databases (DECISIONS.md); without it the
planners work a rule's condition out again for each sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    case,
    cast,
    distinct,
    false,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)

from penstock.playbook.compiled import Band, CompiledDefinition, CompiledIntent
from penstock.playbook.conditions import Node
from penstock.playbook.conditions_sql import Columns, Version, condition, spells
from penstock.playbook.points_sql import total
from penstock.store.batch import BATCH
from penstock.store.dialect import JoinedPieces, Smallest
from penstock.store.engine import table
from penstock.store.tables import Activity, Lead

ACTIVITY, LEAD = table(Activity), table(Lead)
# Later than any instant: what stands for none where two databases treat NULL in two ways.
NEVER = literal(2**62, BigInteger)


def micros(instant: ColumnElement[Any]) -> ColumnElement[int]:
    """Return an instant as the plain integer that it is in the store, to reckon with."""
    return type_coerce(instant, BigInteger)


def activity_columns() -> Columns:
    """Return the columns of an activity by condition field; a line that is not stated is the asset's."""
    a = ACTIVITY.c
    return {
        "kind": a.kind_id,
        "channel": a.channel_id,
        "source": a.source_id,
        "campaign": a.campaign_id,
        "asset": a.asset_id,
        "content_stage": a.asset_id,
        "line": func.coalesce(a.line_id, a.asset_id),
        "text": a.text_id,
    }


def hits(compiled: CompiledDefinition, version: Version) -> CTE:
    """Return the CTE of activities with their age (microseconds), channel class and mask; ages below zero lie ahead."""
    a, b = ACTIVITY.c, BATCH.c
    in_window = micros(a.occurred_at) > micros(b.as_of) - compiled.window
    known = and_(in_window, a.received_at <= b.as_of)
    mine = a.lead_id if compiled.definition.subject == "lead" else a.account_id
    arms = [_found(compiled, version, BATCH.join(ACTIVITY, and_(mine == b.subject_id, known)))]
    # An arm of its own: with an OR over account and lead neither index would serve.
    if compiled.counts_people:
        theirs = BATCH.join(LEAD, LEAD.c.account_id == b.subject_id).join(ACTIVITY, and_(a.lead_id == LEAD.c.id, known))
        arms.append(_found(compiled, version, theirs))
    found = arms[0] if len(arms) == 1 else union_all(*arms)
    return found.cte("hits").prefix_with("MATERIALIZED")


def _found(compiled: CompiledDefinition, version: Version, source: FromClause) -> Select[Any]:
    a, b = ACTIVITY.c, BATCH.c
    age = micros(b.as_of) - micros(a.occurred_at)
    return (
        select(
            b.subject_id,
            b.as_of,
            a.id.label("activity_id"),
            micros(a.occurred_at).label("occurred_at"),
            age.label("age"),
            _channel_class(compiled, version).label("channel_class"),
            # What lies ahead is kept for its edge only.
            case((age < 0, 0), else_=_mask(compiled, age, version)).label("mask"),
            *([a.kind_id.label("kind_id")] if compiled.kinds_counted else []),
            *(activity_columns()[same].label(f"{same}_spelling") for same in sorted(_shared(compiled))),
        )
        .select_from(source)
        .where(b.version_id == version, line_counts(compiled, version))
    )


def _shared(compiled: CompiledDefinition) -> set[str]:
    return {rule.together.same for rule in compiled.related if rule.together is not None}


def line_counts(compiled: CompiledDefinition, version: Version) -> ColumnElement[bool]:
    """Return whether an activity's line is the definition's, or it names none."""
    line, mine = activity_columns()["line"], compiled.definition.applies.line
    if mine is None:
        return true()
    return or_(line.is_(None), spells(line, "line", (mine,), version), ~spells(line, "line", None, version))


def _mask(compiled: CompiledDefinition, age: ColumnElement[int], version: Version) -> ColumnElement[int]:
    """Return the bits of the rules that an activity meets; what several of them ask first is asked once."""
    alike: dict[tuple[Node, ...], list[CompiledIntent]] = {}
    for rule in compiled.single:
        alike.setdefault(rule.nodes[:1], []).append(rule)
    columns = activity_columns()
    # Each bit at most once, so a sum is an OR, and both databases add faster than they OR.
    bits = {first: total([_bit(rule, compiled, age, version) for rule in rules]) for first, rules in alike.items()}
    return total([case((condition(first, columns, version), sums), else_=0) for first, sums in bits.items()])


def _bit(
    rule: CompiledIntent, compiled: CompiledDefinition, age: ColumnElement[int], version: Version
) -> ColumnElement[int]:
    """Return a rule's bit where an activity meets the rest of what it asks and is not too old for it, so that evidence
    changes only at an edge.
    """
    met = condition(rule.nodes[1:], activity_columns(), version)
    until = compiled.counts_until(rule)
    return case((met if until == compiled.window else and_(age < until, met), rule.bit), else_=0)


def _channel_class(compiled: CompiledDefinition, version: Version) -> ColumnElement[int]:
    channel = ACTIVITY.c.channel_id
    named = [
        (spells(channel, "channel", (name,), version), number)
        for number, (name, _) in enumerate(compiled.channels, start=1)
    ]
    return case(*named, else_=0) if named else literal(0)


def sums(compiled: CompiledDefinition, found: CTE) -> CTE:
    """Return the CTE of one row per subject and moment: points of each rule capped, evidence, the next edge in
    sight.
    """
    h = found.c
    columns = [_capped(rule, found).label(f"r{number}") for number, rule in enumerate(compiled.single)]
    hit = case((h.mask != 0, "[" + cast(h.activity_id, Text) + "," + cast(h.mask, Text) + "]"))
    return (
        select(
            h.subject_id,
            h.as_of,
            *columns,
            *(_kinds(rules, found).label(f"k_{strength}") for strength, rules in compiled.kinds_counted.items()),
            func.coalesce(JoinedPieces(hit, h.activity_id), "").label("evidence"),
            _next_edge(compiled, found).label("edge"),
        )
        # Most activities hit nothing; dropped before they are grouped.
        .where(or_(h.mask != 0, h.age < 0))
        .group_by(h.subject_id, h.as_of)
        .cte("sums")
    )


def _kinds(rules: Sequence[CompiledIntent], found: CTE) -> ColumnElement[int]:
    """Return how many kinds of activities give points under these rules now."""
    return func.count(distinct(case((_gives(rules, found), found.c.kind_id))))


def _gives(rules: Sequence[CompiledIntent], found: CTE) -> ColumnElement[bool]:
    """Return whether an activity gives points under one of the rules; those that count equally long are asked at
    once.
    """
    masks: dict[tuple[Band, ...], int] = {}
    for rule in rules:
        while_counting = tuple(Band(band.edge, tuple(int(points > 0) for points in band.points)) for band in rule.bands)
        masks[while_counting] = masks.get(while_counting, 0) | rule.bit
    return or_(
        false(), *(and_(found.c.mask.bitwise_and(mask) != 0, banded(one, found) != 0) for one, mask in masks.items())
    )


def _capped(rule: CompiledIntent, found: CTE) -> ColumnElement[int]:
    h = found.c
    # PostgreSQL's sum of integers is a numeric.
    summed = cast(func.sum(case((h.mask.bitwise_and(rule.bit) != 0, banded(rule.bands, found)), else_=0)), BigInteger)
    if rule.cap is None:
        return summed
    if rule.points < 0:
        return case((summed < -rule.cap, -rule.cap), else_=summed)
    return case((summed > rule.cap, rule.cap), else_=summed)


def banded(rule_bands: tuple[Band, ...], found: CTE) -> ColumnElement[int]:
    """Return the points of an activity by its age and channel class."""
    return case(*((found.c.age < band.edge, _by_channel(band, found)) for band in rule_bands), else_=0)


def _by_channel(band: Band, found: CTE) -> ColumnElement[int]:
    if len(set(band.points)) == 1:
        return literal(band.points[0])
    others = [(found.c.channel_class == number, points) for number, points in enumerate(band.points) if number]
    return case(*others, else_=band.points[0])


def _next_edge(compiled: CompiledDefinition, found: CTE) -> ColumnElement[int]:
    """Return the next moment at which an activity crosses an edge of a rule it hits, or one that lies ahead counts."""
    h = found.c
    crossings = [
        case(
            (h.mask.bitwise_and(mask) == 0, NEVER),
            *((h.age < edge, h.occurred_at + edge) for edge in edges),
            else_=NEVER,
        )
        for mask, edges in compiled.edges
    ]
    ahead = case((h.age < 0, h.occurred_at), else_=NEVER)
    return cast(func.nullif(func.min(Smallest(ahead, *crossings)), NEVER), BigInteger)
