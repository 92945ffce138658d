"""Which subjects are judged at which moments, and what is due next for each; used by qualify, inside its transaction.

A round takes each due subject from its earliest moment not yet folded up to ``now``: every receipt, every edge that one
of its activities crosses, the end of a cooldown, the start of a definition version. A moment too many changes nothing
(a score is constant between moments), one too few would; so edges are taken of all definitions and activities.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    type_coerce,
    union,
    update,
)

from penstock.store.batch import BATCH, LAST, SUBJECTS, UPCOMING, prepare, tell_planner
from penstock.store.engine import table
from penstock.store.tables import Activity, Disposition, Lead, ListMembership, Outcome, Receipt, Rescore, Score
from penstock.store.types import Instant, to_micros

RESCORE, RECEIPT, SCORE = table(Rescore), table(Receipt), table(Score)
ACTIVITY, LEAD, MEMBERSHIP = table(Activity), table(Lead), table(ListMembership)
SAID = (table(Disposition), table(Outcome))
NOW, NOW_MICROS = bindparam("now", type_=Instant), bindparam("now_micros", type_=BigInteger)
# Moments of one subject in one round; whoever has more goes on in the next, so that memory stays flat over a history.
MOST_MOMENTS = 8


@dataclass(frozen=True, slots=True)
class Calendar:
    """What makes moments by itself: (start, version id) of each definition version, edges and cooldowns
    (microseconds).
    """

    starts: tuple[tuple[datetime, int], ...]
    edges: tuple[int, ...] = ()
    cooldowns: tuple[int, ...] = ()
    people_edges: tuple[int, ...] = ()
    """Ages at which what people did no longer counts for their account and for each other."""
    lists: bool = False
    """Whether it matters when an account comes onto a target list, and when it leaves it."""


def pick(tx: Connection, subject: str, *, now: datetime, most: int, calendar: Calendar) -> int:
    """Fill the batch with at most ``most`` due subjects at their moments up to ``now``; return how many subjects.

    Rows of the rescore queue that another run holds are passed over.
    """
    prepare(tx)
    tx.execute(_pick(subject, calendar), {"now": now, "most": most})
    size, earliest = tx.execute(COUNTED).one()
    if size:
        tell_planner(tx, size)
    # Whoever is due right now has nothing in between, as all have who landed in this very run.
    if size and earliest < now:
        tx.execute(_further(subject, calendar), {"now": now, "now_micros": to_micros(now)})
        if several(tx):
            tx.execute(_followed())
    return int(size)


def wait_for_others(tx: Connection, subject: str, *, now: datetime) -> int:
    """Wait until whoever holds a subject that is due lets go of it; return 0 when none is due, else 1: look again.

    A run may only go on to route when everybody is judged: owners are given in turn, in the order of the moments, so a
    handful that another run has not committed yet must not come after the rest. One row is waited for at a time, with
    no other one held.
    """
    held = first_due(tx, subject, now=now)
    if held is None:
        return 0
    tx.execute(_DUE.where(RESCORE.c.subject_id == held).with_for_update(), {"kind": subject, "now": now})
    return 1


def first_due(tx: Connection, subject: str, *, now: datetime) -> int | None:
    """Return the subject that has been due for longest, whoever holds it; None when nobody is."""
    return tx.execute(_EARLIEST, {"kind": subject, "now": now}).scalar_one_or_none()


_DUE = select(RESCORE.c.subject_id).where(RESCORE.c.subject == bindparam("kind"), RESCORE.c.due_at <= NOW)
_EARLIEST = _DUE.order_by(RESCORE.c.due_at, RESCORE.c.subject_id).limit(1)
COUNTED = select(func.count(), func.min(BATCH.c.as_of))
MOST_PLACES = select(func.max(BATCH.c.place))
VERSIONS = select(BATCH.c.version_id).distinct().order_by(BATCH.c.version_id)
COLUMNS = ["subject_id", "as_of", "live_at", "version_id", "place"]


@cache
def _pick(subject: str, calendar: Calendar) -> Insert:
    due = (
        select(
            RESCORE.c.subject_id,
            RESCORE.c.due_at,
            RESCORE.c.live_at,
            _version_at(RESCORE.c.due_at, calendar),
            literal(1),
        )
        .where(RESCORE.c.subject == subject, RESCORE.c.due_at <= NOW)
        .order_by(RESCORE.c.due_at, RESCORE.c.subject_id)
        .limit(bindparam("most", type_=BigInteger))
        .with_for_update(skip_locked=True)
    )
    return insert(BATCH).from_select(COLUMNS, due)


def _version_at(moment: ColumnElement[Any], calendar: Calendar) -> ColumnElement[Any]:
    """Return the version live at the moment; the first holds from the beginning."""
    later = [(moment >= start, literal(version)) for start, version in reversed(calendar.starts[1:])]
    first = calendar.starts[0][1]
    return case(*later, else_=first) if later else literal(first)


@cache
def _further(subject: str, calendar: Calendar) -> Insert:
    """Add the moments between each subject's earliest and now, the first few of them."""
    found = union(*_between(subject, calendar)).subquery("found")
    place = func.row_number().over(partition_by=found.c.subject_id, order_by=found.c.at).label("place")
    ranked = select(found.c.subject_id, found.c.at, place).subquery("ranked")
    chosen = (
        select(
            ranked.c.subject_id, ranked.c.at, BATCH.c.live_at, _version_at(ranked.c.at, calendar), ranked.c.place + 1
        )
        .join(BATCH, BATCH.c.subject_id == ranked.c.subject_id)
        .where(ranked.c.place < MOST_MOMENTS)
    )
    return insert(BATCH).from_select(COLUMNS, chosen)


