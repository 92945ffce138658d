"""The guard rail: a change of what decides that would hand over or enrol far more than usual waits for a person.

Called by every run in place of adoption. The change is tried in a transaction that is rolled back: adopted, everybody
judged, and what route and nurture would then have to do is counted. Above the limit nothing is adopted: the live
playbook goes on deciding, `penstock status` and the page of each run say what waits, and `penstock playbook approve`
lets it go on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from penstock.operations.adopt import AdoptResult, adopt_in, hold_live, live_hashes, run_adopt
from penstock.operations.qualify import qualify_in
from penstock.operations.usual import DECISION, limit, whom
from penstock.playbook.decide import ACTED_ON
from penstock.playbook.definition import ENROLLING
from penstock.playbook.model import Playbook, version
from penstock.store.engine import Sessions
from penstock.store.held import Held, let_go, read_held, release, write_agreements, write_held
from penstock.store.held_imports import release_imports
from penstock.store.playbooks import read_live


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What a change would hand over and enrol at once, and the first of those concerned."""

    handoffs: int
    enrolments: int
    whom: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApproveResult:
    """Which versions somebody agreed to, and what goes on by that: a held change, so many held decisions of imports."""

    definition: str
    operations: str
    who: str
    released: bool
    decisions: int = 0


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
        hold_live(tx)
        # Weighing takes long: another run may have held it by now, somebody let it go on, and it may be live.
        held = read_held(tx)
        if held is not None and held.definition == definition:
            return held
        if live_hashes(tx)[0] == definition:
            return None
        operations = read_live(tx).operations
        most = limit(tx, "handoffs", now, operations), limit(tx, "enrolments", now, operations)
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
        return _Weighed(counts.get("sales", 0), enrolled, whom(tx, *mine))


def approve(sessions: Sessions, *, now: datetime, playbook: Playbook, who: str) -> ApproveResult:
    """Note that somebody agrees to both versions of a playbook; a held change of it goes on with the next run, and so
    does what of imports is held.
    """
    done = ApproveResult(version(playbook.deciding), version(playbook.operations), who, released=False)
    with sessions.write() as tx:
        halves = (("definition", done.definition), ("operations", done.operations))
        write_agreements(tx, halves, who=who, now=now)
        released, decisions = release(tx, done.definition, who), release_imports(tx, who, now=now)
        return replace(done, released=released, decisions=decisions)
