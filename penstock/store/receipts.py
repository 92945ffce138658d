"""Moments: whoever lands something about a subject stamps it here, in the landing transaction.

The subject's row in the rescore queue is upserted and locked first, then the receipt is stamped: at the run's ``now``,
but never before what has been decided about the subject, so no decision is made twice with different knowledge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, select, type_coerce

from penstock.store.bulk import bulk_insert, bulk_update
from penstock.store.engine import table
from penstock.store.statements import among
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

    def enqueue(self, moments: Mapping[int, tuple[int, int | None]]) -> None:
        """Make subjects due: id → (moment, the same where it ends the baseline). Call it once per kind of moment.

        Where a subject is due at that very moment already, its receipt is known or makes no difference.
        """
        later = {i: m for i, m in moments.items() if self._due[i][1] != m[0]}
        bulk_insert(
            self._tx,
            RECEIPT,
            {"subject_id": list(later), "at": [at for at, _ in later.values()]},
            same={"subject": self.subject},
        )
        changed = {i: self._sooner(i, *m) for i, m in moments.items() if self._sooner(i, *m) != self._due[i]}
        self._due.update(changed)
        self._write({i: due for i, due in changed.items() if i in self._new}, new=True)
        self._write({i: due for i, due in changed.items() if i not in self._new}, new=False)
        self._new -= changed.keys()

    def _sooner(self, subject_id: int, at: int, live: int | None) -> Due:
        folded, due, since = self._due[subject_id]
        due = at if due is None or at < due else due
        since = live if live is not None and (since is None or live < since) else since
        return folded, due, since

    def _write(self, rows: Mapping[int, Due], *, new: bool) -> None:
        due, live = [row[1] for row in rows.values()], [row[2] for row in rows.values()]
        if new:
            columns: dict[str, list[Any]] = {"subject_id": list(rows), "due_at": due, "live_at": live}
            bulk_insert(self._tx, RESCORE, columns, same={"subject": self.subject})
        else:
            key = {"subject": self.subject, "subject_id": list(rows)}
            bulk_update(self._tx, RESCORE, key, {"due_at": due, "live_at": live})


def _lock(tx: Connection, subject: str, ids: Collection[int]) -> dict[int, Due]:
    """Lock rows in the order of their ids, so that two landings never wait for each other; make those that lack."""
    found = _locked(tx, subject, ids)
    if lacking := sorted(set(ids) - found.keys()):
        bulk_insert(tx, RESCORE, {"subject_id": lacking}, same={"subject": subject})
        found |= _locked(tx, subject, lacking)
    return found


def _locked(tx: Connection, subject: str, ids: Collection[int]) -> dict[int, Due]:
    if not ids:
        return {}
    r = RESCORE.c
    plain = [type_coerce(column, BigInteger) for column in (r.folded_to, r.due_at, r.live_at)]
    mine = (r.subject == subject, among(tx, r.subject_id, ids))
    rows = tx.execute(select(r.subject_id, *plain).where(*mine).order_by(r.subject_id).with_for_update())
    return {i: (folded, due, live) for i, folded, due, live in rows}


def lock(tx: Connection, subject: str, ids: Iterable[int]) -> dict[int, datetime | None]:
    """Upsert and lock the queue rows of these subjects; return id → the last moment folded (None: none yet)."""
    rows = _lock(tx, subject, sorted(set(ids)))
    return {i: None if due[0] is None else from_micros(due[0]) for i, due in rows.items()}


def received_at(now: datetime, folded_to: datetime | None) -> datetime:
    """Return the receipt of something landed now: the greater of ``now`` and a microsecond after what has been
    decided.
    """
    return now if folded_to is None or folded_to < now else folded_to + MICROSECOND


def stamp(tx: Connection, subject: str, subject_id: int, *, now: datetime) -> datetime:
    """Lock one subject, write the receipt of something about it that landed now, and return when it was received."""
    at = received_at(now, lock(tx, subject, [subject_id])[subject_id])
    enqueue(tx, subject, [Moment(subject_id, at)])
    return at


def enqueue(tx: Connection, subject: str, moments: Iterable[Moment]) -> None:
    """Write receipts and bring forward what is due; the rows must be locked."""
    told = sorted(set(moments), key=lambda m: (m.subject_id, m.at, m.live))
    queued = Queued(tx, subject, {m.subject_id for m in told})
    for moment in told:
        at = to_micros(moment.at)
        queued.enqueue({moment.subject_id: (at, at if moment.live else None)})
