"""One cast for tests of nurture and mail: Nordhaven's playbook and people, and leads who get mail or do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from penstock.mail.compose import Composer
from penstock.mail.keyring import Keyring
from penstock.mail.links import Links
from penstock.operations.adopt import run_adopt
from penstock.operations.deliver import DeliverResult, run_deliver
from penstock.operations.nurture import NurtureResult, run_nurture
from penstock.playbook.model import Playbook
from penstock.ports import Mailer
from penstock.store.engine import Sessions, table
from penstock.store.tables import (
    Activity,
    Consent,
    Decision,
    Effect,
    Enrolment,
    Handoff,
    HandoffDefinition,
    Lead,
    Outcome,
    Score,
    Spelling,
    Suppression,
)

KEYRING = Keyring(("k" * 40,))
WEB = "https://mail.nordhaven.example"
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SENDER = {
    "name": "Ada Lindqvist",
    "email": "ada@nordhaven.example",
    "company": "Nordhaven Hydraulics",
    "postal_address": "Kai 1, 24114 Kiel, Germany",
}
CONTENT = {
    "sizing-guide": {"title": "Sizing guide", "kind": "guide", "url": "https://nordhaven.example/sizing"},
    "hx-datasheet": {"title": "HX-200 datasheet", "kind": "datasheet", "url": "https://nordhaven.example/hx"},
}
SEQUENCES = {
    "pumps": {
        "title": "Pumps",
        "interest": ["pumps"],
        "steps": {
            "intro": {"mail": "intro"},
            "guide": {"mail": "guide", "after": "3d", "content": ["sizing-guide", "hx-datasheet"]},
        },
    },
    "general": {"title": "Everything else", "steps": {"hello": {"mail": "hello"}}},
}
MAILS = {
    "intro": "Subject: Pumps for {{ lead.company }}\n\n{{ greeting }}\n\n**ISO 4413** in short.\n",
    "guide": "Subject: Two papers\n\n{% for item in content %}\n- [{{ item.title }}]({{ item.url }})\n{% endfor %}\n",
    "hello": "Subject: Hello\n\n{{ greeting }} this is {{ sender.company }}.\n",
}
TIERS = {"A": {"needs": {"intent": 40}, "branch": "sales"}, "B": {"branch": "nurture"}}


def playbook(**operations: Any) -> Playbook:
    """Nordhaven's playbook: pumps before valves; ``operations`` replaces parts of the other half."""
    pumps = {"definition": "pumps-inbound", "for": {"line": "pumps"}, "tiers": TIERS}
    anyone = {"definition": "anyone", "tiers": TIERS}
    lines = {"pumps": {"title": "Hydraulic pumps", "assets": ["HX-*"]}, "valves": {"title": "Valves"}}
    deciding = {"vocabulary": {"lines": lines}, "definitions": {"pumps-inbound": pumps, "anyone": anyone}}
    rest = {
        "sender": SENDER,
        "people": {"ben": {"name": "Ben", "email": "ben@nordhaven.example", "calendar": "kiel"}},
        "calendars": {"kiel": {"zone": "Europe/Berlin", "hours": {"mon-fri": "08:00-17:00"}}},
        "sla": {"hot": {"contact": "4 business hours"}},
        "queues": {"inside": {"members": {"ben": 1}, "sla": "hot"}},
        "sequences": SEQUENCES,
        "content": CONTENT,
        "mails": MAILS,
        "reasons": {"no-need": {"title": "No need", "to": "nurture", "sequence": "general"}},
        "consent": {"basis": {"marketing": {"US": "opt-out", "CH": "consent"}}},
    }
    return Playbook.model_validate({"deciding": deciding, "operations": {**rest, **operations}})