@cache
def _followed() -> Update:
    """Mark the moments of the batch that another one of the subject follows."""
    later = BATCH.alias("later")
    follows = select(1).where(later.c.subject_id == BATCH.c.subject_id, later.c.place > BATCH.c.place).correlate(BATCH)
    return update(BATCH).where(exists(follows)).values(last=0)


def _between(subject: str, calendar: Calendar) -> list[Select[Any]]:
    """Return selects of (subject id, at) for each kind of moment later than the batch's and not after now."""
    of = ACTIVITY.c.lead_id if subject == "lead" else ACTIVITY.c.account_id
    found = [_moments(RECEIPT.c.at, RECEIPT.c.subject_id, RECEIPT.c.subject == subject)]
    found += [_moments(ACTIVITY.c.occurred_at, of, plus=edge) for edge in (0, *calendar.edges)]
    if calendar.people_edges:
        found += [_of_people(subject, edge) for edge in (0, *calendar.people_edges)]
    if calendar.lists:
        found += [_of_lists(subject, end) for end in (MEMBERSHIP.c.since, MEMBERSHIP.c.until)]
    found += [
        _moments(said.c.received_at, said.c.subject_id, said.c.subject == subject, plus=cooldown)
        for cooldown in calendar.cooldowns
        for said in SAID
    ]
    for start, _ in calendar.starts[1:]:
        at = literal(start, Instant)
        found.append(select(BATCH.c.subject_id, at.label("at")).where(BATCH.c.as_of < at, at <= NOW))
    return found


def _of_people(subject: str, edge: int) -> Select[Any]:
    """Return the moments that activities of the people of each subject's account make."""
    person, own = LEAD.alias("person"), LEAD.alias("own")
    account = BATCH.c.subject_id if subject == "account" else own.c.account_id
    source = BATCH if subject == "account" else BATCH.join(own, own.c.id == BATCH.c.subject_id)
    theirs = source.join(person, person.c.account_id == account).join(ACTIVITY, ACTIVITY.c.lead_id == person.c.id)
    moment, as_of = type_coerce(ACTIVITY.c.occurred_at, BigInteger), type_coerce(BATCH.c.as_of, BigInteger)
    return (
        select(BATCH.c.subject_id, type_coerce(moment + edge, Instant).label("at"))
        .select_from(theirs)
        .where(BATCH.c.as_of < NOW, moment > as_of - edge, moment <= NOW_MICROS - edge)
    )


def _of_lists(subject: str, end: ColumnElement[Any]) -> Select[Any]:
    """Return the moments at which each subject's account comes onto a target list, or leaves it."""
    account = BATCH.c.subject_id if subject == "account" else LEAD.c.account_id
    source = BATCH if subject == "account" else BATCH.join(LEAD, LEAD.c.id == BATCH.c.subject_id)
    listed = source.join(MEMBERSHIP, MEMBERSHIP.c.account_id == account)
    return select(BATCH.c.subject_id, end.label("at")).select_from(listed).where(BATCH.c.as_of < end, end <= NOW)


