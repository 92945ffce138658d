"""The fixed cast of people and companies: a small firm's reps, queues and promises, and leads to hand over.

Anna (2), Ben (1) and Katja (1) take hydraulics in ``engineers``; Felix (3) and Ruth (1) everything else in ``inside``,
which has no limit. Petra manages the engineers, Ruth the others. Everybody works Monday to Friday nine to six in
Berlin, but for Dwayne in Houston.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from penstock.playbook.model import Playbook
from penstock.store.engine import Sessions, table
from penstock.store.playbooks import LIVE
from penstock.store.tables import Absence, Decision
from tests.history import History, playbook

HYDRAULICS: dict[str, Any] = {
    "definition": "hydraulics",
    "title": "Hydraulic components",
    "for": {"line": "hydraulics"},
    "fit": {
        "rules": {
            "industry": {"points": 25, "industry": ["machinery"]},
            "mid-size": {"points": 15, "employees": {"from": 50, "to": 5000}},
            "abroad": {"points": -10, "region": {"not": ["dach"]}, "title": "outside our region"},
        }
    },
    "intent": {
        "rules": {
            "rfq": {"points": 60, "strength": "high", "did": "rfq_submitted"},
            "datasheet": {"points": 20, "strength": "medium", "did": "content_downloaded"},
        }
    },
    "tiers": {"A": {"needs": {"intent": 60}, "branch": "sales"}},
}
SEALS: dict[str, Any] = {
    "definition": "seals",
    "for": {"line": "seals"},
    "intent": {"rules": {"datasheet": {"points": 30, "did": "content_downloaded"}}},
    "tiers": {"A": {"needs": {"intent": 60}, "branch": "sales"}},
}
ACCOUNTS: dict[str, Any] = {
    "definition": "accounts",
    "subject": "account",
    "intent": {"rules": {"opportunity": {"points": 30, "did": "opportunity_opened"}}},
    "tiers": {"A": {"needs": {"intent": 30}, "branch": "sales"}},
}
CALENDARS = {
    "berlin": {"zone": "Europe/Berlin", "hours": {"mon-fri": "09:00-18:00"}},
    "houston": {"zone": "America/Chicago", "hours": {"mon-fri": "08:00-17:00"}},
}


def _person(name: str, **more: Any) -> dict[str, Any]:
    first = name.split(maxsplit=1)[0].lower()
    return {"name": name, "email": f"{first}@firm.example", "calendar": "berlin"} | more


PEOPLE = {
    "petra": _person("Petra Lindner"),
    "anna": _person("Anna Vogt", manager="petra", spelt=["A. Vogt"]),
    "ben": _person("Ben Kühn", manager="petra"),
    "katja": _person("Katja Steiner", manager="petra"),
    "felix": _person("Felix Obermaier", manager="ruth"),
    "ruth": _person("Ruth Hollis"),
    "dwayne": _person("Dwayne Porter", calendar="houston"),
}
QUEUES = {
    "engineers": {"members": {"anna": 2, "ben": 1, "katja": 1}, "sla": "hot", "if_nobody": "inside"},
    "inside": {"members": {"felix": 3, "ruth": 1}, "sla": "warm"},
}
ROUTES = {
    "owned": {"account": "has-owner", "to": "owner"},
    "hydraulics": {"line": "hydraulics", "to": "engineers"},
    "else": {"to": "inside"},
}
SLA = {
    "hot": {
        "contact": "4 business hours",
        "warn": "1 business hour before",
        "late": {"0h": "owner", "2 business hours": "manager", "1 business day": "queue"},
    },
    "warm": {"contact": "8 business hours", "late": {"0h": "owner", "1 business day": "manager"}},
}
REASONS = {
    "bad-timing": {"title": "Not now", "to": "nurture"},
    "no-need": {"title": "No need", "to": "nurture"},
    "wrong-industry": {"title": "Wrong industry", "to": "out"},
}
TALK_TRACKS = {"hydraulics": "a technical call; ask about pressure range and yearly volume"}
OPERATIONS: dict[str, Any] = {
    "calendars": CALENDARS,
    "people": PEOPLE,
    "queues": QUEUES,
    "routes": ROUTES,
    "sla": SLA,
    "reasons": REASONS,
    "talk_tracks": TALK_TRACKS,
}
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def firm(**operations: Any) -> Playbook:
    """Return the firm's playbook, with other sections of operations where they are given."""
    return playbook(HYDRAULICS, SEALS, ACCOUNTS, **(OPERATIONS | operations))


class Firm(History):
    """The firm's store, live since the new year; decisions are written as qualify would have."""

    def __init__(self, store: Sessions, agreed: Playbook | None = None) -> None:
        super().__init__(store, agreed or firm(), live_from=LONG_AGO)
        self.leads = 0

    def people(self, count: int, **facts: Any) -> list[int]:
        """Land so many more leads, in the order of their rank."""
        first, self.leads = self.leads, self.leads + count
        return [self.lead("x" * number, received=LONG_AGO, **facts) for number in range(first + 1, self.leads + 1)]

    def decide(
        self,
        subject_id: int,
        moment: datetime,
        *,
        definition: str = "hydraulics",
        branch: str = "sales",
        subject: str = "lead",
        evidence: str = "[0,[]]",
        reason: str = "tier A: fit 40, intent 60",
        tier: str = "A",
    ) -> int:
        """Append a decision that nobody acted on, and return its id."""
        decision = table(Decision)
        with self.store.write() as tx:
            row = {
                "subject": subject, "subject_id": subject_id, "definition": definition, "moment": moment,
                "decided_at": moment, "version_id": tx.execute(select(LIVE.c.definition_id)).scalar_one(),
                "stage_to": "mql", "tier_to": tier, "branch": branch, "fit": 40_000, "intent": 60_000,
                "reason": reason, "evidence": evidence,
            }  # fmt: skip
            return int(tx.execute(insert(decision).returning(decision.c.id), row).scalar_one())

    def decide_all(self, leads: Iterable[int], moment: datetime) -> None:
        """Append one sales decision for each lead."""
        for lead in leads:
            self.decide(lead, moment)

    def away(self, person: str, first: datetime, last: datetime) -> None:
        """Mark a person absent on these days."""
        with self.store.write() as tx:
            row = {"person": person, "first_day": first.date(), "last_day": last.date()}
            tx.execute(insert(table(Absence)), row)

    def rows(self, model: Any, *order: str) -> list[Any]:
        """Return all rows of a table, by these columns or its id."""
        found = table(model)
        with self.store.read() as tx:
            return list(tx.execute(select(found).order_by(*(found.c[name] for name in order or ("id",)))))


def berlin(text: str) -> datetime:
    """Return the instant of ``2026-03-02 15:40`` in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
