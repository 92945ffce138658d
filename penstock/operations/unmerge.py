"""Unmerge: two leads that a person merged are two again. Used by `penstock lead unmerge`.

What came with the merged lead goes back, and so does what arrived since under its identifiers. Identifiers learnt since
stay with the kept one, and so does what was found by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, func, select, true, union_all, update

from penstock.errors import UsageError
from penstock.identity.find import Named, find_person
from penstock.mail.keyring import Keyring
from penstock.operations.merge import DECISION, ENROLMENT, LEAD, MERGE, RESCORE, copy_receipts, tell
from penstock.operations.part_handoffs import part_handoffs
from penstock.operations.standstill import at_a_standstill, stands_still
from penstock.playbook.decide import ACTED_ON
from penstock.sequence.exits import MERGED as EXIT
from penstock.store.engine import Sessions, table
from penstock.store.held_imports import MERGED
from penstock.store.landing.reproject import project_again
from penstock.store.merging import Moved, emails_of, exchange_back, move_in, move_out, part_identifiers
from penstock.store.persons import ids_of
from penstock.store.playbooks import Live
from penstock.store.statements import among
from penstock.store.tables import (
    Activity,
    Disposition,
    Fact,
    Lift,
    Outcome,
    Promotion,
    Score,
    Spelling,
)

FACT, SPELLING, SCORE = table(Fact), table(Spelling), table(Score)


@dataclass(frozen=True, slots=True)
class UnmergeResult:
    """Who stands alone again, whom it had been merged into, and what went back with it."""

    lead_id: int
    kept_id: int
    moved: Moved = field(default_factory=dict)
    """Table → rows."""
    resumed: int = 0
    """Enrolments that the merge had ended, and that go on."""


@dataclass(frozen=True, slots=True)
class _Parting:
    """One merge that may be undone."""

    row: Any
    """Of ``merge``."""
    kept: Any
    lead: Any
    """Rows of ``lead``."""
    others: list[int]
    """Those that stay merged into the kept one, the latest first."""
    own: Mapping[int, str]
    """Those that had been merged into the lead before: id → key."""
    reason: str
    actor: str
    keyring: Keyring
    now: datetime


def unmerge_lead(
    sessions: Sessions, *, now: datetime, lead: str, reason: str, actor: str, keyring: Keyring
) -> UnmergeResult:
    """Undo the merge of a lead (id, or what found it before: e-mail address or ``feed:external-id``).

    Raises NotFoundError for an unknown lead, UsageError without a reason, for one that was not merged, and where the
    one it was merged into was itself merged on since.
    """
    if not reason.strip():
        raise UsageError("undoing a merge needs its reason: --reason TEXT, for whoever asks later")
    with sessions.read() as tx:
        _merged(tx, lead)
    said = partial(_Parting, reason=reason.strip(), actor=actor, keyring=keyring, now=now)

    def work(tx: Connection, live: Live) -> UnmergeResult | None:
        one, row = _merged(tx, lead)
        if not stands_still(tx, live.deciding, [row.kept_id, row.merged_id], now=now):
            return None
        if _merged(tx, lead) != (one, row):
            return None  # somebody else undid it while we waited for the locks
        return _part(tx, live, _parting(tx, row, said))

    return at_a_standstill(sessions, now=now, work=work)


def _merged(tx: Connection, text: str) -> tuple[Named, Any]:
    """Return who is named, and the merge to undo; raises UsageError where there is none, or a later one before it."""
    one = find_person(tx, text)
    if one.own_id == one.lead_id:
        raise UsageError(f"lead {one.own_id} is merged into no other; name the one that was merged")
    active = (MERGE.c.subject == "lead", MERGE.c.merged_id == one.own_id, MERGE.c.undone_at.is_(None))
    row = tx.execute(select(MERGE).where(*active)).one()
    if row.kept_id != one.lead_id:
        raise UsageError(
            f"lead {one.own_id} was merged into lead {row.kept_id}, which was merged on into lead {one.lead_id}; undo "
            f'that first: `penstock lead unmerge {row.kept_id} --reason "…"`'
        )
    return one, row


def _parting(tx: Connection, row: Any, said: Any) -> _Parting:  # noqa: ANN401 - a row, and what makes the rest
    joined = ids_of(tx, row.kept_id)
    leads = {one.id: one for one in tx.execute(select(LEAD).where(among(tx, LEAD.c.id, joined)))}
    merges = (among(tx, MERGE.c.merged_id, joined), MERGE.c.subject == "lead", MERGE.c.undone_at.is_(None))
    into = {one.merged_id: one.kept_id for one in tx.execute(select(MERGE).where(*merges).order_by(MERGE.c.id.desc()))}
    own = {one: leads[one].key for one in into if row.merged_id in _led_by(into, into[one])}
    others = [one for one in into if one not in {*own, row.merged_id}]
    parting: _Parting = said(row=row, kept=leads[row.kept_id], lead=leads[row.merged_id], others=others, own=own)
    return parting


def _led_by(into: Mapping[int, int], lead: int) -> set[int]:
    """Return a lead and those that it leads on to, merge by merge."""
    found = {lead}
    while (lead := into.get(lead, 0)) and lead not in found:
        found.add(lead)
    return found


def _part(tx: Connection, live: Live, one: _Parting) -> UnmergeResult:
    """Do it, with every row that it concerns locked."""
    kept, lead = one.kept.id, one.lead.id
    by = part_identifiers(tx, kept, lead, key=one.lead.key, keys=[one.lead.key, *one.own.values()])
    exchange_back(tx, kept, lead, by=by)
    moved = move_out(tx, [kept, *one.others], lead, key=one.lead.key, by=by)
    # What the others hold and could not be moved may be missing from the kept one now.
    move_in(tx, kept, one.others)
    tx.execute(update(LEAD).where(LEAD.c.id == lead).values(merged_into=None))
    tx.execute(update(LEAD).where(among(tx, LEAD.c.id, one.own)).values(merged_into=lead))
    if one.row.took_account and one.kept.account_id == one.lead.account_id:
        _give_back_account(tx, one)
    emails = {kept: _own_email(tx, one), lead: one.lead.email}
    project_again(tx, live, one.keyring, emails, now=one.now)
    resumed = _take_up(tx, one)
    _take_back(tx, one)
    part_handoffs(tx, [kept, *one.others], [lead, *one.own], since=one.row.received_at)
    _part_queue(tx, one)
    undone = {"undone_at": one.now, "undone_by": one.actor, "undone_reason": one.reason}
    tx.execute(update(MERGE).where(MERGE.c.id == one.row.id).values(undone))
    tell(tx, live, [one.kept, one.lead], kept, lead, now=one.now)
    return UnmergeResult(lead, kept, moved=moved, resumed=resumed)


def _give_back_account(tx: Connection, one: _Parting) -> None:
    """Leave the kept lead, which had no account of its own, that of the first who stays merged into it, if any."""
    into = (MERGE.c.subject == "lead", MERGE.c.kept_id == one.kept.id, MERGE.c.undone_at.is_(None))
    stays = (MERGE.c.merged_id != one.lead.id, LEAD.c.account_id.is_not(None))
    joined = select(MERGE.c.id, LEAD.c.account_id).join(LEAD, LEAD.c.id == MERGE.c.merged_id)
    first = tx.execute(joined.where(*into, *stays).order_by(MERGE.c.id).limit(1)).one_or_none()
    account = None if first is None else first.account_id
    tx.execute(update(LEAD).where(LEAD.c.id == one.kept.id).values(account_id=account))
    if first is not None:
        tx.execute(update(MERGE).where(MERGE.c.id == first.id).values(took_account=True))


def _own_email(tx: Connection, one: _Parting) -> str | None:
    """Return the kept lead's address where no fact speaks of one: what it has, unless it came with the other."""
    mine = (FACT.c.subject == "lead", FACT.c.subject_id == one.lead.id, FACT.c.field == "email")
    said = select(SPELLING.c.text).join(FACT, FACT.c.spelling_id == SPELLING.c.id).where(*mine)
    if one.kept.email not in {one.lead.email, *emails_of(tx, one.lead.id), *tx.scalars(said)}:
        email: str | None = one.kept.email
        return email
    kind, _, address = one.kept.key.partition(":")
    return address if kind == "email" else next(iter(emails_of(tx, one.kept.id)), None)


