"""Who the lead or account is, who has it, and what happened so far: the parts of an explanation beside the scores."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from penstock.operations.explain.activities import about, activity_rows
from penstock.operations.explain.by_hand import done_by_hand
from penstock.operations.explain.shape import Company, Event, OpenHandoff, Person
from penstock.routing.profile import Subject
from penstock.store.engine import table
from penstock.store.persons import ids_of_subject
from penstock.store.statements import chunks
from penstock.store.tables import Account, Activity, Clock, Decision, Disposition, Effect, Handoff, Lead

ACTIVITY, CLOCK, DECISION, DISPOSITION = table(Activity), table(Clock), table(Decision), table(Disposition)
EFFECT, HANDOFF, LEAD, ACCOUNT = table(Effect), table(Handoff), table(Lead), table(Account)
OPEN = ("offered", "working", "accepted", "review")
# The latest of each kind; the exports have all.
LINES = 40


def person(tx: Connection, lead_id: int) -> Person:
    """Return the lead's present profile."""
    row = tx.execute(select(LEAD).where(LEAD.c.id == lead_id)).one()
    name = " ".join(part for part in (row.first_name, row.last_name) if part) or row.email or row.key
    return Person(lead_id, name, row.email, row.title, row.company, row.country)


def names_of(tx: Connection, leads: Collection[int]) -> dict[int, str]:
    """Return lead id → name, of some leads."""
    columns = (LEAD.c.id, LEAD.c.first_name, LEAD.c.last_name, LEAD.c.email, LEAD.c.key)
    found: dict[int, str] = {}
    for some in chunks(sorted(leads)):
        for row in tx.execute(select(*columns).where(LEAD.c.id.in_(some))):
            name = " ".join(part for part in (row.first_name, row.last_name) if part)
            found[row.id] = name or row.email or row.key
    return found


def company(tx: Connection, account_id: int) -> Company:
    """Return the account's present profile."""
    row = tx.execute(select(ACCOUNT).where(ACCOUNT.c.id == account_id)).one()
    people = select(func.count()).select_from(LEAD).where(LEAD.c.account_id == account_id, LEAD.c.merged_into.is_(None))
    name = row.name or row.domain or row.key
    return Company(account_id, name, row.domain, row.industry, row.country, tx.execute(people).scalar_one())


def open_handoff(tx: Connection, subject: Subject, now: datetime) -> OpenHandoff | None:
    """Return the latest open handoff made by ``now``, with its running contact clock."""
    h, c = HANDOFF.c, CLOCK.c
    running = (c.of == "handoff") & (c.of_id == h.id) & (c.kind == "contact") & c.stopped_at.is_(None)
    mine = (h.subject == subject[0], h.subject_id.in_(ids_of_subject(tx, *subject)), h.status.in_(OPEN))
    row = tx.execute(
        select(h.id, h.queue, h.owner, h.status, c.due_at)
        .select_from(HANDOFF.outerjoin(CLOCK, running))
        .where(*mine, h.created_at <= now)
        .order_by(h.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else OpenHandoff(row.id, row.queue, row.owner, row.status, row.due_at)


def timeline(tx: Connection, subject: Subject, now: datetime) -> tuple[Event, ...]:
    """Return what happened up to ``now``, oldest first; of a person, handoffs and mails of merged leads too."""
    persons = ids_of_subject(tx, *subject)
    events = [*_activities(tx, subject, now), *_decisions(tx, subject, now), *_sales(tx, subject, persons, now)]
    events += [*_mails(tx, subject, persons, now), *done_by_hand(tx, subject, now)]
    return tuple(sorted(events, key=lambda event: event.at)[-2 * LINES :])


def _activities(tx: Connection, subject: Subject, now: datetime) -> Iterator[Event]:
    mine = (ACTIVITY.c[f"{subject[0]}_id"] == subject[1], ACTIVITY.c.received_at <= now, ACTIVITY.c.occurred_at <= now)
    latest = select(ACTIVITY.c.id).where(*mine).order_by(ACTIVITY.c.occurred_at.desc(), ACTIVITY.c.id).limit(LINES)
    for row in activity_rows(tx, tx.scalars(latest)).values():
        yield Event(row.occurred_at, f"{row.kind} {about(row)}".strip())


def _decisions(tx: Connection, subject: Subject, now: datetime) -> Iterator[Event]:
    d = DECISION.c
    mine = (d.subject == subject[0], d.subject_id == subject[1], d.moment <= now)
    for row in tx.execute(select(DECISION).where(*mine).order_by(d.moment.desc(), d.id).limit(LINES)):
        yield Event(row.moment, f"{row.definition}: {row.stage_to}, branch {row.branch} ({row.reason})")


def _sales(tx: Connection, subject: Subject, persons: Sequence[int], now: datetime) -> Iterator[Event]:
    h, d = HANDOFF.c, DISPOSITION.c
    kind, own = subject
    made = select(HANDOFF).where(h.subject == kind, h.subject_id.in_(persons), h.created_at <= now)
    for row in tx.execute(made):
        yield Event(row.created_at, f"handed to {row.owner or 'nobody'} ({row.queue}), handoff {row.id}")
    said = select(DISPOSITION).where(d.subject == kind, d.subject_id == own, d.received_at <= now)
    for row in tx.execute(said):
        yield Event(row.said_at, f"handoff {row.handoff_id} answered {row.answer} {row.reason}".strip())


def _mails(tx: Connection, subject: Subject, persons: Sequence[int], now: datetime) -> Iterator[Event]:
    if subject[0] != "lead":  # nobody to write to
        return
    e = EFFECT.c
    mine = (e.lead_id.in_(persons), e.kind == "sequence_mail", e.settled_at <= now)
    for row in tx.execute(select(EFFECT).where(*mine).order_by(e.settled_at.desc(), e.id).limit(LINES)):
        yield Event(row.settled_at, f"mail {row.sequence}, {row.step}: {row.status} {row.skip_reason or ''}".strip())
