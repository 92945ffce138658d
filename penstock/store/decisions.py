"""Decisions of a round: which verdicts may change one, and writing those that do. Used by qualify, inside its
transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, bindparam, func, insert, or_, select, update

from penstock.playbook.compiled import CompiledDefinition
from penstock.playbook.decide import ACTED_ON, HELD_STAGES, Decided, SalesWord, Standing, Verdict, decide
from penstock.store.batch import BATCH, VERDICT, in_order
from penstock.store.engine import table
from penstock.store.lifts import Lifted, lifted_at
from penstock.store.persons import was_merged
from penstock.store.sales_word import Said, anything_said
from penstock.store.tables import Decision, Score

DECISION, SCORE = table(Decision), table(Score)


@dataclass(frozen=True, slots=True)
class Undecided:
    """A verdict that may change the decision, with how the subject stood before this round (None: not judged yet)."""

    found: Verdict
    before: Standing | None
    definition: str
    version: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with its decision, how the subject stood just before it, and whether route or nurture is to act."""

    found: Verdict
    before: Standing | None
    decided: Decided
    definition: str
    version: int
    asks: bool


def decide_in_order(
    undecided: Iterable[Undecided],
    compiled: Mapping[tuple[int, str], CompiledDefinition],
    said: Mapping[int, Sequence[Said]],
    lifts: Mapping[int, Sequence[Lifted]],
    stuck: Container[tuple[int, str, datetime]],
) -> Iterator[Judged]:
    """Decide each subject's moments in order, each from how the one before left it.

    ``stuck`` are (subject id, definition, moment) of those that no route takes.
    """
    standing: dict[tuple[int, str], Standing] = {}
    known: dict[int, set[str]] = defaultdict(set)
    for version, definition in compiled:
        known[version].add(definition)
    for one in undecided:
        found, key = one.found, (one.found.subject_id, one.definition)
        if (*key, found.as_of) in stuck:
            found = replace(found, routable=False)
        if lifted := lifted_at(lifts.get(found.subject_id, ()), one.definition, found.as_of):
            found = replace(found, lifted=lifted)
        before = standing.get(key, one.before)
        words = [word for word in said.get(found.subject_id, ()) if word.at <= found.as_of]
        of = compiled[one.version, one.definition]
        decided = decide(of, found, before, heard(words, one.definition, known[one.version]))
        standing[key] = Standing(decided.stage, decided.tier, decided.branch)
        asks = decided.asks_to_act(before, of.definition)
        yield Judged(found, before, decided, one.definition, one.version, asks)


def heard(said: Sequence[Said], definition: str, known: AbstractSet[str]) -> SalesWord:
    """Return what people said for a definition: the latest word holds, a promotion until sales says something after
    it. ``known`` are the definitions of the version that judges.
    """
    mine = _meant_for(said, definition, known)
    stages = [word for word in mine if word.stage]
    last = stages[-1] if stages else None
    promoted = [w.why for w in mine if not w.stage and (last is None or (w.at, w.order) > (last.at, last.order))]
    reason = promoted[-1] if promoted else ""
    if last is None:
        return SalesWord(promoted=reason)
    return SalesWord(
        stage=last.stage, since=last.at, why=last.why.strip(), promoted=reason, answers=last.definition == definition
    )


def _meant_for(said: Sequence[Said], definition: str, known: AbstractSet[str]) -> list[Said]:
    """Return the words that speak for a definition: those of its handoffs, and those for all.

    Where the playbook has dropped every definition of a handoff, what is said of it is said of the subject, and speaks
    for each definition that sales is not busy with by itself.
    """
    mine = [word for word in said if word.definition in (None, definition)]
    held = [word.stage in HELD_STAGES for word in mine if word.stage]
    if any(word.of for word in mine) and held[-1]:
        return mine
    return [word for word in said if word.definition in (None, definition) or (word.of and word.of.isdisjoint(known))]


