"""Moments: whoever lands something about a subject stamps it here, in the landing transaction.

The subject's row in the rescore queue is upserted and locked first, then the receipt is stamped: at the run's ``now``,
but never before what has been decided about the subject, so no decision is made twice with different knowledge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from penstock.store.bulk import OvertakenError, bulk_insert, bulk_update
from penstock.store.engine import table
from penstock.store.persons import merged_among
from penstock.store.statements import among, plain_rows
from penstock.store.tables import Receipt, Rescore
from penstock.store.types import MICROSECOND, from_micros, to_micros

RESCORE, RECEIPT = table(Rescore), table(Receipt)


@dataclass(frozen=True, slots=True)
class Moment:
    """A receipt about a subject. ``live``: of something that occurred after going live, so it ends the baseline."""

    subject_id: int
    at: datetime
    live: bool = True


Due = tuple[int | None, int | None, int | None]
"""``folded_to``, ``due_at`` and ``live_at`` of a row in the rescore queue, in microseconds."""
NEW: Due = (None, None, None)


class Queued:
    """The rows of some subjects in the rescore queue, locked until the transaction ends.

    Instants are microseconds here: a page of 20,000 records would spend its time on making datetimes.
    """

    def __init__(self, tx: Connection, subject: str, ids: Collection[int], *, new: Collection[int] = ()) -> None:
        """Lock the rows of ``ids``; ``new`` subjects were made in this transaction, and get theirs with ``enqueue``."""
        self._tx = tx
        self.subject = subject
        self._new = set(new)
        self._due = _lock(tx, subject, ids)
        self._due.update(dict.fromkeys(new, NEW))

    def stamps(self, now: int) -> dict[int, int]:
        """Return subject id → when something landed now is received: ``now``, or right after what has been decided."""
        return {i: now if due[0] is None or due[0] < now else due[0] + 1 for i, due in self._due.items()}

    def folded(self, subject_id: int) -> int | None:
        """Return the last moment folded of a subject, None where there was none yet."""
        return self._due[subject_id][0]

    def enqueue(self, moments: Mapping[int, int], *, ends_baseline: bool) -> None:
        """Make subjects due (id → moment), in one go for each kind of moment.

        Where a subject is due at that very moment already, its receipt is known or makes no difference.
        """
        receipts: dict[int, int] = {}
        changed: dict[int, Due] = {}
        for i, at in moments.items():
            folded, due, live = before = self._due[i]
            if due != at:
                receipts[i] = at
            due = at if due is None or at < due else due
            live = at if ends_baseline and (live is None or at < live) else live
            if (folded, due, live) != before:
                changed[i] = (folded, due, live)
        columns = {"subject_id": list(receipts), "at": list(receipts.values())}
        bulk_insert(self._tx, RECEIPT, columns, same={"subject": self.subject})
        self._due.update(changed)
        self._write({i: due for i, due in changed.items() if i in self._new}, new=True)
        self._write({i: due for i, due in changed.items() if i not in self._new}, new=False)
        self._new -= changed.keys()

    def _write(self, rows: Mapping[int, Due], *, new: bool) -> None:
        due, live = [row[1] for row in rows.values()], [row[2] for row in rows.values()]
        if new:
            columns: dict[str, list[Any]] = {"subject_id": list(rows), "due_at": due, "live_at": live}
            bulk_insert(self._tx, RESCORE, columns, same={"subject": self.subject}, new=True)
        else:
            key = {"subject": self.subject, "subject_id": list(rows)}
            bulk_update(self._tx, RESCORE, key, {"due_at": due, "live_at": live})


def _lock(tx: Connection, subject: str, ids: Collection[int], *, merged: bool = False) -> dict[int, Due]:
    """Lock rows in the order of their ids, so that two landings never wait for each other; make those that lack."""
    found = _locked(tx, subject, ids)
    if lacking := sorted(set(ids) - found.keys()):
        bulk_insert(tx, RESCORE, {"subject_id": lacking}, same={"subject": subject})
        found |= _locked(tx, subject, lacking)
    # Whoever waited for a lock found the lead before it was merged. On SQLite a writer never waits in mid-transaction.
    if subject == "lead" and ids and not merged and tx.dialect.name == "postgresql" and merged_among(tx, ids):
        raise OvertakenError("a lead was merged into another meanwhile; try again")
    return found


def _locked(tx: Connection, subject: str, ids: Collection[int]) -> dict[int, Due]:
    if not ids:
        return {}
    r = RESCORE.c
    mine = (r.subject == subject, among(tx, r.subject_id, ids))
    query = select(r.subject_id, r.folded_to, r.due_at, r.live_at).where(*mine).order_by(r.subject_id)
    return {i: (folded, due, live) for i, folded, due, live in plain_rows(tx, query.with_for_update())}


def lock(tx: Connection, subject: str, ids: Iterable[int], *, merged: bool = False) -> dict[int, datetime | None]:
    """Upsert and lock the queue rows of these subjects; return id → the last moment folded (None: none yet).

    ``merged`` leads may be among them; else OvertakenError is raised for one that was merged into another meanwhile.
    """
    rows = _lock(tx, subject, sorted(set(ids)), merged=merged)
    return {i: None if due[0] is None else from_micros(due[0]) for i, due in rows.items()}


def received_at(now: datetime, folded_to: datetime | None) -> datetime:
    """Return the receipt of something landed now: the greater of ``now`` and a microsecond after what has been
    decided.
    """
    return now if folded_to is None or folded_to < now else folded_to + MICROSECOND


def stamp(tx: Connection, subject: str, subject_id: int, *, now: datetime, live: bool = True) -> datetime:
    """Lock one subject, write the receipt of something about it that landed now, and return when it was received.

    Not ``live``: it ends no baseline.
    """
    at = received_at(now, lock(tx, subject, [subject_id])[subject_id])
    enqueue(tx, subject, [Moment(subject_id, at, live=live)])
    return at


def stamp_past(tx: Connection, subject: str, subject_id: int, *, now: datetime, live_from: datetime) -> None:
    """Make one subject due for something from before going live that landed now; it ends no baseline.

    Such history is received at its own time, and folded with what else was before going live, if that is still to come.
    """
    folded_to = lock(tx, subject, [subject_id])[subject_id]
    moment = live_from if folded_to is None else received_at(now, folded_to)
    enqueue(tx, subject, [Moment(subject_id, moment, live=False)])


def enqueue(tx: Connection, subject: str, moments: Iterable[Moment]) -> None:
    """Write receipts and bring forward what is due; the rows must be locked."""
    told = sorted(set(moments), key=lambda m: (m.subject_id, m.at, m.live))
    queued = Queued(tx, subject, {m.subject_id for m in told})
    for moment in told:
        queued.enqueue({moment.subject_id: to_micros(moment.at)}, ends_baseline=moment.live)
