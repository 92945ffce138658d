"""Who the lead or account is, who has it, and what happened so far: the parts of an explanation beside the scores."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from penstock.operations.explain.activities import about, activity_rows
from penstock.operations.explain.by_hand import done_by_hand, told_by_hand
from penstock.operations.explain.shape import Company, Event, Person
from penstock.routing.profile import Profile, Subject
from penstock.store.engine import table
from penstock.store.landing.profile import Display
from penstock.store.outcomes import counts
from penstock.store.persons import full_name, ids_of_subject
from penstock.store.playbooks import Live
from penstock.store.statements import chunks
from penstock.store.tables import Account, Activity, Decision, Disposition, Effect, Handoff, Lead, Outcome

ACTIVITY, DECISION, DISPOSITION = table(Activity), table(Decision), table(Disposition)
EFFECT, HANDOFF, LEAD, ACCOUNT, OUTCOME = table(Effect), table(Handoff), table(Lead), table(Account), table(Outcome)
# The latest of each kind; the exports have all.
LINES = 40


def person(tx: Connection, live: Live, lead_id: int, profile: Profile) -> Person:
    """Return the lead as it showed with a profile; who it is by its address and key, as known now."""
    row = tx.execute(select(LEAD.c.email, LEAD.c.key).where(LEAD.c.id == lead_id)).one()
    shown = _shown(live, profile)
    name = " ".join(part for field in ("first_name", "last_name") if (part := shown(field))) or row.email or row.key
    return Person(lead_id, name, row.email, shown("title"), shown("company"), shown("country"))


def _shown(live: Live, profile: Profile) -> Callable[[str], str | None]:
    display = Display(live)

    def show(field: str) -> str | None:
        found = display.column(field, profile.texts)
        return None if found is None else str(found)

    return show


def names_of(tx: Connection, leads: Collection[int]) -> dict[int, str]:
    """Return lead id → name, of some leads."""
    columns = (LEAD.c.id, LEAD.c.first_name, LEAD.c.last_name, LEAD.c.email, LEAD.c.key)
    found: dict[int, str] = {}
    for some in chunks(sorted(leads)):
        for row in tx.execute(select(*columns).where(LEAD.c.id.in_(some))):
            found[row.id] = full_name(row) or row.email or row.key
    return found


def company(tx: Connection, live: Live, account_id: int, profile: Profile, now: datetime) -> Company:
    """Return the account as it showed with a profile, and how many leads it had at ``now``.

    A name that no fact speaks of is the one that it was made with.
    """
    columns = (ACCOUNT.c.name, ACCOUNT.c.domain, ACCOUNT.c.key)
    row = tx.execute(select(*columns).where(ACCOUNT.c.id == account_id)).one()
    mine = (LEAD.c.account_id == account_id, LEAD.c.merged_into.is_(None), LEAD.c.created_at <= now)
    people = tx.scalar(select(func.count()).select_from(LEAD).where(*mine))
    shown = _shown(live, profile)
    name = shown("company") or row.name or row.domain or row.key
    return Company(account_id, name, row.domain, shown("industry"), shown("country"), people or 0)


def timeline(tx: Connection, subject: Subject, now: datetime) -> tuple[Event, ...]:
    """Return what happened up to ``now``, oldest first; of a person, handoffs and mails of merged leads too."""
    persons = ids_of_subject(tx, *subject)
    events = [*_activities(tx, subject, now), *_decisions(tx, subject, now), *_sales(tx, subject, persons, now)]
    events += [*_outcomes(tx, subject, now), *_mails(tx, subject, persons, now), *done_by_hand(tx, subject, now)]
    return tuple(sorted(events, key=lambda event: event.at)[-2 * LINES :])


def _activities(tx: Connection, subject: Subject, now: datetime) -> Iterator[Event]:
    mine = (ACTIVITY.c[f"{subject[0]}_id"] == subject[1], ACTIVITY.c.received_at <= now, ACTIVITY.c.occurred_at <= now)
    latest = select(ACTIVITY.c.id).where(*mine).order_by(ACTIVITY.c.occurred_at.desc(), ACTIVITY.c.id).limit(LINES)
    rows = activity_rows(tx, tx.scalars(latest))
    told = told_by_hand(tx, rows)
    for row in rows.values():
        yield Event(row.occurred_at, f"{row.kind} {told.get(row.id) or about(row)}".strip())


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


def _outcomes(tx: Connection, subject: Subject, now: datetime) -> Iterator[Event]:
    o = OUTCOME.c
    mine = (o.subject == subject[0], o.subject_id == subject[1], counts(now))
    for row in tx.execute(select(OUTCOME).where(*mine).order_by(o.received_at.desc(), o.id).limit(LINES)):
        value = "" if row.value is None else f", {row.value:,} {row.currency}".rstrip()
        yield Event(row.at, f"{row.feed} says {row.kind}{value}")


def _mails(tx: Connection, subject: Subject, persons: Sequence[int], now: datetime) -> Iterator[Event]:
    if subject[0] != "lead":  # nobody to write to
        return
    e = EFFECT.c
    mine = (e.lead_id.in_(persons), e.kind == "sequence_mail", e.settled_at <= now)
    for row in tx.execute(select(EFFECT).where(*mine).order_by(e.settled_at.desc(), e.id).limit(LINES)):
        yield Event(row.settled_at, f"mail {row.sequence}, {row.step}: {row.status} {row.skip_reason or ''}".strip())
