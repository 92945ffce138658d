"""From claimed messages of sequences to letters: the reader, the content that they have not had, and the footer.

Used by deliver for a batch, and by preview for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, not_, select

from penstock.mail.letter import Colleague, Footer, Item, Letter, Person, lead_words, why_lead
from penstock.mail.outbox import Claim
from penstock.mail.owners import read_writers
from penstock.playbook.operations import Content, Step
from penstock.routing.phrases import title_of
from penstock.sequence.offer import Offer, downloaded, offer
from penstock.sequence.rails import lies_ahead
from penstock.store.engine import table
from penstock.store.persons import merged_among
from penstock.store.playbooks import Live
from penstock.store.tables import Consent, Enrolment, Lead

LEAD, ENROLMENT, CONSENT = table(Lead), table(Enrolment), table(Consent)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A message that will not be sent after all, and why."""

    reason: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """All that a mail to a lead depends on."""

    person: Person
    interest: str
    agreed_at: datetime | None
    had: frozenset[str]
    by: Colleague | None = None
    """Who of ours writes to them; else the playbook's sender does."""


def sequence_letters(
    tx: Connection, live: Live, claims: Sequence[Claim], *, now: datetime
) -> dict[int, Letter | Skipped]:
    """Return effect id → its letter, or why there is none; a few statements, whatever the size of the batch."""
    readers = read_readers(tx, live, claims, now=now)
    # What is known of such a lead has gone to another since the claim: neither its consent nor what it has had is here.
    gone = set(merged_among(tx, {one.lead_id for one in claims if one.lead_id is not None}))
    merged = Skipped("exited", "merged into another lead after it was claimed")
    return {one.id: merged if one.lead_id in gone else _letter(live, one, readers[one.id], now) for one in claims}


def _letter(live: Live, one: Claim, reader: Reader, now: datetime) -> Letter | Skipped:
    sequence = live.operations.sequences.get(one.sequence or "")
    step = sequence.steps.get(one.step or "") if sequence is not None else None
    if step is None or one.lead_id is None:
        return Skipped("step_removed")
    if step.mail not in live.operations.mails:
        return Skipped("template_error", f"the playbook has no mail {step.mail}")
    offered = offer(step, live.operations.content, had=reader.had, today=now.date())
    return write(live, one, reader, step=step, offered=offered) if offered.skip is None else Skipped(offered.skip)


def write(live: Live, one: Claim, reader: Reader, *, step: Step, offered: Offer) -> Letter:
    """Return the letter of a step to one reader."""
    sender = live.operations.sender
    interest = _interest(live, reader.interest, one.sequence or "")
    return Letter(
        kind=one.kind,
        key=one.key,
        to=one.address or "",
        body=live.operations.mails[step.mail],
        context=lead_words(
            reader.person, sender=sender, content=tuple(map(_item, offered.content)), interest=interest, by=reader.by
        ),
        footer=Footer(
            why=why_lead(sender.company, agreed_at=reader.agreed_at, interest=interest),
            lead_id=one.lead_id,
            purpose=one.purpose,
        ),
        by=reader.by,
    )


def _interest(live: Live, line: str, sequence: str) -> str:
    """The line's title; where no line is known, that of the line that the sequence is for, '' where it is for any."""
    known = live.operations.sequences.get(sequence)
    of = line or next(iter(known.interest if known is not None else ()), "")
    return title_of(live.deciding.vocabulary, "line", of)


def _item(content: Content) -> Item:
    return Item(content.title, content.url, content.kind, tuple(content.facts))


def read_readers(tx: Connection, live: Live, claims: Sequence[Claim], *, now: datetime) -> dict[int, Reader]:
    """Return effect id → its reader."""
    leads = sorted({one.lead_id for one in claims if one.lead_id is not None})
    people = {row.id: row for row in tx.execute(select(LEAD).where(LEAD.c.id.in_(leads)))}
    interests = _interests(tx, claims)
    consents = _consents(tx, leads, now)
    had = downloaded(tx, leads)
    writers = read_writers(tx, live, claims, now=now)
    return {
        one.id: Reader(
            person=_person(people.get(one.lead_id)),
            interest=interests.get(one.enrolment_id, ""),
            agreed_at=consents.get((one.lead_id, one.purpose)),
            had=frozenset(had.get(one.lead_id or 0, ())),
            by=writers.get(one.id),
        )
        for one in claims
    }


def _person(row: Any) -> Person:  # noqa: ANN401 - a row, or None
    if row is None:
        return Person()
    return Person(row.first_name or "", row.last_name or "", row.company or "", row.title or "")


def _interests(tx: Connection, claims: Sequence[Claim]) -> dict[int | None, str]:
    ids = [one.enrolment_id for one in claims]
    return {
        row.id: row.interest
        for row in tx.execute(select(ENROLMENT.c.id, ENROLMENT.c.interest).where(ENROLMENT.c.id.in_(ids)))
    }


def _consents(tx: Connection, leads: list[int], now: datetime) -> dict[tuple[int | None, str], datetime]:
    """When each lead last said yes, per purpose; nothing where a *no* came with it or after it.

    As the rails read it: nobody is told that they agreed on a day that is still to come.
    """
    rows = tx.execute(
        select(CONSENT.c.lead_id, CONSENT.c.purpose, CONSENT.c.said_at, CONSENT.c.granted)
        .where(CONSENT.c.lead_id.in_(leads), not_(lies_ahead(now)))
        .order_by(CONSENT.c.said_at, CONSENT.c.granted.desc())
    )
    latest = {(row.lead_id, row.purpose): row for row in rows}
    return {key: row.said_at for key, row in latest.items() if row.granted}
