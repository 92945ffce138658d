"""The small but complete firm of the kill tests: its playbook, and what its two feeds tell on one Monday.

Pipelines run at 09:00, 12:30 and 15:45 UTC. At the last one everything happens that a run can do: leads, a company and
unreadable records land; sales answers, wins and says no; new handoffs are made (each with a second definition that
joins), people enter sequences, get a step, leave them by five reasons; a warning, an escalation that is told and one
that is not; mails are accepted, refused, deferred and cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from penstock.playbook.model import Playbook
from penstock.records import Answer, ConsentSaid, Happening, OutcomeSaid, Page, Record, Unreadable
from penstock.store.landing.subjects import rank
from tests.cast import CALENDARS, PEOPLE, QUEUES, REASONS, SLA, TALK_TRACKS
from tests.history import playbook

MORNING, NOON, EVENING = (datetime(2026, 3, 2, h, m, tzinfo=UTC) for h, m in ((9, 0), (12, 30), (15, 45)))
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
RFQ, SHEET = {"rfq": {"points": 60, "did": "rfq_submitted"}}, {"sheet": {"points": 30, "did": "content_downloaded"}}
SALES, NURTURE = {"needs": {"intent": 60}, "branch": "sales"}, {"needs": {"intent": 20}, "branch": "nurture"}
DEFINITIONS: list[dict[str, Any]] = [
    {
        "definition": "hydraulics",
        "title": "Hydraulic components",
        "for": {"line": "hydraulics"},
        "fit": {"rules": {"industry": {"points": 25, "industry": ["machinery"]}}},
        "intent": {"rules": RFQ | SHEET},
        "tiers": {"A": SALES, "B": NURTURE},
        "disqualify": {"student": {"function": "student"}},
    },
    {"definition": "seals", "for": {"line": "seals"}, "intent": {"rules": RFQ}, "tiers": {"A": SALES}},
    {"definition": "service", "intent": {"rules": RFQ}, "tiers": {"A": SALES}},
    {
        "definition": "accounts",
        "subject": "account",
        "intent": {"rules": {"opportunity": {"points": 60, "did": "opportunity_opened"}}},
        "tiers": {"A": SALES},
    },
]
SEQUENCES = {
    "hydraulics": {
        "title": "Hydraulics",
        "interest": ["hydraulics"],
        "steps": {"intro": {"mail": "intro"}, "guide": {"mail": "guide", "after": "2h"}},
    },
    "general": {"title": "Everything", "steps": {"hello": {"mail": "hello"}}},
}
MAILS = {
    name: f"Subject: {name} for {{{{ lead.company }}}}\n\n{{{{ greeting }}}} this is about {{{{ interest.title }}}}.\n"
    for name in ("intro", "guide", "hello")
}


def firm() -> Playbook:
    """Return the playbook: rotation among three engineers, two promises, two sequences."""
    return playbook(
        *DEFINITIONS,
        calendars=CALENDARS,
        people=PEOPLE,
        queues=QUEUES,
        routes={"hydraulics": {"line": "hydraulics", "to": "engineers"}, "else": {"to": "inside"}},
        sla=SLA,
        reasons=REASONS | {"no-need": {"title": "No need", "to": "nurture", "sequence": "general"}},
        talk_tracks=TALK_TRACKS,
        sequences=SEQUENCES,
        mails=MAILS,
    )


def _record(name: str, at: datetime, kind: str, **more: Any) -> Record:
    """A lead tells something of themself; ``asset``, ``source`` and ``consent`` are said of what they did."""
    asset, source = more.pop("asset", "hx-200 datasheet"), more.pop("source", "Website")
    consent = ConsentSaid("marketing", granted=True, wording="Yes, write to me") if more.pop("consent", False) else None
    values: dict[str, Any] = {
        "external_id": f"{name}-{kind}",
        "email": f"{name}@brunner-{name}.example",
        "fields": {
            "first_name": name.title(),
            "company": f"Brunner {name}",
            "industry": "Maschinenbau",
            "title": more.pop("title", "Engineer"),
        },
        "happening": Happening(kind=kind, channel="web", source=source, asset=asset, text="please call me"),
        "consent": consent,
        "raw": f'{{"{name}": "{kind}"}}',
    }
    return Record(at=at - timedelta(minutes=5), **values | more)


def _sheet(name: str, at: datetime, **more: Any) -> Record:
    return _record(name, at, "content_downloaded", **{"consent": True} | more)


def _rfq(name: str, at: datetime, **more: Any) -> Record:
    return _record(name, at, "rfq_submitted", **more)


def _page(stream: str, records: Iterable[Record], unreadable: Iterable[Unreadable] = ()) -> Page:
    records, bad = tuple(records), tuple(unreadable)
    return Page(stream, "", records, bad, read=len(records) + len(bad), name=stream)


def _names(name: str, crowd: int) -> list[str]:
    """``crowd`` people of one story; in the order of their rank, in which route takes those of one moment."""
    return sorted((f"{name}{number}" for number in range(crowd)), key=lambda one: rank(_key(one)))


def _key(name: str) -> str:
    return f"email:{name}@brunner-{name}.example"


def forms(crowd: int = 1) -> list[tuple[datetime, Page]]:
    """Return the pages of the web forms and when each can be read; ``crowd`` people live every story."""

    def told(at: datetime, *stories: Any, bad: Iterable[Unreadable] = ()) -> tuple[datetime, Page]:
        return at, _page("forms", [story(name, at) for of, story in stories for name in _names(of, crowd)], bad)

    morning = told(
        MORNING, ("jana", _rfq), ("tom", _rfq), ("nia", _rfq), ("mia", _seals_rfq), ("ole", _sheet), ("pia", _sheet),
        ("rok", _sheet), ("slow", _sheet),
    )  # fmt: skip
    noon = told(NOON, ("uma", _rfq), ("vic", _sheet))
    # Route takes those of one moment by rank. A rerun at a later `now` receives the second page later than the first,
    # so its owners are the same only because pia comes before wim by rank as well.
    first = told(EVENING, ("pia", _rfq), ("xin", _sheet), ("busy", _sheet), ("bad", _sheet), ("stu", _student))
    second = told(
        EVENING, ("wim", _rfq), ("zoe", _silent), ("ghost", _nameless), ("odd", _odd),
        ("ole", _reply), ("rok", _leave), ("nobody", _nobody), ("firm", _opportunity),
        bad=[Unreadable("line-7", "bad_date", "no date", '{"date": "soon"}', "forms.csv:7")],
    )  # fmt: skip
    return [morning, noon, first, second]


def _seals_rfq(name: str, at: datetime) -> Record:
    return _rfq(name, at, asset="seal-9 datasheet")


def _student(name: str, at: datetime) -> Record:
    return _sheet(name, at, title="Student")


def _silent(name: str, at: datetime) -> Record:
    return _sheet(name, at, consent=False)


def _nameless(name: str, at: datetime) -> Record:
    return _sheet(name, at, email="", person_id=name)


def _odd(name: str, at: datetime) -> Record:
    return _rfq(name, at, source="scraped")


def _reply(name: str, at: datetime) -> Record:
    return _record(name, at, "email_replied", fields={})


def _leave(name: str, at: datetime) -> Record:
    return _record(name, at, "unsubscribed", fields={})


def _nobody(name: str, at: datetime) -> Record:
    return _rfq(name, at, email="", fields={"first_name": name})


def _opportunity(name: str, at: datetime) -> Record:
    return _record(name, at, "opportunity_opened", email="", company_id=name, fields={"company": f"Werk {name}"})


def words_of_sales(handoffs: dict[str, str], crowd: int = 1) -> list[tuple[datetime, Page]]:
    """Return the CRM's page: lead key → handoff id are those made in the morning."""
    said = [_said(story, name, handoffs) for story in ("tom", "mia", "nia") for name in _names(story, crowd)]
    return [(EVENING, _page("deals", said))]


