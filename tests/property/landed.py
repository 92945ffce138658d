"""Generated subjects put into a store, in a handful of statements, and kept as the reference evaluator wants them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from penstock.playbook.compile import _built, verdicts
from penstock.playbook.definition import Definition
from penstock.playbook.judge import _pieces, judge
from penstock.playbook.reference_verdict import SaidActivity, SaidFact, SaidListing, SaidPerson
from penstock.store import batch
from penstock.store.engine import table
from penstock.store.tables import Activity, Fact, Lead, ListMembership, Spelling, Term
from penstock.store.types import from_micros
from tests.property.histories import Life, Listing, SubjectOf
from tests.property.words import (
    ACTIVITY_WORDS,
    FACT_WORDS,
    HOUR,
    LISTS,
    NOW,
    NUMBERS,
    ORIGINS,
    TRUST,
    WORDS_MEAN,
)

VERSION, OTHER_VERSION = 1, 2
AS_OF = from_micros(NOW)
# What is judged by another version at a moment of its own is none of this one's business.
OTHERS_MOMENT = from_micros(NOW + 7)

LIST_WORDS = {"on_list": LISTS, "list_origin": ORIGINS}
_PAIRS = sorted(
    {(f, t) for words in (FACT_WORDS, ACTIVITY_WORDS, LIST_WORDS) for f, texts in words.items() for t in texts}
)
SPELT = {pair: number for number, pair in enumerate(_PAIRS, start=1)}


def intern_words(tx: Connection) -> None:
    """Write all words with their terms; another version means the others by every one of them."""
    rows = [{"id": i, "field": field, "key": text, "text": text} for (field, text), i in SPELT.items()]
    tx.execute(insert(table(Spelling)), rows)
    meant = {i: set(WORDS_MEAN.of(*pair)) for pair, i in SPELT.items()}
    every = set().union(*meant.values())
    terms = [(VERSION, i, *mean) for i, means in meant.items() for mean in means]
    terms += [(OTHER_VERSION, i, *mean) for i, means in meant.items() for mean in every - means]
    names = ("version_id", "spelling_id", "field", "term")
    tx.execute(insert(table(Term)), [dict(zip(names, row, strict=True)) for row in terms])


class Landed:
    """What was received of generated subjects, by subject id; ``write`` lands it.

    Ids of leads and accounts overlap, so that a statement that takes one for the other finds somebody.
    """

    def __init__(self, subject: str, subjects: Sequence[SubjectOf]) -> None:
        """Give ids, and sort what is said into what each is judged by."""
        self.subject = subject
        self.facts: dict[int, list[SaidFact]] = {}
        self.activities: dict[int, list[SaidActivity]] = {}
        self.people: dict[int, list[SaidPerson]] = {}
        self.listed: dict[int, list[SaidListing]] = {}
        self.rows: dict[Any, list[dict[str, Any]]] = {Lead: [], Fact: [], Activity: [], ListMembership: []}
        for number, one in enumerate(subjects, start=1):
            self._add(number, len(subjects) + 1 - number, one)

    def _add(self, lead: int, account: int, one: SubjectOf) -> None:
        shared, done = self._land("account", account, one.account)
        own, did = self._person(lead, account, one.own)
        people = [SaidPerson(lead, [*own, *shared], did)]
        for place, other in enumerate(one.others):
            facts, deeds = self._person(lead * 100 + place, account, other)
            people.append(SaidPerson(lead * 100 + place, [*facts, *shared], deeds))
        mine = lead if self.subject == "lead" else account
        self.facts[mine] = [*own, *shared] if self.subject == "lead" else shared
        self.activities[mine] = did if self.subject == "lead" else done
        self.people[mine] = people
        once = {(said.name, said.since, said.hour, said.late): said for said in reversed(one.lists)}
        self.listed[mine] = [self._listing(account, said) for said in once.values()]

    def _person(self, lead: int, account: int, life: Life) -> tuple[list[SaidFact], list[SaidActivity]]:
        row = {"id": lead, "key": str(lead), "rank": lead, "account_id": account}
        self.rows[Lead].append(row | {"created_at": AS_OF, "updated_at": AS_OF})
        return self._land("lead", lead, life)

    def _land(self, subject: str, of: int, life: Life) -> tuple[list[SaidFact], list[SaidActivity]]:
        once = {(said.field, said.feed, said.hour): said for said in reversed(life.facts)}
        return [self._fact(subject, of, said) for said in once.values()], [
            self._activity(subject, of, deed) for deed in life.deeds
        ]

    def _fact(self, subject: str, of: int, said: Any) -> SaidFact:
        number = int(said.text) * 1000 if said.field in NUMBERS else None
        fact = SaidFact(said.field, said.text, said.feed, NOW - said.hour, NOW + said.late, said.typed, number)
        row = {
            "subject": subject, "subject_id": of, "field": fact.field, "feed": fact.feed,
            "said_at": from_micros(fact.said_at), "spelling_id": SPELT[fact.field, fact.text], "number": number,
            "typed": fact.typed, "found_by": "", "received_at": from_micros(fact.received_at), "landed_at": AS_OF,
        }  # fmt: skip
        self.rows[Fact].append(row)
        return fact

    def _activity(self, subject: str, of: int, did: Any) -> SaidActivity:
        number = len(self.rows[Activity]) + 1
        one = SaidActivity(number, NOW - did.age, NOW + did.late, did.words)
        said = {f"{field}_id": SPELT[field, did.words[field]] if field in did.words else None
                for field in ACTIVITY_WORDS}  # fmt: skip
        row = {
            "id": number, "feed": "f", "stream": "s", "external_id": str(number), "lead_id": None, "account_id": None,
            "occurred_at": from_micros(one.occurred_at), "received_at": from_micros(one.received_at),
            "landed_at": AS_OF, "found_by": "", **said,
        }  # fmt: skip
        self.rows[Activity].append(row | {f"{subject}_id": of})
        return one

    def _listing(self, account: int, said: Listing) -> SaidListing:
        since, until = (None if end is None else NOW + end for end in (said.since, said.until))
        one = SaidListing(said.name, said.origin, since, until, said.feed, NOW - said.hour * HOUR, NOW + said.late)
        row = {
            "account_id": account, "list_id": SPELT["on_list", one.name], "feed": one.feed, "landed_at": AS_OF,
            "origin_id": SPELT["list_origin", one.origin] if one.origin else None, "found_by": "",
            "since": None if one.since is None else from_micros(one.since),
            "until": None if one.until is None else from_micros(one.until),
            "said_at": from_micros(one.said_at), "received_at": from_micros(one.received_at),
        }  # fmt: skip
        self.rows[ListMembership].append(row)
        return one

    def said(self, of: int) -> dict[str, Any]:
        """Return what the reference is told of a subject."""
        return {"facts": self.facts[of], "activities": self.activities[of], "people": self.people[of],
                "listed": self.listed[of]}  # fmt: skip

    def write(self, tx: Connection) -> None:
        """Land everything."""
        for model, rows in self.rows.items():
            if rows:
                tx.execute(insert(table(model)), rows)

    def judge(self, tx: Connection, definition: Definition, moments: Sequence[int]) -> dict[tuple[int, int], Any]:
        """Return what the statement finds, by subject and place of the moment, counted from 1."""
        batch.prepare(tx)
        rows: list[dict[str, Any]] = [
            {"subject_id": of, "as_of": from_micros(at), "live_at": None, "version_id": VERSION, "place": place}
            for of in self.facts
            for place, at in enumerate(moments, start=1)
        ]
        tx.execute(insert(batch.BATCH), rows)
        other = {"as_of": OTHERS_MOMENT, "live_at": None, "version_id": OTHER_VERSION}
        tx.execute(insert(batch.BATCH), [{"subject_id": of, "place": len(moments) + 1, **other} for of in self.facts])
        batch.tell_planner(tx, len(self.facts))
        self._judge(tx, definition)
        places = {from_micros(at): place for place, at in enumerate(moments, start=1)}
        return {(row.subject_id, places[row.as_of]): row for row in tx.execute(select(batch.VERDICT))}

    def _judge(self, tx: Connection, definition: Definition) -> None:
        """Run the statement and forget it: each definition comes once, and hundreds of such take gigabytes."""
        if tx.dialect.name == "sqlite":
            once = {"compiled_cache": None}
            tx.execute(verdicts(definition, TRUST, "sqlite"), {"version": VERSION}, execution_options=once)
            _built.cache_clear()
        else:
            judge(tx, definition, TRUST, VERSION)
            _pieces.cache_clear()