@dataclass
class Cast:
    """A store in which Nordhaven's playbook is live, and short words for what happens in it."""

    store: Sessions
    now: datetime

    def adopt(self, **operations: Any) -> None:
        run_adopt(self.store, now=self.now, playbook=playbook(**operations), live_from=self.now - DAY)

    def add(self, model: Any, **values: Any) -> int:
        with self.store.write() as tx:
            key = tx.execute(insert(table(model)).values(values)).inserted_primary_key
            assert key is not None
            return int(key[0]) if isinstance(key[0], int) else 0

    def rows(self, model: Any, **where: Any) -> list[Any]:
        found = table(model)
        query = select(found).where(*(found.c[name] == value for name, value in where.items()))
        with self.store.read() as tx:
            return list(tx.execute(query.order_by(*found.primary_key)))

    def change(self, model: Any, row_id: int, **values: Any) -> None:
        with self.store.write() as tx:
            tx.execute(update(table(model)).where(table(model).c.id == row_id).values(values))

    def lead(self, name: str = "jana", *, email: str | None = "", consent: bool | None = True, **values: Any) -> int:
        address = f"{name}@brunner.example" if email == "" else email
        hashed = None if address is None else KEYRING.address_hash(address)
        said = {"first_name": name.title(), "company": "Brunner", "created_at": self.now, "updated_at": self.now}
        known = {"key": name, "rank": len(name), "email": address, "email_hash": hashed}
        lead = self.add(Lead, **{**said, **known, **values})
        if consent is not None:
            self.consent(lead, granted=consent)
        return lead

    def consent(self, lead: int, *, granted: bool, at: datetime | None = None, feed: str = "form") -> None:
        said = at or self.now - DAY
        values = {"purpose": "marketing", "feed": feed, "said_at": said, "received_at": said, "wording": "Yes"}
        self.add(Consent, lead_id=lead, granted=granted, **values)

    def decide(self, lead: int, branch: str = "nurture", *, definition: str = "pumps-inbound", **values: Any) -> int:
        """A decision, and the score row as it leaves it."""
        stage = {"nurture": "nurture", "out": "disqualified", "sales": "mql"}.get(branch, "lead")
        of = {"subject": "lead", "subject_id": lead, "definition": definition}
        points = {"fit": 0, "intent": 0, "version_id": 1, "evidence": "[0, []]"}
        with self.store.write() as tx:
            scores = table(Score)
            tx.execute(scores.delete().where(*(scores.c[name] == value for name, value in of.items())))
        self.add(Score, **of, **points, stage=stage, branch=branch, tier="B", as_of=self.now)
        made = {"moment": self.now, "decided_at": self.now, "stage_to": stage, "tier_to": "B", "reason": "tier B"}
        return self.add(Decision, **{**of, **points, **made, "branch": branch, **values})

    def word(self, field: str, text: str) -> int:
        known = self.rows(Spelling, field=field, key=text)
        return int(known[0].id) if known else self.add(Spelling, field=field, key=text, text=text)

    def did(self, lead: int, kind: str, *, at: datetime | None = None, asset: str = "") -> int:
        when = at or self.now
        times = {"occurred_at": when, "received_at": when, "landed_at": when}
        of = {"feed": "web", "stream": "web", "external_id": f"{lead}{kind}{when}{asset}", "lead_id": lead}
        what = {"kind_id": self.word("kind", kind), "asset_id": self.word("asset", asset) if asset else None}
        return self.add(Activity, **of, **what, **times)

    def handoff(self, lead: int, *, status: str = "offered", definition: str = "pumps-inbound", **values: Any) -> int:
        of = {"subject": "lead", "subject_id": lead, "queue": "inside", "conversation": 1}
        why = {"tier": "A", "reason": "tier A", "decision_id": 1, "created_at": self.now}
        handoff = self.add(Handoff, **of, **why, status=status, **values)
        self.add(HandoffDefinition, handoff_id=handoff, definition=definition, decision_id=1, joined_at=self.now)
        return handoff

    def outcome(self, lead: int, kind: str, *, at: datetime) -> None:
        of = {"subject": "lead", "subject_id": lead, "feed": "crm", "external_id": f"{lead}"}
        self.add(Outcome, **of, kind=kind, at=at, received_at=at, landed_at=at)

    def suppress(
        self, lead: int, reason: str = "unsubscribed", *, scope: str = "all", at: datetime | None = None
    ) -> None:
        address = self.rows(Lead, id=lead)[0].email
        values = {"hash": KEYRING.address_hash(address), "feed": "crm", "received_at": at or self.now}
        self.add(Suppression, scope=scope, reason=reason, **values)

    def message(self, lead: int | None = None, **values: Any) -> int:
        """A planned mail of the step *intro*, or what ``values`` make of it."""
        of = {
            "kind": "sequence_mail",
            "key": f"{lead}:{len(self.rows(Effect))}",
            "lead_id": lead,
            "purpose": "marketing",
        }
        step = {"sequence": "pumps", "step": "intro", "planned_at": self.now, "due_at": self.now, "fence": 0}
        if lead is not None and "enrolment_id" not in values:
            run = len(self.rows(Enrolment, lead_id=lead)) + 1
            values["enrolment_id"] = self.add(
                Enrolment,
                lead_id=lead,
                sequence="pumps",
                run=run,
                entered_at=self.now,
                interest="pumps",
                status="active",
            )
        return self.add(Effect, **{**of, **step, **values})

    def nurture(self, at: datetime | None = None, **options: Any) -> NurtureResult:
        return run_nurture(self.store, now=at or self.now, **options)

    def deliver(self, mailer: Mailer, at: datetime | None = None, **options: Any) -> DeliverResult:
        now = at or self.now
        wall: Callable[[], datetime] = options.pop("wall", lambda: now)
        return run_deliver(self.store, now=now, wall=wall, mailer=mailer, composer=composer(), **options)

    def states(self) -> list[tuple[str, str | None]]:
        """Status and skip_reason of every message."""
        return [(row.status, row.skip_reason) for row in self.rows(Effect)]


def composer() -> Composer:
    return Composer(links=Links(KEYRING, WEB))


@pytest.fixture
def cast(store: Sessions, now: datetime) -> Cast:
    made = Cast(store, now)
    made.adopt()
    return made