def _said(story: str, name: str, handoffs: dict[str, str]) -> Record:
    at = EVENING - timedelta(minutes=30)
    who: dict[str, Any] = {"external_id": f"deal-{name}", "email": f"{name}@brunner-{name}.example", "at": at}
    if story == "nia":
        return Record(**who, outcome=OutcomeSaid("won", value=9_000_000, currency="EUR"))
    said = {"tom": ("rejected", "no-need"), "mia": ("working", "")}[story]
    return Record(**who, answer=Answer(handoffs[_key(name)], said[0], actor="ben", reason=said[1]))


@dataclass
class PagedFeed:
    """A feed that gives its pages from the moment at which each can be read; the cursor counts them."""

    name: str
    stream: str
    pages: Sequence[tuple[datetime, Page]]

    def streams(self) -> Sequence[str]:
        return (self.stream,)

    def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:
        for number, (since, page) in list(enumerate(self.pages, 1))[int(cursor or 0) :]:
            if since <= now:
                yield Page(stream, str(number), page.records, page.unreadable, read=page.read, name=f"page {number}")

    def untaken(self) -> Sequence[str]:
        return []

    def check(self) -> str:
        return f"{len(self.pages)} pages"

    def reread(self, stream: str, raw: str, place: str) -> Page:
        return Page(stream, "", ())
