"""A store filled by hand, for tests of scoring: leads, facts and activities landed at moments of the test's choosing.

It writes what a landing writes (spellings, terms, receipts), a row at a time, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from penstock.operations.adopt import run_adopt
from penstock.playbook.definition import Definition
from penstock.playbook.model import Deciding, Playbook
from penstock.playbook.operations import Operations
from penstock.playbook.terms import Terms
from penstock.store import receipts
from penstock.store.colleagues import tell_account
from penstock.store.engine import Sessions, table
from penstock.store.playbooks import read_deciding, read_live, read_starts
from penstock.store.receipts import Moment
from penstock.store.statements import insert_or_ignore
from penstock.store.tables import Account, Activity, Decision, Fact, Lead, ListMembership, Score, Spelling, Term

VOCABULARY = {
    "sources": {"web": ["Website"], "fair": ["Trade show"]},
    "industries": {"machinery": ["Maschinenbau"], "mining": []},
    "regions": {"dach": {"countries": ["DE", "AT"]}, "benelux": {"countries": ["NL"]}},
    "lines": {"hydraulics": {"assets": ["hx-*"]}, "seals": {"assets": ["seal-*"]}},
    "functions": {"engineering": {"titles": ["*engineer*"]}, "student": {"titles": ["*student*"]}},
    "channels": {"web": [], "webinar": []},
    "assets": {
        "datasheet": {"spelt": ["*datasheet*"], "content_stage": "deciding"},
        "guide": {"spelt": ["*guide*"], "content_stage": "early"},
    },
    "words": {"urgent": ["urgent", "asap"]},
    "lists": {"key": ["Key accounts"], "fair": ["Fair 2026"]},
    "origins": {"sales": ["Vertrieb"], "partner": []},
    "trust": ["crm", "forms"],
}
OPERATIONS = {"sender": {"name": "A", "email": "a@firm.example", "company": "Firm", "postal_address": "Street 1"}}

DAY = timedelta(days=1)

HYDRAULICS: dict[str, Any] = {
    "definition": "hydraulics",
    "for": {"line": "hydraulics"},
    "fit": {
        "at_most": 60,
        "rules": {
            "industry": {"points": 25, "industry": ["machinery"]},
            "size": {"points": 15, "employees": {"from": 50, "to": 5000}},
            "role": {"points": 15, "function": ["engineering"]},
            "far": {"points": -20, "region": {"not": ["dach"]}},
        },
    },
    "intent": {
        "at_most": 100,
        "fades": {"30d": "100 %", "60d": "60 %", "90d": "30 %"},
        "channels": {"webinar": 1.25},
        "rules": {
            "rfq": {"points": 60, "strength": "high", "did": "rfq_submitted", "fades": {"14d": "100 %", "45d": "50 %"}},
            "sheet": {
                "points": 30,
                "strength": "high",
                "did": "content_downloaded",
                "asset": "datasheet",
                "at_most": 45,
            },
            "webinar": {"points": 15, "strength": "medium", "did": "webinar_attended"},
            "urgent": {"points": 10, "strength": "medium", "says": "urgent"},
            "page": {"points": 2.5, "did": "page_viewed", "at_most": 10},
        },
    },
    "tiers": {
        "A": {"needs": {"fit": 40, "intent": 60, "any": ["rfq", "sheet"]}, "branch": "sales"},
        "C": {"needs": {"intent": 10, "signals": {"high": 1, "medium": 2}}, "branch": "nurture"},
    },
    "disqualify": {"student": {"function": "student"}},
}


def playbook(
    *definitions: Mapping[str, Any], vocabulary: Mapping[str, Any] | None = None, **operations: Any
) -> Playbook:
    """Return a playbook of these definitions over the tests' vocabulary; routes end in ``desk`` unless told so."""
    rest = {"routes": {"else": {"to": "desk"}}, **OPERATIONS, **operations}
    read = [Definition.model_validate(one) for one in definitions]
    deciding = {"vocabulary": VOCABULARY | dict(vocabulary or {}), "definitions": {one.definition: one for one in read}}
    return Playbook(deciding=Deciding.model_validate(deciding), operations=Operations.model_validate(rest))


