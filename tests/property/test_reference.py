"""The compiled statement finds what the reference evaluator finds, on both databases, for any playbook and history."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select

from penstock.playbook.compile import verdicts
from penstock.playbook.compiled import compile_definition
from penstock.playbook.definition import Definition
from penstock.playbook.reference_verdict import Reference, SaidActivity, SaidFact, SaidListing, SaidPerson
from penstock.playbook.tally import kept_tier
from penstock.playbook.terms import Terms
from penstock.playbook.vocabulary import Vocabulary
from penstock.store import batch
from penstock.store.engine import Sessions, table
from penstock.store.evidence import Evidence, parse
from penstock.store.statements import insert_or_ignore
from penstock.store.tables import Activity, Fact, Lead, ListMembership, Spelling, Term
from penstock.store.types import from_micros, to_micros
from tests.history import VOCABULARY
from tests.property.playbooks import HOUR, NOW, SUBJECTS, definitions

TERMS = Terms(Vocabulary.model_validate(VOCABULARY))
TRUST = ["crm", "forms"]
AS_OF = from_micros(NOW)
VERSION = 1


class Landed:
    """Puts generated subjects into an open transaction, and remembers them as the reference wants them."""

    def __init__(self, tx: Connection, subject: str) -> None:
        self.tx = tx
        self.subject = subject
        self.facts: dict[int, list[SaidFact]] = {}
        self.activities: dict[int, list[SaidActivity]] = {}
        self.spelt: dict[tuple[str, str], int] = {}
        self.known: set[Any] = set()
        self.people: dict[int, list[SaidPerson]] = {}
        self.listed: dict[int, list[SaidListing]] = {}
        self.made = 0

    def add(self, number: int, own: list[Any], accounts: list[Any], did: list[Any], *more: list[Any]) -> None:
        others, lists = more
        account = 1000 + number
        self._lead(number, account)
        mine = number if self.subject == "lead" else account
        said = own if self.subject == "lead" else accounts
        found = [self._fact(self.subject, mine, fact) for fact in said]
        found += [self._fact("account", account, fact) for fact in accounts if self.subject == "lead"]
        self.facts[mine] = [fact for fact in found if fact is not None]
        self.activities[mine] = [self._activity(self.subject, mine, one) for one in did]
        self.listed[mine] = [one for said in lists if (one := self._listing(account, said)) is not None]
        of_account = self.facts[mine] if self.subject == "account" else [fact for fact in found[len(said) :] if fact]
        self.people[mine] = [
            self._person(number * 100 + place, account, of_account, *one) for place, one in enumerate(others)
        ]
        if self.subject == "lead":
            self.people[mine].append(SaidPerson(mine, self.facts[mine], self.activities[mine]))

    def _lead(self, number: int, account: int) -> None:
        lead = {"id": number, "key": str(number), "rank": number, "created_at": AS_OF, "updated_at": AS_OF}
        self.tx.execute(insert(table(Lead)), lead | {"account_id": account})

    def _person(self, number: int, account: int, shared: list[SaidFact], own: list[Any], did: list[Any]) -> SaidPerson:
        self._lead(number, account)
        facts = [fact for said in own if (fact := self._fact("lead", number, said)) is not None]
        return SaidPerson(number, [*facts, *shared], [self._activity("lead", number, one) for one in did])

    def _fact(self, subject: str, of: int, said: Any) -> SaidFact | None:
        field, text, feed, hour, late, typed = said
        if (subject, of, field, feed, hour) in self.known:
            return None
        self.known.add((subject, of, field, feed, hour))
        number = int(text) * 1000 if field == "employees" else None
        fact = SaidFact(field, text, feed, NOW - hour, NOW + late, typed, number)
        row = {
            "subject": subject, "subject_id": of, "field": field, "feed": feed, "said_at": from_micros(fact.said_at),
            "spelling_id": self._spell(field, text), "number": number, "typed": typed, "found_by": "",
            "received_at": from_micros(fact.received_at), "landed_at": AS_OF,
        }  # fmt: skip
        self.tx.execute(insert(table(Fact)), row)
        return fact

    def _listing(self, account: int, said: Any) -> SaidListing | None:
        name, origin, since, until, feed, hour, late = said
        if (account, name, since, hour, late) in self.known:
            return None
        self.known.add((account, name, since, hour, late))
        ends = [None if end is None else NOW + end for end in (since, until)]
        one = SaidListing(name, origin, ends[0], ends[1], feed, NOW - hour * HOUR, NOW + late)
        row = {
            "account_id": account, "list_id": self._spell("on_list", name), "feed": feed, "landed_at": AS_OF,
            "origin_id": self._spell("list_origin", origin) if origin else None, "found_by": "",
            "since": None if one.since is None else from_micros(one.since),
            "until": None if one.until is None else from_micros(one.until),
            "said_at": from_micros(one.said_at), "received_at": from_micros(one.received_at),
        }  # fmt: skip
        self.tx.execute(insert(table(ListMembership)), row)
        return one

    def _activity(self, subject: str, of: int, did: Any) -> SaidActivity:
        age, late, words = did
        self.made += 1
        one = SaidActivity(self.made, NOW - age, NOW + late, words)
        row = {
            "id": self.made, "feed": "f", "stream": "s", "external_id": str(self.made), f"{subject}_id": of,
            "occurred_at": from_micros(one.occurred_at), "received_at": from_micros(one.received_at),
            "landed_at": AS_OF, "found_by": "",
            **{f"{field}_id": self._spell(field, text) for field, text in words.items()},
        }  # fmt: skip
        self.tx.execute(insert(table(Activity)), row)
        return one

    def _spell(self, field: str, text: str) -> int:
        if (field, text) not in self.spelt:
            number = len(self.spelt) + 1
            self.spelt[field, text] = number
            self.tx.execute(insert(table(Spelling)), {"id": number, "field": field, "key": text, "text": text})
            means = [
                {"version_id": VERSION, "spelling_id": number, "field": of, "term": term}
                for of, term in TERMS.of(field, text)
            ]
            insert_or_ignore(self.tx, table(Term), means)
        return self.spelt[field, text]


def judged(tx: Connection, definition: Definition, subjects: list[int]) -> dict[int, Any]:
    """Return what the statement finds for each subject at AS_OF."""
    batch.prepare(tx)
    rows = [{"subject_id": of, "as_of": AS_OF, "live_at": None, "version_id": VERSION} for of in subjects]
    tx.execute(insert(batch.BATCH), rows)
    tx.execute(verdicts(definition, TRUST, tx.dialect.name), {"version": VERSION})
    return {row.subject_id: row for row in tx.execute(select(batch.VERDICT))}


@dataclass(frozen=True)
class Example:
    """A playbook and its histories; written out whole only where they fail, for they are long."""

    definition: Definition = field(repr=False)
    subjects: list[Any] = field(repr=False)


EXAMPLES = st.builds(Example, definitions(), st.lists(SUBJECTS, min_size=1, max_size=6))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(example=EXAMPLES)
def test_statement_finds_what_the_reference_finds(store: Sessions, example: Example) -> None:
    definition = example.definition
    note(f"{definition!r}\n{example.subjects!r}")
    reference = Reference(compile_definition(definition), TERMS, TRUST)
    with store.engine.connect() as tx:
        tx.exec_driver_sql("BEGIN") if store.is_sqlite else None
        landed = Landed(tx, definition.subject)
        for number, subject in enumerate(example.subjects, start=1):
            landed.add(number, *subject)
        found = judged(tx, definition, list(landed.facts))
        tx.rollback()
    for of, row in found.items():
        said = (landed.facts[of], landed.activities[of], NOW)
        wanted = reference.judge(*said, people=landed.people[of], listed=landed.listed[of])
        evidence = parse(row.evidence)
        edge = None if row.next_change_at is None else to_micros(row.next_change_at)
        assert (row.fit, row.intent, row.tier, row.flags) == (wanted.fit, wanted.intent, wanted.tier, wanted.flags)
        assert evidence == Evidence(wanted.fit_mask, wanted.activities, wanted.crowd.held, wanted.crowd.people)
        assert edge == wanted.next_change_at
        for before in definition.tiers:
            stays = reference.judge(*said, before, landed.people[of], landed.listed[of]).tier
            assert kept_tier(reference.compiled, row.tier, row.staying, before) == stays
    assert len(found) == len(example.subjects)
