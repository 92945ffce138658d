"""What connectors give and what leaves the house: plain frozen values, known to every layer.

Connectors build these; operations land them. Nothing here knows a score, a table or Prefect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

# What a record may say about itself, beside the playbook's own kinds (closed list of the contract).
ACTIVITY_KINDS = (
    "form_submitted", "content_downloaded", "tool_used", "rfq_submitted", "demo_requested", "meeting_booked",
    "meeting_held", "webinar_registered", "webinar_attended", "event_registered", "badge_scanned", "list_received",
    "page_viewed", "email_clicked", "email_opened", "email_replied", "outbound_touched", "call_made",
    "linkedin_touched", "opportunity_opened",
)  # fmt: skip
# Mapped like kinds, but written as a suppression instead of an activity.
SUPPRESSING_KINDS = ("unsubscribed", "bounced")
OUTCOME_KINDS = ("meeting", "evaluation", "opportunity", "won", "lost")
ANSWERS = ("working", "accepted", "review", "rejected")

# Fields of a company rather than of a person; a system's word on them belongs to the account.
COMPANY_FIELDS = frozenset({
    "company", "domain", "industry", "employees", "revenue", "company_type", "year_established", "parent",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happening:
    """One dated fact about a lead or an account, as its feed spells it."""

    kind: str
    channel: str = ""
    source: str = ""
    campaign: str = ""
    asset: str = ""
    line: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ConsentSaid:
    """Consent given or withdrawn for a purpose, with the wording shown to the person."""

    purpose: str
    granted: bool
    wording: str
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What sales said of a handoff, as the CRM (or the demo's reps) reports it."""

    handoff: str
    answer: str
    actor: str = ""
    reason: str = ""
    next_step: str = ""
    next_on: date | None = None


@dataclass(frozen=True, slots=True)
class OutcomeSaid:
    """What became of a lead or an account: meeting, evaluation, opportunity, won, lost."""

    kind: str
    value: int | None = None
    """Amount in thousandths of the currency."""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """The account's place on a target list, with who made the list; ``since`` and ``until`` (the first moment at which
    it holds no more) may be open.
    """

    name: str
    origin: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One mapped record of a feed's stream.

    ``email`` and ``person_id`` (the feed's own id of the person) find the lead; ``company_id``, the field ``domain``
    and the field ``company`` find the account. ``fields`` are profile fields of person and company, spelt as they came.
    ``at`` is the record's own time, None where it has none. ``typed``: the person typed the fields themself.
    """

    external_id: str
    at: datetime | None = None
    email: str = ""
    person_id: str = ""
    company_id: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    typed: bool = False
    happening: Happening | None = None
    consent: ConsentSaid | None = None
    answer: Answer | None = None
    outcome: OutcomeSaid | None = None
    raw: str = ""
    """The payload it came from, as JSON text."""
    place: str = ""
    """Where it stood (``file.csv:17``), for messages."""
    listed: Listed | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that could not be read: kept in quarantine, replayable after a fix."""

    external_id: str
    code: str
    detail: str
    raw: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One batch of a stream, stored in one transaction together with ``cursor``, where the next page starts.

    ``read = mapped_rows + folded + sum(skipped.values()) + len(unreadable)``: every row read is accounted for by name.
    """

    stream: str
    cursor: str
    records: Sequence[Record]
    unreadable: Sequence[Unreadable] = ()
    read: int = 0
    folded: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    name: str = ""
    """What the page was read from (a file and its rows, a cursor), for the batch row."""
    mapped: int | None = None
    """Rows that became at least one record; None: as many as there are records, one a row."""

    @property
    def mapped_rows(self) -> int:
        """Return the rows that became at least one record."""
        return len(self.records) if self.mapped is None else self.mapped


@dataclass(frozen=True, slots=True)
class HandoffSeen:
    """A handoff as the outside sees it (CRM write-back, the demo's reps)."""

    handoff: str
    lead_key: str
    queue: str
    owner: str
    tier: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail ready to leave: one recipient, both bodies, every header decided."""

    message_id: str
    sender: str
    to: str
    subject: str
    text: str
    html: str
    date: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