def read_undecided(tx: Connection, subject: str, *, every: bool) -> list[Undecided]:
    """Return the verdicts whose decision may change, each subject's in order of moment.

    New ones, those that differ from the one before, those of a subject in triage or baseline, those spoken of, those of
    whoever was merged; with ``every`` all of them (where routes may come and go with a profile).
    """
    rows = tx.execute(_may_change(subject), {"every": int(every)})
    return [_undecided(row) for row in rows]


@cache
def _may_change(subject: str) -> Select[Any]:
    v, b, s = VERDICT.c, BATCH.c, SCORE.c
    scored = (s.subject == subject) & (s.subject_id == v.subject_id) & (s.definition == v.definition)
    same = (b.subject_id == v.subject_id) & (b.as_of == v.as_of) & (b.apart == 1)
    last = {name: in_order(func.lag(v[name])) for name in ("tier", "flags", "version_id")}
    f = (
        select(
            v.subject_id, v.definition, v.as_of, v.version_id, v.fit, v.intent, v.tier, v.flags, v.evidence, b.live_at,
            s.stage.label("stage_from"), s.tier.label("tier_from"), s.branch.label("branch_from"),
            *(func.coalesce(before, s[name]).label(f"last_{name}") for name, before in last.items()),
        )
        .select_from(VERDICT.join(BATCH, same).outerjoin(SCORE, scored))
        .subquery("found")
    ).c  # fmt: skip
    may_change = or_(
        bindparam("every", type_=BigInteger) == 1,
        f.stage_from.is_(None),
        f.tier != f.last_tier,
        f.flags != f.last_flags,
        f.version_id != f.last_version_id,
        f.branch_from.in_(("triage", "baseline")),
        anything_said(subject, f.subject_id, f.as_of),
        # What people said went to another lead, or came from one, and what sales had with it.
        was_merged(subject, f.subject_id),
    )
    return select(*f).where(may_change).order_by(f.subject_id, f.definition, f.as_of)


def _undecided(row: Any) -> Undecided:  # noqa: ANN401 - a row
    before = None if row.stage_from is None else Standing(row.stage_from, row.tier_from, row.branch_from)
    live = row.live_at is not None and row.live_at <= row.as_of
    found = Verdict(row.subject_id, row.as_of, row.fit, row.intent, row.tier, row.flags, row.evidence, live=live)
    return Undecided(found, before, row.definition, row.version_id)


def write_decisions(tx: Connection, subject: str, judged: Sequence[Judged], *, now: datetime) -> list[Judged]:
    """Append the decisions that change something and move the scores' stage and branch; return those written."""
    changed = [one for one in judged if one.decided.changes(one.before)]
    if changed:
        tx.execute(insert(DECISION), [_row(subject, one, now) for one in changed])
        tx.execute(_MOVE, [_move(subject, one) for one in changed])
    return changed


def _row(subject: str, one: Judged, now: datetime) -> dict[str, Any]:
    before = one.before or Standing("", "", "")
    found, decided = one.found, one.decided
    # A decision that asks nothing new of route or nurture (sales has the lead, and no less of it) is born acted on.
    nothing_new = decided.branch in ACTED_ON and not one.asks
    return {
        "subject": subject,
        "subject_id": found.subject_id,
        "definition": one.definition,
        "moment": found.as_of,
        "decided_at": now,
        "version_id": one.version,
        "stage_from": before.stage,
        "stage_to": decided.stage,
        "tier_from": before.tier,
        "tier_to": decided.tier,
        "branch_from": before.branch,
        "branch": decided.branch,
        "fit": found.fit,
        "intent": found.intent,
        "reason": decided.told(found.fit, found.intent),
        "exception": decided.exception,
        "evidence": found.evidence,
        "acted_at": now if nothing_new else None,
    }


def _move(subject: str, one: Judged) -> dict[str, Any]:
    return {
        "kind": subject,
        "of": one.found.subject_id,
        "under": one.definition,
        "to_stage": one.decided.stage,
        "to_branch": one.decided.branch,
    }


_MOVE = (
    update(SCORE)
    .where(
        SCORE.c.subject == bindparam("kind"),
        SCORE.c.subject_id == bindparam("of"),
        SCORE.c.definition == bindparam("under"),
    )
    .values(stage=bindparam("to_stage"), branch=bindparam("to_branch"))
)
