"""What sales has of two leads that part again: each goes on with its own handoffs. Used by unmerge.

While they were one, the one joined the other's handoff instead of getting its own, and a deal that was won or lost
closed the handoffs of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, func, select, update

from penstock.operations.answer import ENDED
from penstock.operations.corrections import ENDS
from penstock.sequence.leading import is_open
from penstock.sla.clocks import restart_clocks
from penstock.store.engine import table
from penstock.store.statements import among
from penstock.store.tables import Decision, Handoff, HandoffDefinition, Outcome, Score

HANDOFF, JOINED, OUTCOME = table(Handoff), table(HandoffDefinition), table(Outcome)
DECISION, SCORE = table(Decision), table(Score)
Person = Sequence[int]
"""A lead, and those that stay merged into it."""


def part_handoffs(tx: Connection, stays: Person, goes: Person, *, since: datetime) -> None:
    """Let each of two persons have their own handoffs only; what was received of them has parted already."""
    _ask_anew(tx, stays, goes)
    _leave(tx, stays, goes)
    for mine, other in ((stays, goes), (goes, stays)):
        _open_again(tx, mine, other, since)


def _of(tx: Connection, persons: Person) -> tuple[ColumnElement[bool], ...]:
    return HANDOFF.c.subject == "lead", among(tx, HANDOFF.c.subject_id, persons)


def _ask_anew(tx: Connection, stays: Person, goes: Person) -> None:
    """Let a lead be decided anew where it counted as with sales by a handoff that goes with the other.

    Else its branch would stay what it was, nothing new would be asked of route, and nobody would have it.
    """
    of = select(JOINED.c.definition).join(HANDOFF, HANDOFF.c.id == JOINED.c.handoff_id)
    theirs, its = of.where(*_of(tx, goes)), of.where(*_of(tx, stays), is_open())
    mine = (SCORE.c.subject == "lead", SCORE.c.subject_id == stays[0], SCORE.c.branch == "sales")
    borrowed = (SCORE.c.definition.in_(theirs), SCORE.c.definition.not_in(its))
    tx.execute(update(SCORE).where(*mine, *borrowed).values(branch="none"))


def _leave(tx: Connection, stays: Person, goes: Person) -> None:
    """Take definitions out of handoffs that only the other's decisions had joined, or what sales says of such a handoff
    would be said of its own lead, too, under a definition that never handed it over.
    """
    theirs = select(HANDOFF.c.id).where(*_of(tx, goes))
    by_other = select(DECISION.c.id).where(DECISION.c.subject == "lead", among(tx, DECISION.c.subject_id, stays))
    own = select(1).where(
        DECISION.c.subject == "lead",
        among(tx, DECISION.c.subject_id, goes),
        DECISION.c.definition == JOINED.c.definition,
        DECISION.c.branch == "sales",
    )
    lent = (JOINED.c.handoff_id.in_(theirs), JOINED.c.decision_id.in_(by_other), ~exists(own.correlate(JOINED)))
    tx.execute(JOINED.delete().where(*lent))


def _open_again(tx: Connection, mine: Person, other: Person, since: datetime) -> None:
    """Open the handoffs again that a deal of the other closed, as sales had left them."""
    h = HANDOFF.c
    ended = select(OUTCOME.c.received_at).where(OUTCOME.c.subject == "lead", OUTCOME.c.kind.in_(ENDS))
    by_other = h.closed_at.in_(ended.where(among(tx, OUTCOME.c.subject_id, other)))
    by_own = h.closed_at.in_(ended.where(among(tx, OUTCOME.c.subject_id, mine)))
    closed = select(h.id, h.closed_at).where(*_of(tx, mine), h.closed_at >= since, h.status.in_(ENDED.values()))
    found = dict(tx.execute(closed.where(by_other, ~by_own)).tuples().all())
    if not found:
        return
    again = {"status": func.coalesce(h.disposition, "offered"), "closed_at": None}
    tx.execute(update(HANDOFF).where(among(tx, h.id, found)).values(again))
    restart_clocks(tx, found)
