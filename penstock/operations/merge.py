"""Merge: a person says that two leads are one. Used by `penstock lead merge`; `unmerge` takes it back.

What was received of the merged lead, and the identifiers that find it, go to the kept one; what was made for it
(scores, decisions, handoffs, enrolments, effects) stays with it, and is counted by whoever asks what the person has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, insert, select, update

from penstock.errors import UsageError
from penstock.identity.find import Named, find_person
from penstock.mail.keyring import Keyring
from penstock.operations.standstill import at_a_standstill, stands_still
from penstock.sequence.exits import MERGED as EXIT
from penstock.sequence.exits import cancel_pending
from penstock.store import receipts
from penstock.store.colleagues import tell_account
from penstock.store.engine import Sessions, table
from penstock.store.held_imports import MERGED
from penstock.store.landing.reproject import project_again
from penstock.store.merging import Moved, join_identifiers, move_in
from penstock.store.persons import ids_of
from penstock.store.playbooks import Live
from penstock.store.statements import among, insert_or_ignore
from penstock.store.tables import Decision, Enrolment, Identifier, Lead, Merge, Receipt, Rescore, Suppression

LEAD, MERGE, IDENTIFIER, SUPPRESSION = table(Lead), table(Merge), table(Identifier), table(Suppression)
DECISION, ENROLMENT, RESCORE, RECEIPT = table(Decision), table(Enrolment), table(Rescore), table(Receipt)
# What bounced is one address, and says nothing of another that the same person has.
OF_ONE_ADDRESS = "bounced"
SUPPRESSED = "merged with a lead whose address is suppressed"


@dataclass(frozen=True, slots=True)
class MergeResult:
    """Who was merged into whom, and what moved; ``already``: it was so before, and nothing was done."""

    kept_id: int
    merged_id: int
    already: bool = False
    moved: Moved = field(default_factory=dict)
    """Table → rows."""
    exited: int = 0
    """Enrolments that ended with it."""
    suppressed: int = 0
    """Addresses and scopes closed because another address of the person is."""


@dataclass(frozen=True, slots=True)
class _Merging:
    """One merge that may go ahead."""

    kept: Any
    merged: Any
    """Rows of ``lead``."""
    reason: str
    actor: str
    keyring: Keyring
    now: datetime


def merge_leads(
    sessions: Sessions, *, now: datetime, kept: str, merged: str, reason: str, actor: str, keyring: Keyring
) -> MergeResult:
    """Merge a lead into another, each named by its id, e-mail address or ``feed:external-id``; at once, or not at all.

    Said again it changes nothing. Raises NotFoundError for an unknown lead, UsageError without a reason, for a lead
    with itself, and for one that was merged into a third.
    """
    if not reason.strip():
        raise UsageError("a merge needs its reason: --reason TEXT, for whoever asks later")
    with sessions.read() as tx:
        if done := _already(*_named(tx, kept, merged)):
            return done
    said = partial(_Merging, reason=reason.strip(), actor=actor, keyring=keyring, now=now)

    def work(tx: Connection, live: Live) -> MergeResult | None:
        pair = into, joined = _named(tx, kept, merged)
        if done := _already(*pair):
            return done
        if not stands_still(tx, live.deciding, [into.lead_id, joined.lead_id], now=now):
            return None
        if _named(tx, kept, merged) != pair:
            return None  # somebody merged one of them while we waited for the locks
        return _merge(tx, live, said(_row(tx, into.lead_id), _row(tx, joined.lead_id)))

    return at_a_standstill(sessions, now=now, work=work)


def _named(tx: Connection, kept: str, merged: str) -> tuple[Named, Named]:
    return find_person(tx, kept), find_person(tx, merged)


def _already(kept: Named, merged: Named) -> MergeResult | None:
    """Return the result where they are one already; raises UsageError where they cannot be made one."""
    if merged.own_id != merged.lead_id and merged.lead_id == kept.lead_id:
        return MergeResult(kept.lead_id, merged.own_id, already=True)
    if merged.own_id != merged.lead_id:
        raise UsageError(
            f"lead {merged.own_id} was merged into lead {merged.lead_id} already; name that one, or undo it first: "
            f'`penstock lead unmerge {merged.own_id} --reason "…"`'
        )
    if kept.lead_id != merged.lead_id:
        return None
    if kept.own_id == merged.own_id:
        raise UsageError(f"both name lead {kept.lead_id}; give the two leads that are one person")
    raise UsageError(
        f"lead {kept.own_id} was merged into lead {merged.lead_id}, which cannot go into itself; to keep it: "
        f'`penstock lead unmerge {kept.own_id} --reason "…"`, then merge {merged.lead_id} into it'
    )


def _row(tx: Connection, lead_id: int) -> Any:  # noqa: ANN401 - a row
    return tx.execute(select(LEAD).where(LEAD.c.id == lead_id)).one()


def _merge(tx: Connection, live: Live, one: _Merging) -> MergeResult:
    """Do it, with every row that it concerns locked."""
    kept, merged = one.kept.id, one.merged.id
    took_account = one.kept.account_id is None and one.merged.account_id is not None
    exited = _let_go(tx, one)
    join_identifiers(tx, kept, merged, key=one.merged.key)
    tx.execute(update(LEAD).where((LEAD.c.id == merged) | (LEAD.c.merged_into == merged)).values(merged_into=kept))
    if took_account:
        tx.execute(update(LEAD).where(LEAD.c.id == kept).values(account_id=one.merged.account_id))
    moved = move_in(tx, kept, [merged])
    project_again(tx, live, one.keyring, {kept: one.kept.email or one.merged.email}, now=one.now)
    suppressed = _suppress_alike(tx, one)
    live_at = _hand_over_queue(tx, kept, merged)
    _write(tx, one, live_at=live_at, took_account=took_account)
    tell(tx, live, [one.kept, one.merged], kept, now=one.now)
    return MergeResult(kept, merged, moved=moved, exited=exited, suppressed=suppressed)


def _let_go(tx: Connection, one: _Merging) -> int:
    """Take what waits to be done for the merged lead out of the hands of route, nurture and deliver."""
    waits = (DECISION.c.subject == "lead", DECISION.c.subject_id == one.merged.id, DECISION.c.acted_at.is_(None))
    tx.execute(update(DECISION).where(*waits).values(hold=MERGED))
    # ``next_at`` stays, so that unmerge takes it up where it was.
    active = (ENROLMENT.c.lead_id == one.merged.id, ENROLMENT.c.status == "active")
    gone = {"status": "exited", "exit_reason": EXIT, "ended_at": one.now}
    exited = tx.execute(update(ENROLMENT).where(*active).values(gone)).rowcount
    cancel_pending(tx, now=one.now)
    return exited


def _suppress_alike(tx: Connection, one: _Merging) -> int:
    """Close every address of the person for what any of them is closed for: who leaves, leaves with each of them."""
    persons = ids_of(tx, one.kept.id)
    hashed = select(LEAD.c.email_hash).where(among(tx, LEAD.c.id, persons), LEAD.c.email_hash.is_not(None))
    found = select(IDENTIFIER.c.value).where(IDENTIFIER.c.kind == "email", IDENTIFIER.c.lead_id == one.kept.id)
    hashes = {*tx.scalars(hashed), *map(one.keyring.address_hash, tx.scalars(found))}
    s = SUPPRESSION.c
    closed = tx.execute(select(s.hash, s.scope, s.reason).where(among(tx, s.hash, hashes))).all()
    known = {(row.hash, row.scope) for row in closed}
    scopes = {row.scope for row in closed if row.reason != OF_ONE_ADDRESS}
    new = sorted({(address, scope) for address in hashes for scope in scopes} - known)
    said = {"reason": SUPPRESSED, "feed": "person", "received_at": one.now}
    insert_or_ignore(tx, SUPPRESSION, [{"hash": address, "scope": scope, **said} for address, scope in new])
    return len(new)


def _hand_over_queue(tx: Connection, kept: int, merged: int) -> datetime | None:
    """Let nothing of the merged lead be due again; return since when the kept one was live before (None: baseline)."""
    r = RESCORE.c
    rows = tx.execute(
        select(r.subject_id, r.live_at).where(r.subject == "lead", among(tx, r.subject_id, [kept, merged]))
    )
    live: dict[int, datetime | None] = dict(rows.tuples().all())
    since = min((at for at in live.values() if at is not None), default=None)
    tx.execute(update(RESCORE).where(r.subject == "lead", r.subject_id == kept).values(live_at=since))
    tx.execute(update(RESCORE).where(r.subject == "lead", r.subject_id == merged).values(due_at=None))
    copy_receipts(tx, merged, kept)
    tx.execute(RECEIPT.delete().where(RECEIPT.c.subject == "lead", RECEIPT.c.subject_id == merged))
    return live[kept]


def copy_receipts(tx: Connection, of: int, to: int) -> None:
    """Make whom a lead's moments to come (before going live there are some) concern somebody else too."""
    ahead = select(RECEIPT.c.at).where(RECEIPT.c.subject == "lead", RECEIPT.c.subject_id == of)
    rows = [{"subject": "lead", "subject_id": to, "at": at} for at in tx.scalars(ahead)]
    insert_or_ignore(tx, RECEIPT, rows)


def _write(tx: Connection, one: _Merging, *, live_at: datetime | None, took_account: bool) -> None:
    whom = {"subject": "lead", "kept_id": one.kept.id, "merged_id": one.merged.id}
    said = {"actor": one.actor, "reason": one.reason, "received_at": one.now}
    tx.execute(insert(MERGE), whom | said | {"live_at": live_at, "took_account": took_account})


def tell(tx: Connection, live: Live, told: list[Any], *leads: int, now: datetime) -> None:
    """Make whom a change of identity concerns due: the accounts of ``told`` (rows) and their people, then ``leads``.

    Nothing happened to anybody, so it ends no baseline; and nobody is judged before going live.
    """
    for one in told:
        tell_account(tx, live.deciding, one.id, now=now, live=False)
    folded = receipts.lock(tx, "lead", leads)
    moments = [max(receipts.received_at(now, folded[one]), live.live_from) for one in leads]
    receipts.enqueue(tx, "lead", [receipts.Moment(one, at, live=False) for one, at in zip(leads, moments, strict=True)])
