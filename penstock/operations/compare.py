"""Comparing two versions of what decides on the leads that there are: who would change tier, up and down.

For `penstock playbook diff`. Both versions judge every open lead at ``now``, chunk by chunk, with the statements that
qualify uses, in one transaction that is rolled back; so nothing is decided, and nobody is handed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nlargest
from typing import Any

from sqlalchemy import Connection, insert, literal, select

from penstock.operations.adopt import read_words, store_version
from penstock.playbook.compiled import CompiledDefinition, compile_definition
from penstock.playbook.definition import Definition
from penstock.playbook.judge import judge
from penstock.playbook.model import Deciding
from penstock.playbook.tally import fit_rules, gates
from penstock.playbook.terms import Terms
from penstock.playbook.values import points_text
from penstock.store.batch import BATCH, VERDICT, prepare, tell_planner
from penstock.store.engine import Sessions, table
from penstock.store.evidence import parse, recompute
from penstock.store.lifts import Lifted, lifted_at, lifts_of_batch
from penstock.store.persons import full_name
from penstock.store.staying import let_stay
from penstock.store.tables import Account, Lead, Score
from penstock.store.types import to_micros

LEAD, ACCOUNT, SCORE = table(Lead), table(Account), table(Score)
CHUNK = 20_000
MOST_TOLD = 10
CLOSED = "customer"


@dataclass(frozen=True, slots=True)
class Told:
    """One lead (or account) whose tier would change, with the points that make the difference."""

    subject: str
    subject_id: int
    name: str
    definition: str
    tier_from: str
    tier_to: str
    direction: str
    fit_from: float
    fit_to: float
    intent_from: float
    intent_to: float
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """How many open leads would change tier under one definition; ``moves`` by "from → to"."""

    definition: str
    judged: int
    up: int = 0
    down: int = 0
    moves: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compared:
    """What a change of what decides would do to the leads that are there."""

    as_of: datetime
    definitions: tuple[Moved, ...] = ()
    telling: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class _Version:
    """One side: its id in this transaction, and its definitions of one kind of subject."""

    id: int
    deciding: Deciding

    def compiled(self, subject: str) -> dict[tuple[int, str], CompiledDefinition]:
        """Return (version, definition id) → definition, of those that judge this kind of subject."""
        mine = (one for one in self.deciding.definitions.values() if one.subject == subject)
        return {(self.id, one.definition): compile_definition(one) for one in mine}


@dataclass(frozen=True, slots=True)
class _Judged:
    """What one side finds of a subject; points in thousandths."""

    subject_id: int
    as_of: datetime
    fit: int
    intent: int
    tier: str
    evidence: str
    is_out: bool


@dataclass(frozen=True, slots=True)
class _Change:
    """A subject whose tier differs: the two verdicts, and how much it tells."""

    subject: str
    definition: str
    old: _Judged
    new: _Judged
    up: bool
    weight: tuple[int, ...]


def compare(sessions: Sessions, *, now: datetime, old: Deciding, new: Deciding, chunk: int = CHUNK) -> Compared:
    """Judge every open lead and account under both; returns counts by definition and the most telling changes."""
    with Sessions(sessions.engine, dry_run=True).write() as tx:
        sides = [_Version(store_version(tx, now, "definition", of), of) for of in (old, new)]
        for side in sides:
            read_words(tx, side.id, Terms(side.deciding.vocabulary))
        work = _Work(tx, now, *sides)
        for subject in ("lead", "account"):
            for first, last in _ranges(tx, subject, chunk):
                work.chunk(subject, first, last)
        return Compared(now, work.moved(), work.telling())


def _ranges(tx: Connection, subject: str, chunk: int) -> Iterator[tuple[int, int]]:
    """Yield (first id, last id) of chunks of those that were not merged into another."""
    of = LEAD if subject == "lead" else ACCOUNT
    last = 0
    query = select(of.c.id).where(of.c.merged_into.is_(None)).order_by(of.c.id).limit(chunk)
    while ids := list(tx.scalars(query.where(of.c.id > last))):
        yield ids[0], ids[-1]
        last = ids[-1]


class _Work:
    """Goes through the subjects chunk by chunk; keeps counts and the few changes that tell most."""

    def __init__(self, tx: Connection, now: datetime, old: _Version, new: _Version) -> None:
        self.tx = tx
        self.now = now
        self.old = old
        self.new = new
        self.judged: Counter[str] = Counter()
        self.counts: dict[str, Counter[tuple[str, str, bool]]] = {}
        self.top: dict[bool, list[_Change]] = {True: [], False: []}

    def chunk(self, subject: str, first: int, last: int) -> None:
        stages = self._stages(subject, first, last)
        before, after = (self._judge(side, subject, first, last) for side in (self.old, self.new))
        found = [
            change
            for key in before.keys() & after.keys()
            if (change := self._change(subject, key, before, after, stages))
        ]
        for up in (True, False):
            some = [change for change in found if change.up is up]
            self.top[up] = nlargest(MOST_TOLD, [*self.top[up], *some], key=lambda change: change.weight)

    def _stages(self, subject: str, first: int, last: int) -> dict[tuple[int, str], str]:
        mine = (SCORE.c.subject == subject, SCORE.c.subject_id.between(first, last))
        return {
            (row.subject_id, row.definition): row.stage
            for row in self.tx.execute(
                select(SCORE.c.subject_id, SCORE.c.definition, SCORE.c.stage).where(
                    *mine, SCORE.c.stage.in_((CLOSED, "disqualified"))
                )
            )
        }

    def _judge(self, side: _Version, subject: str, first: int, last: int) -> dict[tuple[int, str], _Judged]:
        compiled = side.compiled(subject)
        if not compiled:
            return {}
        of = LEAD if subject == "lead" else ACCOUNT
        prepare(self.tx)
        some = select(of.c.id, literal(self.now, BATCH.c.as_of.type), literal(side.id)).where(
            of.c.merged_into.is_(None), of.c.id.between(first, last)
        )
        filled = self.tx.execute(insert(BATCH).from_select(["subject_id", "as_of", "version_id"], some))
        tell_planner(self.tx, filled.rowcount)
        for one in compiled.values():
            judge(self.tx, one.definition, side.deciding.vocabulary.trust, side.id)
        let_stay(self.tx, subject, compiled)
        lifts = lifts_of_batch(self.tx, subject)
        return {
            (row.subject_id, row.definition): _judged(
                compiled[side.id, row.definition], row, lifts.get(row.subject_id, ())
            )
            for row in self.tx.execute(select(VERDICT))
        }

    def _change(
        self, subject: str, key: tuple[int, str], before: Mapping[tuple[int, str], _Judged],
        after: Mapping[tuple[int, str], _Judged],
        stages: Mapping[tuple[int, str], str],
    ) -> _Change | None:  # fmt: skip
        definition, old, new = key[1], before[key], after[key]
        sides = self.old.deciding.definitions[definition], self.new.deciding.definitions[definition]
        tiers = old.tier, new.tier
        stage = stages.get(key)
        if stage == CLOSED or (stage == "disqualified" and not old.is_out):
            return None  # sales has said how it ended
        self.judged[definition] += 1
        if tiers[0] == tiers[1]:
            return None
        up = _rank(sides, tiers[1]) < _rank(sides, tiers[0])
        self.counts.setdefault(definition, Counter())[(*tiers, up)] += 1
        crosses = (_branch(sides[0], tiers[0]) == "sales") != (_branch(sides[1], tiers[1]) == "sales")
        far = abs(_rank(sides, tiers[1]) - _rank(sides, tiers[0]))
        weight = (int(crosses), far, max(old.fit + old.intent, new.fit + new.intent), -key[0])
        return _Change(subject, definition, old, new, up, weight)

    def moved(self) -> tuple[Moved, ...]:
        return tuple(self._moved(name) for name in self.new.deciding.definitions if name in self.judged)

    def _moved(self, name: str) -> Moved:
        counts = self.counts.get(name, Counter())
        up = sum(count for (*_, rises), count in counts.items() if rises)
        moves: Counter[str] = Counter()
        for (before, after, _), count in counts.items():
            moves[f"{before or 'none'} → {after or 'none'}"] += count
        return Moved(name, self.judged[name], up, counts.total() - up, dict(moves.most_common()))

    def telling(self) -> tuple[Told, ...]:
        """Return the most telling changes: half of them up and half down, as far as there are any."""
        half = MOST_TOLD // 2
        up, down = self.top[True], self.top[False]
        up = up[: max(half, MOST_TOLD - len(down))]
        chosen = [*up, *down[: MOST_TOLD - len(up)]]
        names = _names(self.tx, chosen)
        return tuple(self._told(change, names) for change in chosen)

    def _told(self, change: _Change, names: Mapping[tuple[str, int], str]) -> Told:
        old, new = change.old, change.new
        sides = self.old.deciding.definitions[change.definition], self.new.deciding.definitions[change.definition]
        return Told(
            subject=change.subject,
            subject_id=new.subject_id,
            name=names.get((change.subject, new.subject_id), ""),
            definition=change.definition,
            tier_from=old.tier,
            tier_to=new.tier,
            direction="up" if change.up else "down",
            fit_from=old.fit / 1000,
            fit_to=new.fit / 1000,
            intent_from=old.intent / 1000,
            intent_to=new.intent / 1000,
            why=tuple(self._why(change, sides)),
        )

    def _why(self, change: _Change, sides: tuple[Definition, Definition]) -> Iterator[str]:
        """Yield the rules that give other points, else what the tier asks otherwise."""
        outs = change.old.is_out, change.new.is_out
        if outs[0] != outs[1]:
            yield "is disqualified now" if outs[1] else "is no longer disqualified"
        before = self._points(change.old, self.old, sides[0])
        after = self._points(change.new, self.new, sides[1])
        differing = [name for name in dict.fromkeys([*before, *after]) if before.get(name, 0) != after.get(name, 0)]
        for name in differing:
            yield f"{name} {points_text(before.get(name, 0))} → {points_text(after.get(name, 0))}"
        if not differing and outs == (False, False):
            yield from self._asked(change, sides)

    def _asked(self, change: _Change, sides: tuple[Definition, Definition]) -> Iterator[str]:
        side, definition, row = (self.old, sides[0], change.old) if change.up else (self.new, sides[1], change.new)
        name = change.new.tier if change.up else change.old.tier
        if name in definition.tiers:
            compiled = compile_definition(definition)
            found = recompute(self.tx, compiled, side.id, parse(row.evidence), to_micros(row.as_of))
            for gate in gates(definition.tiers[name].needs, compiled, found.fit, found.rules):
                if not gate.holds:
                    yield f"{name} {'asked' if change.up else 'asks now'} {gate.asks}, has {gate.has}"
        else:
            yield f"there is {'no' if not change.up else 'now a'} tier {name}"

    def _points(self, row: _Judged, side: _Version, definition: Definition) -> dict[str, int]:
        compiled, evidence = compile_definition(definition), parse(row.evidence)
        found = recompute(self.tx, compiled, side.id, evidence, to_micros(row.as_of))
        given = {rule.id: rule.points for rule in fit_rules(compiled, evidence.fit_mask)}
        return given | {one.rule.id: one.points for one in found.rules if one.points}


def _judged(compiled: CompiledDefinition, row: Any, lifts: Sequence[Lifted]) -> _Judged:  # noqa: ANN401 - a row
    """Return a verdict with the tier that counts: whoever is disqualified has none."""
    lifted = lifted_at(lifts, compiled.id, row.as_of)
    is_out = any(f.kind == "out" and row.flags & f.bit and f.id not in lifted for f in compiled.flags)
    tier = "" if is_out else str(row.tier)
    return _Judged(row.subject_id, row.as_of, row.fit, row.intent, tier, row.evidence, is_out=is_out)


def _branch(definition: Definition, tier: str) -> str:
    return definition.tiers[tier].branch if tier in definition.tiers else ""


def _rank(sides: Sequence[Definition], tier: str) -> int:
    """Return how far from the top a tier stands, in the new order where it is there, else in the old."""
    old, new = ([*one.tiers, ""] for one in sides)
    return new.index(tier) if tier in new else old.index(tier)


def _names(tx: Connection, changes: Sequence[_Change]) -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], str] = {}
    leads = [change.new.subject_id for change in changes if change.subject == "lead"]
    for row in tx.execute(select(LEAD).where(LEAD.c.id.in_(leads))):
        person = full_name(row) or row.email
        found["lead", row.id] = ", ".join(part for part in (person, row.company) if part)
    accounts = [change.new.subject_id for change in changes if change.subject == "account"]
    for row in tx.execute(select(ACCOUNT.c.id, ACCOUNT.c.name).where(ACCOUNT.c.id.in_(accounts))):
        found["account", row.id] = row.name or ""
    return found
