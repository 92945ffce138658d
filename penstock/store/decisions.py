"""Decisions of a round: which verdicts may change one, and writing those that do. Used by qualify, inside its
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, or_, select, update

from penstock.playbook.compiled import CompiledDefinition
from penstock.playbook.decide import Decided, SalesWord, Standing, Verdict, decide
from penstock.store.engine import table
from penstock.store.moments import BATCH, VERDICT
from penstock.store.sales_word import Said, anything_said
from penstock.store.tables import Decision, Score

DECISION, SCORE = table(Decision), table(Score)


@dataclass(frozen=True, slots=True)
class Undecided:
    """A verdict that may change the decision, with how the subject stood before."""

    found: Verdict
    before: Standing | None

    def without_route(self) -> Undecided:
        """Return the same verdict, known to have no route."""
        return Undecided(replace(self.found, routable=False), self.before)

    def decide(self, compiled: CompiledDefinition, said: Sequence[Said]) -> Judged:
        """Return the decision of this moment."""
        return Judged(
            self.found, self.before, decide(compiled, self.found, self.before, heard(said, compiled.id)), compiled.id
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with its decision."""

    found: Verdict
    before: Standing | None
    decided: Decided
    definition: str


def heard(said: Sequence[Said], definition: str) -> SalesWord:
    """Return what people said for a definition: the latest word holds, a promotion until sales says something after
    it.
    """
    mine = [word for word in said if word.definition in (None, definition)]
    stages = [word for word in mine if word.stage]
    last = stages[-1] if stages else None
    promoted = [w.why for w in mine if not w.stage and (last is None or (w.at, w.order) > (last.at, last.order))]
    reason = promoted[-1] if promoted else ""
    if last is None:
        return SalesWord(promoted=reason)
    return SalesWord(stage=last.stage, since=last.at, why=last.why.strip(), promoted=reason)


def read_undecided(tx: Connection, subject: str, compiled: CompiledDefinition, version: int) -> list[Undecided]:
    """Return the verdicts of a definition whose decision may change: new, differing, ending a baseline, or spoken
    of.
    """
    wanted = {"under": compiled.id, "version": version}
    return [_undecided(row) for row in tx.execute(_may_change(subject), wanted)]


@cache
def _may_change(subject: str) -> Select[Any]:
    v, b, s = VERDICT.c, BATCH.c, SCORE.c
    scored = (s.subject == subject) & (s.subject_id == v.subject_id) & (s.definition == v.definition)
    may_change = or_(
        s.stage.is_(None),
        s.tier != v.tier,
        s.flags != v.flags,
        s.version_id != v.version_id,
        s.branch == "triage",
        (s.branch == "baseline") & (b.live_at <= b.as_of),
        anything_said(subject, b.subject_id, b.as_of),
    )
    return (
        select(
            v.subject_id, v.as_of, v.fit, v.intent, v.tier, v.flags, v.evidence, b.live_at,
            s.stage.label("stage_from"), s.tier.label("tier_from"), s.branch.label("branch_from"),
        )
        .select_from(VERDICT.join(BATCH, b.subject_id == v.subject_id).outerjoin(SCORE, scored))
        .where(v.definition == bindparam("under"), v.version_id == bindparam("version"), may_change)
        .order_by(v.subject_id)
    )  # fmt: skip


def _undecided(row: Any) -> Undecided:  # noqa: ANN401 - a row
    before = None if row.stage_from is None else Standing(row.stage_from, row.tier_from, row.branch_from)
    live = row.live_at is not None and row.live_at <= row.as_of
    found = Verdict(row.subject_id, row.as_of, row.fit, row.intent, row.tier, row.flags, row.evidence, live=live)
    return Undecided(found, before)


def write_decisions(
    tx: Connection, subject: str, judged: Sequence[Judged], *, version: int, now: datetime
) -> list[Judged]:
    """Append the decisions that change something and move the scores' stage and branch; return those written."""
    changed = [one for one in judged if one.decided.changes(one.before)]
    if changed:
        tx.execute(insert(DECISION), [_row(subject, one, version, now) for one in changed])
        tx.execute(_MOVE, [_move(subject, one) for one in changed])
    return changed


def _row(subject: str, one: Judged, version: int, now: datetime) -> dict[str, Any]:
    before = one.before or Standing("", "", "")
    found, decided = one.found, one.decided
    # A decision that asks nothing new of route or nurture (sales already has the lead) is born acted on.
    nothing_new = decided.branch in ("sales", "nurture") and not decided.asks_to_act(one.before)
    return {
        "subject": subject,
        "subject_id": found.subject_id,
        "definition": one.definition,
        "moment": found.as_of,
        "decided_at": now,
        "version_id": version,
        "stage_from": before.stage,
        "stage_to": decided.stage,
        "tier_from": before.tier,
        "tier_to": decided.tier,
        "branch_from": before.branch,
        "branch": decided.branch,
        "fit": found.fit,
        "intent": found.intent,
        "reason": decided.reason,
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
