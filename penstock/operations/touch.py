"""A touch: a call, a meeting or a LinkedIn message that a person records by hand. Used by `penstock lead touch`.

First contact is read from touches only, never from what a rep answers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from penstock.errors import UsageError
from penstock.identity.find import find_named
from penstock.operations.answer import record_contact
from penstock.operations.insist import tell_of
from penstock.store import receipts
from penstock.store.colleagues import tell_account
from penstock.store.engine import Sessions, table
from penstock.store.persons import ids_of
from penstock.store.playbooks import read_live
from penstock.store.tables import Activity, Handoff, Payload, Touch
from penstock.store.words import Words

ACTIVITY, PAYLOAD, TOUCH, HANDOFF = table(Activity), table(Payload), table(Touch), table(Handoff)
BY_HAND = "person"
STREAM = "touches"
# What a person writes → kind and channel of the activity.
KINDS = {
    "call": ("call_made", "phone"),
    "meeting": ("meeting_held", "meeting"),
    "linkedin": ("linkedin_touched", "linkedin"),
}


@dataclass(frozen=True, slots=True)
class TouchResult:
    """What was recorded, and how many open handoffs it was the contact of."""

    lead_id: int
    touch_id: int
    kind: str
    handoffs: int


def touch_lead(
    sessions: Sessions, *, now: datetime, lead: str, kind: str, actor: str, note: str = "", at: datetime | None = None
) -> TouchResult:
    """Record a touch of a lead (id, e-mail address or ``feed:external-id``), at ``at`` or now.

    It is an activity too, sets the first contact of the lead's open handoffs and stops their contact clocks; one from
    before going live is history, as a feed's record is. Raises
    NotFoundError for an unknown lead, UsageError for an unknown kind or a touch in the future.
    """
    if kind not in KINDS:
        raise UsageError(f'"{kind}" is no kind of touch; it is one of {", ".join(KINDS)}')
    if at is not None and at > now:
        raise UsageError(f"a touch at {at.isoformat()} lies in the future; record it once it has happened")
    when = at or now

    def record(tx: Connection, found: tuple[int, str]) -> TouchResult:
        lead_id, found_by = found
        live = read_live(tx, share=True)
        tell_account(tx, live.deciding, lead_id, now=now)
        received_at = _stamp(tx, lead_id, now=now, at=when, live_from=live.live_from)
        said = {"lead_id": lead_id, "found_by": found_by, "kind": kind, "actor": actor, "note": note}
        row = said | {"handoff_id": _open_handoff(tx, lead_id), "at": when, "received_at": received_at}
        touch_id = tx.execute(insert(TOUCH).returning(TOUCH.c.id), row).scalar_one()
        _land(tx, touch_id, row, now=now)
        return TouchResult(lead_id, touch_id, kind, record_contact(tx, at=when, lead_id=lead_id))

    return tell_of(sessions, lambda tx: find_named(tx, lead), record)


def _stamp(tx: Connection, lead_id: int, *, now: datetime, at: datetime, live_from: datetime) -> datetime:
    """Write the receipt of a touch and return when it was received; one from before going live is history."""
    if at >= live_from:
        return receipts.stamp(tx, "lead", lead_id, now=now)
    receipts.stamp_past(tx, "lead", lead_id, now=now, live_from=live_from)
    return at


def _open_handoff(tx: Connection, lead_id: int) -> int | None:
    """Return the lead's latest handoff that is open, which the touch is most likely about."""
    h = HANDOFF.c
    mine = (h.subject == "lead", h.subject_id.in_(ids_of(tx, lead_id)), h.closed_at.is_(None))
    return tx.execute(
        select(h.id).where(*mine).order_by(h.created_at.desc(), h.id.desc()).limit(1)
    ).scalar_one_or_none()


def _land(tx: Connection, touch_id: int, touch: dict[str, Any], *, now: datetime) -> None:
    kind, channel = KINDS[touch["kind"]]
    ids = Words().intern(tx, {"kind": {kind}, "channel": {channel}})
    row = {
        "feed": BY_HAND,
        "stream": STREAM,
        "external_id": str(touch_id),
        "lead_id": touch["lead_id"],
        "occurred_at": touch["at"],
        "received_at": touch["received_at"],
        "landed_at": now,
        "kind_id": ids["kind"][kind],
        "channel_id": ids["channel"][channel],
        "found_by": touch["found_by"],
    }
    activity_id = tx.execute(insert(ACTIVITY).returning(ACTIVITY.c.id), row).scalar_one()
    body = json.dumps({"actor": touch["actor"], "note": touch["note"]}, ensure_ascii=False)
    tx.execute(insert(PAYLOAD), {"activity_id": activity_id, "body": body})
