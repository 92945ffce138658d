"""Acting on nurture decisions, each at most once, in order of moment; a lead is in one sequence at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence as Rows
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, insert, null, or_, select, update

from penstock.playbook.definition import ENROLLING
from penstock.sequence.choose import Chosen, choose
from penstock.sequence.exits import MERGED, standing_reason
from penstock.sequence.leading import leading
from penstock.sequence.machine import first_step
from penstock.store.engine import table
from penstock.store.held_imports import FREE
from penstock.store.playbooks import Live
from penstock.store.tables import Activity, Decision, Disposition, Enrolment, HandoffDefinition, Lead, Term

DECISION, LEAD, ENROLMENT = table(Decision), table(Lead), table(Enrolment)
DISPOSITION, JOINED, ACTIVITY, TERM = table(Disposition), table(HandoffDefinition), table(Activity), table(Term)

# What becomes of a decision, beside the reasons for which nobody begins (``exits.standing_reason``).
ENROLLED, SUPERSEDED, NO_LEAD, IN_ONE, SEEN, NO_SEQUENCE = (
    "enrolled", "superseded", "no_lead", "in_a_sequence", "seen_already", "no_sequence",
)  # fmt: skip
# Why an enrolment ends for another one.
TIER_CHANGED = "tier_changed"


@dataclass(slots=True)
class _Past:
    """The sequences that a lead has been in."""

    runs: dict[str, int] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    left: dict[str, str] = field(default_factory=dict)
    """Sequence → the step that was next when a merge ended it: a mail that one person had is not sent again."""
    sequence: str = ""
    """The one that it is in now, '' for none."""
    enrolment: int | None = None
    """The row of that; None where it begins in this very transaction."""


def act_on_decisions(tx: Connection, live: Live, *, now: datetime, most: int) -> Counter[str]:
    """Act on up to ``most`` nurture decisions that nobody acted on yet; return what became of them, counted.

    A bounded number of statements: pick, lock the leads (so that two runs never enrol one lead twice), read, insert,
    mark.
    """
    picked = _pick(tx, most)
    if not picked:
        return Counter()
    _lock(tx, sorted({row.subject_id for row in picked if row.subject == "lead"}))
    ids = [row.id for row in picked]
    chunk = _Chunk(live, now, _histories(tx, ids), _leading(tx, live, ids))
    told = Counter(chunk.act(row) for row in tx.execute(_situations(live, ids, now)))
    # Of several decisions that enrol one lead in this pass only the last is written: the others count as superseded.
    replaced = told[ENROLLED] - len(chunk.enrolments)
    told.update({ENROLLED: -replaced, SUPERSEDED: replaced} if replaced else {})
    if chunk.ended:
        gone = {"status": "exited", "exit_reason": TIER_CHANGED, "ended_at": now, "next_at": None}
        tx.execute(update(ENROLMENT).where(ENROLMENT.c.id.in_(chunk.ended)).values(gone))
    if chunk.enrolments:
        tx.execute(insert(ENROLMENT), list(chunk.enrolments.values()))
    tx.execute(update(DECISION).where(DECISION.c.id.in_(ids)).values(acted_at=now))
    return told


_ORDER = (DECISION.c.moment, func.coalesce(LEAD.c.rank, 0), DECISION.c.id)
_WITH_LEAD = DECISION.outerjoin(LEAD, and_(DECISION.c.subject == "lead", LEAD.c.id == DECISION.c.subject_id))


def _pick(tx: Connection, most: int) -> Rows[Any]:
    # Rows that another run holds are waited for, not passed over: of two decisions about one lead the earlier enrols.
    return tx.execute(
        select(DECISION.c.id, DECISION.c.subject, DECISION.c.subject_id)
        .select_from(_WITH_LEAD)
        .where(DECISION.c.acted_at.is_(None), DECISION.c.branch.in_(ENROLLING), DECISION.c.hold == FREE)
        .order_by(*_ORDER)
        .limit(most)
        .with_for_update(of=DECISION)
    ).all()


def _lock(tx: Connection, leads: list[int]) -> None:
    tx.execute(select(LEAD.c.id).where(LEAD.c.id.in_(leads)).order_by(LEAD.c.id).with_for_update()).all()


def _situations(live: Live, ids: list[int], now: datetime) -> Any:  # noqa: ANN401 - a select
    """Each decision with all that acting on it depends on, in the order in which they are acted on."""
    return (
        select(
            DECISION.c.id,
            LEAD.c.id.label("lead_id"),
            DECISION.c.definition,
            DECISION.c.tier_to,
            DECISION.c.exception,
            _superseded().label("superseded"),
            standing_reason(LEAD.c.id, live, now).label("standing"),
            _last_answer(live, _WHY_NOT).label("rejection"),
            _last_answer(live, ~_is_kept(live)).label("is_dropped"),
            _latest_line(live.definition_id).label("latest_line"),
        )
        .select_from(_WITH_LEAD)
        .where(DECISION.c.id.in_(ids))
        .order_by(*_ORDER)
    )


def _superseded() -> Any:  # noqa: ANN401 - a column expression
    """Whether the same definition has decided otherwise since. A later *nurture* only moved the tier and asks nothing
    new.
    """
    later = DECISION.alias("later")
    return exists(
        select(1).where(
            later.c.subject == DECISION.c.subject,
            later.c.subject_id == DECISION.c.subject_id,
            later.c.definition == DECISION.c.definition,
            later.c.moment > DECISION.c.moment,
            later.c.branch.not_in(ENROLLING),
        )
    )


# Why sales said no, if that is what it said.
_WHY_NOT = case((DISPOSITION.c.answer == "rejected", DISPOSITION.c.reason), else_=null())


def _is_kept(live: Live) -> ColumnElement[bool]:
    """Whether the playbook still has a definition of the handoff; of one whose definitions it has dropped, what is said
    is said of each (penstock.store.decisions).
    """
    other = JOINED.alias("other")
    mine = (other.c.handoff_id == JOINED.c.handoff_id, other.c.definition.in_(list(live.deciding.definitions)))
    return exists(select(1).where(*mine).correlate(JOINED))


def _last_answer(live: Live, column: ColumnElement[Any]) -> Any:  # noqa: ANN401 - a column expression
    """What sales last said of this definition by the moment."""
    mine = and_(
        DISPOSITION.c.subject == DECISION.c.subject,
        DISPOSITION.c.subject_id == DECISION.c.subject_id,
        or_(JOINED.c.definition == DECISION.c.definition, ~_is_kept(live)),
        # Without a stage it is on record only.
        DISPOSITION.c.stage != "",
        DISPOSITION.c.received_at <= DECISION.c.moment,
    )
    return (
        select(column)
        .select_from(DISPOSITION.join(JOINED, JOINED.c.handoff_id == DISPOSITION.c.handoff_id))
        .where(mine)
        .order_by(DISPOSITION.c.received_at.desc(), DISPOSITION.c.id.desc())
        .limit(1)
        .correlate(DECISION)
        .scalar_subquery()
    )


def _latest_line(version: int) -> Any:  # noqa: ANN401 - a column expression
    """The line of the latest activity that speaks of one, by what it states or by its asset."""
    words = or_(TERM.c.spelling_id == ACTIVITY.c.line_id, TERM.c.spelling_id == ACTIVITY.c.asset_id)
    return (
        select(TERM.c.term)
        .select_from(ACTIVITY.join(TERM, and_(words, TERM.c.version_id == version, TERM.c.field == "line")))
        .where(ACTIVITY.c.lead_id == LEAD.c.id)
        .order_by(ACTIVITY.c.occurred_at.desc(), ACTIVITY.c.id.desc(), TERM.c.term)
        .limit(1)
        .correlate(LEAD)
        .scalar_subquery()
    )


def _histories(tx: Connection, ids: list[int]) -> dict[int, _Past]:
    columns = (ENROLMENT.c.id, ENROLMENT.c.lead_id, ENROLMENT.c.sequence, ENROLMENT.c.run, ENROLMENT.c.status)
    found: dict[int, _Past] = {}
    for row in tx.execute(select(*columns).where(ENROLMENT.c.lead_id.in_(_leads_of(ids)))):
        past = found.setdefault(row.lead_id, _Past())
        past.runs[row.sequence] = max(row.run, past.runs.get(row.sequence, 0))
        if row.status in ("active", "held"):
            past.sequence, past.enrolment = row.sequence, row.id
        if row.status == "finished":
            past.finished.add(row.sequence)
    for row in tx.execute(_of_merged(ids)):
        past = found.setdefault(row.lead_id, _Past())
        if row.status == "finished" or (row.exit_reason == MERGED and row.step is None):
            past.finished.add(row.sequence)
        elif row.exit_reason == MERGED:
            past.left[row.sequence] = row.step
    return found


def _of_merged(ids: list[int]) -> Select[Any]:
    """Select what those were enrolled in who were merged into the leads of the decisions, as of those leads."""
    person, e = LEAD.alias("person"), ENROLMENT.c
    columns = (person.c.merged_into.label("lead_id"), e.sequence, e.status, e.exit_reason, e.step)
    joined = ENROLMENT.join(person, person.c.id == e.lead_id)
    return select(*columns).select_from(joined).where(person.c.merged_into.in_(_leads_of(ids))).order_by(e.id)


def _leading(tx: Connection, live: Live, ids: list[int]) -> dict[int, str]:
    """Lead → leading definition. A statement of its own: joined, SQLite walks all of them for each decision."""
    found = leading(live.deciding, among=_leads_of(ids), stages=live.operations.stages)
    return {row.subject_id: row.definition for row in tx.execute(select(found.c.subject_id, found.c.definition))}


def _leads_of(ids: list[int]) -> Select[tuple[int]]:
    return select(DECISION.c.subject_id).where(DECISION.c.id.in_(ids), DECISION.c.subject == "lead")


class _Chunk:
    """The decisions of one transaction, acted on one after the other; gathers the rows to insert."""

    def __init__(self, live: Live, now: datetime, pasts: dict[int, _Past], leading: dict[int, str]) -> None:
        self.live = live
        self.now = now
        self.pasts = pasts
        self.leading = leading
        self.enrolments: dict[int, dict[str, Any]] = {}
        """Lead → the enrolment that it begins."""
        self.ended: list[int] = []
        """Enrolments whose tier now has another consequence."""

    def act(self, row: Any) -> str:  # noqa: ANN401 - a row of _situations
        """Return what becomes of one decision."""
        if row.lead_id is None:
            return NO_LEAD
        if row.superseded:
            return SUPERSEDED
        if row.standing is not None:
            return str(row.standing)
        return self._begin(row, self.pasts.setdefault(row.lead_id, _Past()))

    def _begin(self, row: Any, past: _Past) -> str:  # noqa: ANN401 - as above
        named = self._named(row)
        if past.sequence and not self._moves(past, named):
            return IN_ONE
        chosen = choose(
            self.live.deciding,
            self.live.operations,
            rejection=row.rejection,
            # Nothing that is left is what the handoff was about: the lead's own interest says more.
            leading=None if row.is_dropped else self._leading_of(row),
            latest_line=row.latest_line,
            named=named,
        )
        if chosen is None:
            return NO_SEQUENCE
        if chosen.sequence in past.finished:
            return SEEN
        self._leave(past)
        self._enrol(row, chosen, past)
        return ENROLLED

    def _leave(self, past: _Past) -> None:
        """End the sequence that the lead is in, if any."""
        if past.enrolment is not None:
            self.ended.append(past.enrolment)
        elif past.sequence:
            # Begun in this very transaction, by a decision that another came after before anybody acted: never written.
            past.runs[past.sequence] -= 1

    def _named(self, row: Any) -> str | None:  # noqa: ANN401 - as above
        """Return the sequence that the tier or the exception behind the decision names."""
        definition = self.live.deciding.definitions.get(row.definition)
        if definition is None:
            return None
        by = definition.exceptions.get(row.exception) or definition.tiers.get(row.tier_to)
        return None if by is None else by.sequence

    def _moves(self, past: _Past, named: str | None) -> bool:
        """Return whether a lead leaves the sequence that it is in for the one that its tier names."""
        return named in self.live.operations.sequences and named not in {past.sequence, *past.finished}

    def _leading_of(self, row: Any) -> str:  # noqa: ANN401 - as above
        return self.leading.get(row.lead_id) or str(row.definition)

    def _enrol(self, row: Any, chosen: Chosen, past: _Past) -> None:  # noqa: ANN401 - as above
        run = past.runs.get(chosen.sequence, 0) + 1
        past.runs[chosen.sequence] = run
        past.sequence, past.enrolment = chosen.sequence, None
        sequence = self.live.operations.sequences[chosen.sequence]
        left = past.left.get(chosen.sequence, "")
        step = left if left in sequence.steps else first_step(sequence)
        self.enrolments[row.lead_id] = {
            "lead_id": row.lead_id,
            "sequence": chosen.sequence,
            "run": run,
            "status": "active",
            "step": step,
            "interest": chosen.interest,
            "definition": self._leading_of(row),
            "decision_id": row.id,
            "entered_at": self.now,
            "next_at": self.now + sequence.steps[step].after.length,
        }
