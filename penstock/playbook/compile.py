"""A definition as one set-based statement: a verdict for every subject of the batch; run by penstock.playbook.judge.

The batch is a table of subject and as-of (penstock.store.moments); the statement is built once per definition version.
No division, no float, no rounding in SQL: points come in as integers of thousandths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Insert,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    select,
)

from penstock.playbook.compiled import (
    ENGAGED,
    SOURCE_IS_UNKNOWN,
    SOURCE_UNKNOWN,
    CompiledDefinition,
    compile_definition,
)
from penstock.playbook.conditions import Node
from penstock.playbook.conditions_sql import Columns, condition
from penstock.playbook.definition import Definition
from penstock.playbook.gates_sql import Points, staying, tier
from penstock.playbook.intent_sql import NEVER, hits, sums
from penstock.playbook.lists_sql import lists
from penstock.playbook.people_sql import people
from penstock.playbook.points_sql import Number, grouped, total, within
from penstock.playbook.profile_sql import Asked, profile
from penstock.playbook.related_sql import related
from penstock.store.batch import BATCH, VERDICT
from penstock.store.dialect import Smallest

VERSION = bindparam("version", type_=BigInteger)


def verdicts(definition: Definition, trust: Sequence[str], dialect: str) -> Insert:
    """Return the INSERT of the batch's verdicts under a definition; its only parameter is ``version``.

    It says the same on each database; in ``dialect`` (sqlite or postgresql) it is in the shape that is fastest there.
    """
    return _built(definition.model_dump_json(by_alias=True, exclude_defaults=True), tuple(trust), dialect)


@lru_cache(maxsize=256)
def _built(key: str, trust: tuple[str, ...], dialect: str) -> Insert:
    return statement(Definition.model_validate_json(key), trust, dialect, VERSION)


def statement(definition: Definition, trust: tuple[str, ...], dialect: str, version: ColumnElement[int]) -> Insert:
    """Return the INSERT of the batch's verdicts, with ``version`` wherever it asks for the definition's version."""
    return _Statement(compile_definition(definition), trust, dialect, version).build()


class _Statement:
    """Builds one definition's statement, one small method per part."""

    def __init__(
        self, compiled: CompiledDefinition, trust: tuple[str, ...], dialect: str, version: ColumnElement[int]
    ) -> None:
        self.compiled = compiled
        self.version = version
        self.columns: Columns = {}
        self.profile: CTE | None = None
        if compiled.fields or compiled.numbers:
            read = Asked(compiled.fields, compiled.numbers, trust, self.version)
            self.profile, self.columns = profile(compiled.definition.subject, read, dialect)
        self.lists: CTE | None = None
        if compiled.lists:
            self.lists, asked = lists(compiled, trust, self.version)
            self.columns = {**self.columns, **asked}
        found = hits(compiled, self.version) if compiled.single else None
        self.sums = None if found is None else sums(compiled, found)
        self.related = [] if found is None else [related(rule, found, self.version) for rule in compiled.related]
        self.people = people(compiled, trust, self.version, dialect) if compiled.people else None

    def build(self) -> Insert:
        """Return INSERT INTO verdict_now SELECT: what holds, then the points of it, then gates over the points."""
        # Each layer is worked out once: every gate asks for the same points again.
        p = self._points().cte("points").prefix_with("MATERIALIZED").c
        rules = {rule.id: p[f"r{number}"] for number, rule in enumerate(self.compiled.intent)}
        kinds = {strength: p[f"k_{strength}"] for strength in self.compiled.kinds_counted}
        has = Points(p.fit, p.intent, rules, kinds)
        chosen = select(
            p.subject_id,
            literal(self.compiled.id),
            p.as_of,
            self.version,
            p.fit,
            p.intent,
            tier(self.compiled, has),
            # A bit is set once, so bits are added and taken away like numbers.
            p.flags + case((p.intent > 0, ENGAGED), else_=0) - self._not_done(p.flags, rules),
            # Put together as text: what makes JSON writes other spaces on each database.
            "[" + cast(p.fit_mask, Text) + ",[" + p.evidence + "]" + p.people + "]",
            p.edge,
            staying(self.compiled, has),
        )
        return insert(VERDICT).from_select([column.name for column in VERDICT.columns], chosen)

    def _points(self) -> Select[Any]:
        h = self._held().cte("held").prefix_with("MATERIALIZED").c
        rules = [h[f"r{number}"] for number in range(len(self.compiled.intent))]
        of_fit = {
            rule.id: case((h.fit_mask.bitwise_and(rule.bit) != 0, rule.points), else_=0) for rule in self.compiled.fit
        }
        of_intent = {rule.id: points for rule, points in zip(self.compiled.intent, rules, strict=True)}
        definition = self.compiled.definition
        return select(
            h.subject_id,
            h.as_of,
            h.flags,
            h.fit_mask,
            h.evidence,
            h.edge,
            h.people,
            *rules,
            *(h[f"k_{strength}"] for strength in self.compiled.kinds_counted),
            within(grouped(self.compiled.fit_groups, of_fit), definition.fit.at_most).label("fit"),
            within(grouped(self.compiled.intent_groups, of_intent), definition.intent.at_most).label("intent"),
        )

    def _held(self) -> Select[Any]:
        """Return what holds for each subject: masks of fit rules and flags, capped points per intent rule."""
        # Outer joins: whoever did nothing, and of whom nothing is known, is judged too.
        source: FromClause = BATCH
        for part in (self.profile, self.lists, self.sums, *self.related, self.people):
            if part is not None:
                same = (part.c.subject_id == BATCH.c.subject_id) & (part.c.as_of == BATCH.c.as_of)
                source = source.outerjoin(part, same)
        fit = self._mask([(rule.nodes, rule.bit) for rule in self.compiled.fit]).label("fit_mask")
        return (
            select(BATCH.c.subject_id, BATCH.c.as_of, fit, self._flags().label("flags"), *self._intent())
            .select_from(source)
            .where(BATCH.c.version_id == self.version)
        )

    def _intent(self) -> list[Number]:
        own = None if self.sums is None else self.sums.c
        of_people, held = self._people()
        single = [] if own is None else [own[f"r{n}"] for n in range(len(self.compiled.single))]
        given = [*single, *(one.c.points for one in self.related), *held]
        rules = [func.coalesce(points, 0).label(f"r{number}") for number, points in enumerate(given)]
        kinds = {s: literal(0) if own is None else func.coalesce(own[f"k_{s}"], 0) for s in self.compiled.kinds_counted}
        return [
            (literal("") if own is None else func.coalesce(own.evidence, "")).label("evidence"),
            self._edge().label("edge"),
            of_people.label("people"),
            *rules,
            *(count.label(f"k_{strength}") for strength, count in kinds.items()),
        ]

    def _not_done(self, flags: Number, rules: Mapping[str, Number]) -> Number:
        """Return the bits of flags whose condition holds, but none of whose intent rules gives points."""
        asked = [flag for flag in self.compiled.flags if flag.any]
        return total([
            case((and_(flags.bitwise_and(flag.bit) != 0, *(rules[name] == 0 for name in flag.any)), flag.bit), else_=0)
            for flag in asked
        ])  # fmt: skip

    def _people(self) -> tuple[Number, list[Number]]:
        """Return the evidence of the rules over people, and the points of each."""
        if self.people is None:
            return literal(""), []
        found = self.people.c
        told: Number = ",[" + cast(func.coalesce(found.held, 0), Text) + ",[" + func.coalesce(found.people, "") + "]]"
        held: list[Number] = [
            case((found.held.bitwise_and(rule.crowd.bit) != 0, rule.points), else_=0)
            for rule in self.compiled.people
            if rule.crowd is not None
        ]
        return told, held

    def _edge(self) -> Number:
        """Return the next moment at which the points can change by themselves."""
        # Related rules need none: the activities that they count are hits of single rules, whose edges are in sums.
        edges = [part.c.edge for part in (self.sums, self.people, self.lists) if part is not None]
        if not edges:
            return cast(null(), BigInteger)
        return func.nullif(Smallest(NEVER, *(func.coalesce(edge, NEVER) for edge in edges)), NEVER)

    def _flags(self) -> Number:
        asked = [(flag.nodes, flag.bit) for flag in self.compiled.flags]
        if self.compiled.asks_source:
            asked.append(((SOURCE_IS_UNKNOWN,), SOURCE_UNKNOWN))
        return self._mask(asked)

    def _mask(self, asked: Sequence[tuple[tuple[Node, ...], int]]) -> Number:
        return total([case((condition(nodes, self.columns, self.version), bit), else_=0) for nodes, bit in asked])