class History:
    """Lands things about leads, each at the ``received`` moment given."""

    def __init__(self, store: Sessions, agreed: Playbook, *, live_from: datetime) -> None:
        self.store = store
        self.count = 0
        self.adopt(agreed, now=live_from)

    def adopt(self, agreed: Playbook, *, now: datetime) -> None:
        run_adopt(self.store, now=now, playbook=agreed)

    def lead(self, key: str, *, account: int | None = None, received: datetime, **facts: str | int) -> int:
        with self.store.write() as tx:
            row = {"key": key, "rank": len(key), "account_id": account, "created_at": received, "updated_at": received}
            found = tx.execute(insert(table(Lead)).returning(table(Lead).c.id), row).scalar_one()
        for field, value in facts.items():
            self.fact("lead", found, field, value, received=received)
        return int(found)

    def account(self, key: str, *, received: datetime, **facts: str | int) -> int:
        with self.store.write() as tx:
            row = {"key": key, "created_at": received}
            found = tx.execute(insert(table(Account)).returning(table(Account).c.id), row).scalar_one()
        for field, value in facts.items():
            self.fact("account", found, field, value, received=received)
        return int(found)

    def fact(
        self, subject: str, of: int, field: str, value: str | int, *, received: datetime, feed: str = "crm",
        said: datetime | None = None, typed: bool = False,
    ) -> None:  # fmt: skip
        with self.store.write() as tx:
            stamped = self._stamp(tx, subject, of, received)
            row = {
                "subject": subject, "subject_id": of, "field": field, "feed": feed, "said_at": said or stamped,
                "spelling_id": self._intern(tx, field, str(value)), "typed": typed, "received_at": stamped,
                "landed_at": stamped, "found_by": "", "number": value * 1000 if isinstance(value, int) else None,
            }  # fmt: skip
            insert_or_ignore(tx, table(Fact), [row])

    def listed(
        self, account: int, name: str, *, received: datetime, origin: str = "", since: datetime | None = None,
        until: datetime | None = None, feed: str = "crm", said: datetime | None = None,
    ) -> None:  # fmt: skip
        """Put an account onto a target list, or say anew how long it is on it."""
        with self.store.write() as tx:
            stamped = self._stamp(tx, "account", account, received)
            row = {
                "account_id": account, "list_id": self._intern(tx, "on_list", name), "since": since, "until": until,
                "origin_id": self._intern(tx, "list_origin", origin) if origin else None, "feed": feed,
                "said_at": said or stamped, "received_at": stamped, "landed_at": stamped, "found_by": "",
            }  # fmt: skip
            tx.execute(insert(table(ListMembership)), row)

    def did(
        self,
        lead: int,
        kind: str,
        *,
        at: datetime,
        received: datetime | None = None,
        subject: str = "lead",
        **words: str,
    ) -> int:
        """Land an activity that occurred at ``at``; words are channel, source, campaign, asset, line, text."""
        with self.store.write() as tx:
            self.count += 1
            stamped = self._stamp(tx, subject, lead, received or at)
            spelt = {f"{field}_id": self._intern(tx, field, word) for field, word in {"kind": kind, **words}.items()}
            row = {
                "feed": "web", "stream": "s", "external_id": str(self.count), f"{subject}_id": lead, "occurred_at": at,
                "received_at": stamped, "landed_at": stamped, "found_by": "", **spelt,
            }  # fmt: skip
            return int(tx.execute(insert(table(Activity)).returning(table(Activity).c.id), row).scalar_one())

    def _stamp(self, tx: Any, subject: str, of: int, received: datetime) -> datetime:
        live = read_live(tx)
        live_from = live.live_from
        if subject == "lead" and received >= live_from:
            tell_account(tx, live.deciding, of, now=received)
        folded = receipts.lock(tx, subject, [of])[of]
        if received < live_from:
            receipts.enqueue(tx, subject, [Moment(of, live_from, live=False)])
            return received
        stamped = receipts.received_at(received, folded)
        receipts.enqueue(tx, subject, [Moment(of, stamped)])
        if subject == "account":
            self._tell_leads(tx, of, received)
        return stamped

    def _tell_leads(self, tx: Any, account: int, received: datetime) -> None:
        """Make the leads of an account due: what is known of it is known of them."""
        present = (table(Lead).c.account_id == account, table(Lead).c.merged_into.is_(None))
        leads = list(tx.scalars(select(table(Lead).c.id).where(*present)))
        folded = receipts.lock(tx, "lead", leads)
        moments = [Moment(lead, receipts.received_at(received, folded[lead]), live=False) for lead in leads]
        receipts.enqueue(tx, "lead", moments)

    def _intern(self, tx: Any, field: str, text: str) -> int:
        spelling = table(Spelling)
        insert_or_ignore(tx, spelling, [{"field": field, "key": text, "text": text}])
        found = tx.execute(select(spelling.c.id).where(spelling.c.field == field, spelling.c.key == text)).scalar_one()
        for version in {start.version_id for start in read_starts(tx)}:
            terms: Terms = read_deciding(tx, version)[1]
            means = [
                {"version_id": version, "spelling_id": found, "field": of, "term": term}
                for of, term in terms.of(field, text)
            ]
            insert_or_ignore(tx, table(Term), means)
        return int(found)

    def scores(self) -> list[dict[str, Any]]:
        """Return every score row, by subject and definition."""
        return self._rows(Score, "subject_id", "definition")

    def decisions(self) -> list[dict[str, Any]]:
        """Return every decision, by subject, definition and moment."""
        return self._rows(Decision, "subject_id", "definition", "moment")

    def _rows(self, model: Any, *order: str) -> list[dict[str, Any]]:
        found = table(model)
        with self.store.read() as tx:
            return [
                dict(row._mapping) for row in tx.execute(select(found).order_by(*(found.c[name] for name in order)))
            ]
