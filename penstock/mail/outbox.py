"""The outbox: claim, attempt, settle, each one statement. Used by deliver, which holds no transaction while it sends.

A claim raises the row's fence and holds it for a lease on the wall clock; only the holder of the present fence may
attempt and settle, so a worker that wakes after its lease ran out changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, String, and_, bindparam, case, literal, null, or_, select, update

from penstock.sequence.plan import KIND
from penstock.sequence.rails import OUTBOX, skip_reason
from penstock.store.engine import table
from penstock.store.playbooks import Live
from penstock.store.tables import Effect, Lead
from penstock.store.types import Instant

EFFECT, LEAD = table(Effect), table(Lead)

# Longer than a batch takes at a slow mail server (a message every four seconds), short enough that the messages of a
# worker that died go out on the same morning.
LEASE = timedelta(minutes=15)
RETRY_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Claim:
    """One message that is ours for a while, or that was cancelled in the moment of claiming (``skip`` says why)."""

    id: int
    fence: int
    kind: str
    key: str
    lead_id: int | None
    handoff_id: int | None
    clock_id: int | None
    enrolment_id: int | None
    sequence: str | None
    step: str | None
    purpose: str
    recipient: str | None
    address: str | None
    skip: str | None


@dataclass(frozen=True, slots=True)
class Settled:
    """How an attempt ended, for the row: status, the reason where it was cancelled, what the far side said."""

    id: int
    fence: int
    status: str
    said: str = ""
    skip: str | None = None
    subject: str | None = None
    message_id: str | None = None
    address: str | None = None


def claim(tx: Connection, live: Live, *, now: datetime, wall: datetime, most: int) -> list[Claim]:
    """Claim up to ``most`` messages that are due, or whose lease ran out before they were attempted.

    One statement picks (rows that another worker holds are passed over), asks every rail, and claims or cancels:
    nothing that arrived before it can be missed. Returns both, by id.
    """
    rows = tx.execute(_claim(live, now, wall, most)).all()
    return [Claim(**row._mapping) for row in sorted(rows, key=lambda row: row.id)]  # noqa: SLF001 - SQLAlchemy's public name


def _claim(live: Live, now: datetime, wall: datetime, most: int) -> Any:  # noqa: ANN401 - an update with RETURNING
    # In two steps, or the rails of everything that is due would be asked, and sorted, for each batch.
    pick = (
        select(EFFECT.c.id)
        .where(_is_due(now, wall))
        .order_by(EFFECT.c.due_at, EFFECT.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("pick")
        .prefix_with("MATERIALIZED")
    )
    asked = (
        select(EFFECT.c.id, LEAD.c.email, skip_reason(live, now).label("skip"))
        .select_from(OUTBOX.join(pick, pick.c.id == EFFECT.c.id))
        .cte("asked")
        .prefix_with("MATERIALIZED")
    )
    goes = asked.c.skip.is_(None)
    return (
        update(EFFECT)
        .where(EFFECT.c.id == asked.c.id)
        .values(
            status=case((goes, "claimed"), else_="cancelled"),
            skip_reason=asked.c.skip,
            settled_at=case((goes, null()), else_=literal(now, Instant)),
            fence=EFFECT.c.fence + 1,
            claimed_until=case((goes, literal(wall + LEASE, Instant)), else_=null()),
            # A note names a lead too, and goes to somebody of ours.
            address=case((EFFECT.c.kind == KIND, asked.c.email), else_=null()),
            rail=None,
            held_until=None,
        )
        .returning(*(EFFECT.c[name] for name in Claim.__slots__ if name != "skip"), EFFECT.c.skip_reason.label("skip"))
    )


def _is_due(now: datetime, wall: datetime) -> Any:  # noqa: ANN401 - a column expression
    waiting = EFFECT.c.status.in_(["planned", "deferred"])
    abandoned = and_(EFFECT.c.status == "claimed", EFFECT.c.claimed_until < wall, EFFECT.c.attempted_at.is_(None))
    # The first line is what the index answers.
    return and_(
        EFFECT.c.status.in_(["planned", "deferred", "claimed"]), EFFECT.c.due_at <= now, or_(waiting, abandoned)
    )


def give_up(tx: Connection, *, now: datetime, wall: datetime) -> int:
    """Mark what was attempted by a worker that never came back: it may have gone out, so a person resolves it."""
    return tx.execute(
        update(EFFECT)
        .where(EFFECT.c.status == "claimed", EFFECT.c.claimed_until < wall, EFFECT.c.attempted_at.is_not(None))
        .values(status="unknown", settled_at=now, said="the attempt began and its end was never recorded")
    ).rowcount


def attempt(tx: Connection, one: Settled, *, now: datetime, wall: datetime) -> bool:
    """Write the attempt ahead and renew the lease; False when the message is no longer ours."""
    return (
        tx.execute(
            update(EFFECT)
            .where(EFFECT.c.id == one.id, EFFECT.c.fence == one.fence, EFFECT.c.status == "claimed")
            .values(
                attempted_at=now,
                claimed_until=wall + LEASE,
                subject=one.subject,
                address=one.address,
                rfc_message_id=one.message_id,
            )
        ).rowcount
        == 1
    )


def settle(tx: Connection, settled: Sequence[Settled], *, now: datetime) -> list[Settled]:
    """Record how attempts ended, under the present fence only; return those that were still ours."""
    ours = _still_ours(tx, settled)
    if ours:
        tx.execute(_SETTLE, [_values(one, now) for one in ours])
    return ours


def _still_ours(tx: Connection, settled: Sequence[Settled]) -> list[Settled]:
    rows = tx.execute(
        select(EFFECT.c.id, EFFECT.c.fence)
        .where(EFFECT.c.id.in_([one.id for one in settled]), EFFECT.c.status == "claimed")
        .order_by(EFFECT.c.id)
        .with_for_update()
    )
    present = {(row.id, row.fence) for row in rows}
    return [one for one in settled if (one.id, one.fence) in present]


_SETTLE = (
    update(EFFECT)
    .where(EFFECT.c.id == bindparam("of"), EFFECT.c.fence == bindparam("held"))
    .values(
        status=bindparam("to_status"),
        skip_reason=bindparam("why", type_=String),
        said=bindparam("told"),
        subject=bindparam("line", type_=String),
        rfc_message_id=bindparam("mail_id", type_=String),
        address=bindparam("to_address", type_=String),
        settled_at=bindparam("ended", type_=Instant),
        attempted_at=bindparam("tried", type_=Instant),
        due_at=case(
            (bindparam("again", type_=Instant).is_(None), EFFECT.c.due_at), else_=bindparam("again", type_=Instant)
        ),
        held_until=bindparam("again", type_=Instant),
        claimed_until=None,
    )
)


def _values(one: Settled, now: datetime) -> dict[str, Any]:
    is_deferred = one.status == "deferred"
    return {
        "of": one.id,
        "held": one.fence,
        "to_status": one.status,
        "why": one.skip,
        "told": one.said,
        "line": one.subject,
        "mail_id": one.message_id,
        "to_address": one.address,
        # A deferred message was not taken: the next attempt is its first.
        "tried": None if is_deferred or one.status == "cancelled" else now,
        "ended": None if is_deferred else now,
        "again": now + RETRY_AFTER if is_deferred else None,
    }