def _take_up(tx: Connection, one: _Parting) -> int:
    """Let go on what the merge had ended: decisions are weighed anew, enrolments stand where they were."""
    waits = (DECISION.c.subject == "lead", DECISION.c.subject_id == one.lead.id, DECISION.c.hold == MERGED)
    tx.execute(update(DECISION).where(*waits).values(hold=None))
    ended = (ENROLMENT.c.lead_id == one.lead.id, ENROLMENT.c.status == "exited", ENROLMENT.c.exit_reason == EXIT)
    again = {"status": "active", "exit_reason": None, "ended_at": None}
    return tx.execute(update(ENROLMENT).where(*ended).values(again)).rowcount


def _take_back(tx: Connection, one: _Parting) -> None:
    """Let the kept lead be decided anew where nobody acted yet on what was decided of both as one.

    Else somebody would be handed over, or written to, for what another did.
    """
    mine = (DECISION.c.subject == "lead", DECISION.c.subject_id == one.kept.id, DECISION.c.branch.in_(ACTED_ON))
    waits = (DECISION.c.acted_at.is_(None), DECISION.c.moment >= one.row.received_at)
    taken = update(DECISION).where(*mine, *waits).values(acted_at=one.now).returning(DECISION.c.definition)
    theirs = (SCORE.c.subject == "lead", SCORE.c.subject_id == one.kept.id, SCORE.c.branch.in_(ACTED_ON))
    under = SCORE.c.definition.in_(set(tx.scalars(taken)))
    tx.execute(update(SCORE).where(*theirs, under).values(branch="none"))


