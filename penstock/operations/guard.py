"""The guard rail: a change of what decides that would hand over or enrol far more than usual waits for a person.

Called by every run in place of adoption. The change is tried in a transaction that is rolled back: adopted, everybody
judged, and what route and nurture would then have to do is counted. Above the limit nothing is adopted: the live
playbook goes on deciding, `penstock status` and the page of each run say what waits, and `penstock playbook approve`
lets it go on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select

from penstock.operations.adopt import AdoptResult, adopt_in, live_hashes, run_adopt
from penstock.operations.qualify import qualify_in
from penstock.playbook.decide import ACTED_ON
from penstock.playbook.definition import ENROLLING
from penstock.playbook.model import Playbook, version
from penstock.playbook.operations import Operations
from penstock.store.engine import Sessions, table
from penstock.store.held import Held, let_go, read_held, release, write_agreements, write_held
from penstock.store.playbooks import read_live
from penstock.store.tables import Account, Decision, Enrolment, Handoff, Lead

DECISION, HANDOFF, ENROLMENT = table(Decision), table(Handoff), table(Enrolment)
LEAD, ACCOUNT = table(Lead), table(Account)
WEEKS = 4
# Where the playbook names no limit: twice a usual week at once is far more than usual, and a handful never is.
LEAST_HANDOFFS, LEAST_ENROLMENTS, TIMES = 25, 250, 2
MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What a change would hand over and enrol at once, and the first of those concerned."""

    handoffs: int
    enrolments: int
    whom: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApproveResult:
    """Which versions somebody agreed to, and whether that lets a held change go on."""

    definition: str
    operations: str
    who: str
    released: bool


def adopt_guarded(sessions: Sessions, *, now: datetime, playbook: Playbook) -> AdoptResult:
    """Adopt a changed playbook, or hold it where it would hand over or enrol far more than usual."""
    definition = version(playbook.deciding)
    with sessions.read() as tx:
        live, held = live_hashes(tx), read_held(tx)
    if live[0] is not None and live[0] != definition:
        held = _held(sessions, now, playbook, held)
        if held is not None and held.approved_by is None:
            return AdoptResult(live[0], live[1] or "", held=held)
    adopted = run_adopt(sessions, now=now, playbook=playbook)
    if held is not None:
        with sessions.write() as tx:
            let_go(tx)
    return adopted


def _held(sessions: Sessions, now: datetime, playbook: Playbook, held: Held | None) -> Held | None:
    """Return what holds the change, weighed once: a run later finds what the first one found."""
    definition = version(playbook.deciding)
    if held is not None and held.definition == definition:
        return held
    weighed = _weigh(sessions, now, playbook)
    with sessions.write() as tx:
        most = _limits(tx, now, read_live(tx).operations)
        if weighed.handoffs <= most[0] and weighed.enrolments <= most[1]:
            let_go(tx)
            return None
        found = Held(
            definition, version(playbook.operations), now, weighed.handoffs, weighed.enrolments, *most, weighed.whom
        )
        write_held(tx, found)
        return found


def _weigh(sessions: Sessions, now: datetime, playbook: Playbook) -> _Weighed:
    with Sessions(sessions.engine, dry_run=True).write() as tx:
        adopted = adopt_in(tx, now=now, playbook=playbook)
        qualify_in(tx, now=now)
        mine = (
            DECISION.c.version_id == read_live(tx).definition_id,
            DECISION.c.moment >= adopted.started_at,
            DECISION.c.acted_at.is_(None),
            DECISION.c.branch.in_(ACTED_ON),
        )
        counts = dict(
            tx.execute(select(DECISION.c.branch, func.count()).where(*mine).group_by(DECISION.c.branch)).tuples().all()
        )
        enrolled = sum(count for branch, count in counts.items() if branch in ENROLLING)
        return _Weighed(counts.get("sales", 0), enrolled, _whom(tx, *mine))


def _whom(tx: Connection, *mine: ColumnElement[bool]) -> tuple[str, ...]:
    """Return the first few of them in words, those for sales and with the most points before the others."""
    d = DECISION.c
    order = (d.branch != "sales", (d.fit + d.intent).desc(), d.subject_id, d.definition)
    joined = DECISION.outerjoin(LEAD, (d.subject == "lead") & (LEAD.c.id == d.subject_id)).outerjoin(
        ACCOUNT, (d.subject == "account") & (ACCOUNT.c.id == d.subject_id)
    )
    name = func.coalesce(LEAD.c.company, ACCOUNT.c.name, "")
    query = select(d.subject, d.subject_id, d.definition, d.branch, d.tier_to, name.label("name")).select_from(joined)
    rows = tx.execute(query.where(*mine).order_by(*order).limit(MOST_NAMED))
    return tuple(_named(row) for row in rows)


def _named(row: Any) -> str:  # noqa: ANN401 - a row
    who = f"{row.subject} {row.subject_id}" + (f" ({row.name})" if row.name else "")
    return f"{who}: {row.branch}, {row.definition} {row.tier_to}".rstrip()


def _limits(tx: Connection, now: datetime, operations: Operations) -> tuple[int, int]:
    """Return the most handoffs and enrolments that a change may make at once, by the playbook that is live."""
    own = operations.guard
    return (
        _limit(tx, HANDOFF, HANDOFF.c.created_at, now, LEAST_HANDOFFS) if own.handoffs is None else own.handoffs,
        _limit(tx, ENROLMENT, ENROLMENT.c.entered_at, now, LEAST_ENROLMENTS)
        if own.enrolments is None
        else own.enrolments,
    )


def _limit(tx: Connection, of: Table, at: ColumnElement[datetime], now: datetime, least: int) -> int:
    lately = select(func.count()).select_from(of).where(at > now - timedelta(weeks=WEEKS), at <= now)
    return max(least, TIMES * int(tx.execute(lately).scalar_one()) // WEEKS)


def approve(sessions: Sessions, *, now: datetime, playbook: Playbook, who: str) -> ApproveResult:
    """Note that somebody agrees to both versions of a playbook; a held change of it goes on with the next run."""
    done = ApproveResult(version(playbook.deciding), version(playbook.operations), who, released=False)
    with sessions.write() as tx:
        halves = (("definition", done.definition), ("operations", done.operations))
        write_agreements(tx, halves, who=who, now=now)
        return replace(done, released=release(tx, done.definition, who))