def _moments(
    instant: ColumnElement[Any], of: ColumnElement[Any], *wanted: ColumnElement[bool], plus: int = 0
) -> Select[Any]:
    """Return (subject id, instant + plus) of the rows for which that lies between the batch's moment and now.

    Written as a range of the instant itself, so that an index on it serves. Plus nothing, so that no index on the batch
    does: SQLite would go through everything that ever happened and look each up in the batch.
    """
    moment = type_coerce(instant, BigInteger)
    return (
        select(of.label("subject_id"), type_coerce(moment + plus, Instant).label("at"))
        .join(BATCH, of == BATCH.c.subject_id + 0)
        .where(
            *wanted,
            BATCH.c.as_of < NOW,
            moment > type_coerce(BATCH.c.as_of, BigInteger) - plus,
            moment <= NOW_MICROS - plus,
        )
    )


def one(tx: Connection, subject_id: int, *, as_of: datetime, starts: Sequence[tuple[datetime, int]]) -> int:
    """Make a batch of one subject at a moment of the caller's; return the version that judges it."""
    version = next((version for start, version in reversed(starts) if start <= as_of), starts[0][1])
    prepare(tx)
    tx.execute(insert(BATCH), {"subject_id": subject_id, "as_of": as_of, "live_at": None, "version_id": version})
    tell_planner(tx, 1)
    return version


def several(tx: Connection) -> bool:
    """Return whether some subject of the batch has more than one moment in it."""
    return tx.scalar(MOST_PLACES) not in (None, 1)


def versions_in_batch(tx: Connection) -> list[int]:
    """Return the definition versions that judge this batch."""
    return list(tx.scalars(VERSIONS))


def finish(tx: Connection, subject: str, *, calendar: Calendar, extra: Iterable[tuple[int, datetime]]) -> None:
    """Move each subject on to what comes after its last moment: a receipt, its score's own change, a start,
    ``extra``.
    """
    for statement in (_forget_folded(subject), *_collect_upcoming(subject, calendar)):
        tx.execute(statement)
    more = [{"subject_id": subject_id, "at": at} for subject_id, at in extra]
    if more:
        tx.execute(insert(UPCOMING), more)
    tx.execute(_move_on(subject))


@cache
def _move_on(subject: str) -> Update:
    last = select(LAST.c.as_of).where(LAST.c.subject_id == RESCORE.c.subject_id).correlate(RESCORE).scalar_subquery()
    earliest = (
        select(func.min(UPCOMING.c.at))
        .where(UPCOMING.c.subject_id == RESCORE.c.subject_id, UPCOMING.c.at > last)
        .correlate(RESCORE)
        .scalar_subquery()
    )
    return (
        update(RESCORE)
        .where(RESCORE.c.subject == subject, RESCORE.c.subject_id.in_(SUBJECTS))
        .values(folded_to=last, due_at=earliest)
    )


@cache
def _forget_folded(subject: str) -> Delete:
    last = select(LAST.c.as_of).where(LAST.c.subject_id == RECEIPT.c.subject_id).correlate(RECEIPT).scalar_subquery()
    return delete(RECEIPT).where(RECEIPT.c.subject == subject, RECEIPT.c.subject_id.in_(SUBJECTS), RECEIPT.c.at <= last)


@cache
def _collect_upcoming(subject: str, calendar: Calendar) -> tuple[Insert, ...]:
    waiting = select(RECEIPT.c.subject_id, func.min(RECEIPT.c.at)).group_by(RECEIPT.c.subject_id)
    # Plus nothing: SQLite would go through every score and look it up in the batch.
    scored = (SCORE.c.subject == subject) & (SCORE.c.subject_id == LAST.c.subject_id + 0)
    sources = [
        waiting.where(RECEIPT.c.subject == subject, RECEIPT.c.subject_id.in_(SUBJECTS)),
        select(LAST.c.subject_id, SCORE.c.next_change_at)
        .join(SCORE, scored)
        .where(SCORE.c.next_change_at > LAST.c.as_of),
    ]
    starts = [literal(at, Instant) for at, _ in calendar.starts[1:]]
    sources += [select(LAST.c.subject_id, at).where(LAST.c.as_of < at) for at in starts]
    return tuple(insert(UPCOMING).from_select(["subject_id", "at"], source) for source in sources)