def _part_queue(tx: Connection, one: _Parting) -> None:
    """Say of both since when they are live, each by what it has now; moments to come concern both."""
    copy_receipts(tx, one.kept.id, one.lead.id)
    r, joined = RESCORE.c, [one.lead.id, *one.others]
    rows = tx.execute(select(r.subject_id, r.live_at).where(r.subject == "lead", among(tx, r.subject_id, joined)))
    live = dict(rows.tuples().all())
    of_kept = [one.row.live_at, *(live.get(other) for other in one.others), _live_since(tx, one, one.kept.id)]
    of_lead = [live[one.lead.id], _live_since(tx, one, one.lead.id)]
    for lead, found in ((one.kept.id, of_kept), (one.lead.id, of_lead)):
        at = min((moment for moment in found if moment is not None), default=None)
        tx.execute(update(RESCORE).where(r.subject == "lead", r.subject_id == lead).values(live_at=at))


def _live_since(tx: Connection, one: _Parting, lead: int) -> datetime | None:
    """Return when a lead first received anything since the merge that was no history when it landed."""
    arms = []
    for of in (Activity, Fact, Outcome, Disposition, Promotion, Lift):
        rows = table(of).c
        mine = rows.lead_id == lead if "lead_id" in rows else (rows.subject == "lead") & (rows.subject_id == lead)
        # History is received at its own time, before it landed.
        fresh = rows.received_at >= rows.landed_at if "landed_at" in rows else true()
        arms.append(
            select(func.min(rows.received_at).label("at")).where(mine, fresh, rows.received_at >= one.row.received_at)
        )
    found = union_all(*arms).subquery("found")
    since: datetime | None = tx.scalar(select(func.min(found.c.at)))
    return since
