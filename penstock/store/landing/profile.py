"""Profile columns of leads and accounts: a projection of facts, for lists, routes and mails. Scores read the facts.

Value of a field: that of the most trusted fact (typed by the lead, written by us, then feeds in the vocabulary's
order), then the latest said, then the feed's name; a lead speaks with its own facts and its account's. A new fact can
change a column only where it says something else than the column does, so only such subjects are read again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, select

from penstock.playbook.profile_sql import FALLBACKS, US
from penstock.store.engine import table
from penstock.store.landing.texts import Said
from penstock.store.playbooks import Live
from penstock.store.statements import among, plain_rows
from penstock.store.tables import Account, Fact, Lead, Spelling

LEAD, ACCOUNT, FACT, SPELLING = table(Lead), table(Account), table(Fact), table(Spelling)
# Fields whose value is shown as the vocabulary calls it, where it knows the word.
CANONICAL = frozenset({"industry", "country", "region", "function", "seniority", "source", "campaign"})
Shown = Any  # a text; for counts a number


@dataclass(frozen=True)
class Shape:
    """Which columns a subject has, each with the field that it shows."""

    subject: str
    rows: Table
    columns: Mapping[str, str]
    made_with: frozenset[str]
    """Columns that identifiers fill when a subject is made."""

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Return field → place of the column that shows it."""
        return {field: place for place, field in enumerate(self.columns.values())}

    @cached_property
    def falling_back(self) -> Mapping[str, tuple[str, ...]]:
        """Return field → fields of the columns that fall back on it."""
        read = {FALLBACKS[field] for field in self.places if field in FALLBACKS}
        return {field: tuple(f for f in self.places if FALLBACKS.get(f) == field) for field in read}


LEAD_SHAPE = Shape("lead", LEAD, {
    "email": "email", "first_name": "first_name", "last_name": "last_name", "title": "title",
    "job_function": "function", "seniority": "seniority", "company": "company", "country": "country",
    "region": "region", "source": "source", "campaign": "campaign",
}, frozenset({"email"}))  # fmt: skip
ACCOUNT_SHAPE = Shape("account", ACCOUNT, {
    "name": "company", "domain": "domain", "industry": "industry", "employees": "employees", "country": "country",
    "region": "region", "owner": "owner", "status": "status",
}, frozenset({"name", "domain"}))  # fmt: skip
# What a lead's columns can take from its account.
SHARED = ("company", "country", "region")


class Display:
    """How words are shown under the live vocabulary; asks it once for each."""

    def __init__(self, live: Live) -> None:
        self._terms = live.terms
        self._knows_all = {field for field in CANONICAL if live.terms.knows_all(field)}
        self._seen: dict[tuple[str, str, str], Shown | None] = {}

    def __call__(self, field: str, text: str, said_as: str = "") -> Shown | None:
        """Return what a text of ``said_as`` (the field itself unless told) shows as under ``field``, if anything."""
        asked = (field, text, said_as or field)
        if asked not in self._seen:
            self._seen[asked] = self._look_up(*asked)
        return self._seen[asked]

    def changes(self, field: str) -> bool:
        """Return whether any text of a field shows as something else than itself."""
        return field == "employees" or (field in CANONICAL and field not in self._knows_all)

    def _look_up(self, field: str, text: str, said_as: str) -> Shown | None:
        own = field == said_as
        if field == "employees":
            return int(text) if text.isascii() and text.isdigit() and len(text) < MOST_DIGITS else None
        if own and not self.changes(field):
            return text
        term = next((term for of, term in self._terms.of(said_as, text) if of == field), None)
        return term or (text if own else None)

    def column(self, field: str, fields: Mapping[str, str]) -> Shown | None:
        """Return what a column shows of one subject's winning texts (field → text)."""
        if text := fields.get(field):
            return self(field, text)
        fallback = FALLBACKS.get(field, "")
        return self(field, text, fallback) if (text := fields.get(fallback)) else None


MOST_DIGITS = 18


class Profiles:
    """What the columns of some subjects show, and whose facts of this page say something else."""

    def __init__(self, shape: Shape, display: Display, shown: dict[int, Any], new: Collection[int]) -> None:
        """Take the columns as they are (id → values in the order of the shape), to keep them as they become.

        ``new`` subjects have no facts yet.
        """
        self.shape = shape
        self.shown = shown
        self._made = {i: shown[i] for i in new}
        self.shown.update((i, list(values)) for i, values in self._made.items())
        self.filled: set[int] = set()
        """New subjects whose empty columns took the first value of the page."""
        self.doubtful: set[int] = set()
        self.fields: set[str] = set()
        """The fields that make them doubtful."""
        self._display = display
        self._new = new

    def compare(self, ids: Sequence[int], texts: Mapping[str, Said]) -> None:
        """Note the subjects that a page of facts may change: those that do not show already what is said of them.

        Whole rows are compared at once, as tuples: most say what is shown.
        """
        told = [(field, said) for field, said in texts.items() if field in self.shape.places]
        if not told:
            return
        shows = {
            field: {text: self._display(field, text) for text in said.distinct}
            for field, said in told
            if self._display.changes(field)
        }
        # At least two columns: a lone one would come bare instead of as a tuple.
        asked = [*told, *told][: max(2, len(told))]
        values = (map(shows[field].get, said.column) if field in shows else said.column for field, said in asked)  # type: ignore[arg-type] # None is no key
        says = zip(*values, strict=True)
        take = itemgetter(*(self.shape.places[field] for field, _ in asked))
        self.shown[0] = [None] * len(self.shape.columns)  # records without a subject say nothing here
        for at, (i, new) in enumerate(zip(ids, says, strict=True)):
            if new != take(self.shown[i]):
                self._take(i, ((field, text) for field, said in told if (text := said.column[at])))
        for field, said in told:
            if hidden := {text for text, value in shows.get(field, {}).items() if value is None}:
                self._doubt_hidden(field, ids, said, hidden)

    def _doubt_hidden(self, field: str, ids: Sequence[int], said: Said, hidden: Collection[str]) -> None:
        """Doubt whoever is said to be what no column can show ("many" employees): an empty column may be full of it."""
        for i, text in zip(ids, said.column, strict=True):
            if text in hidden:
                self.doubt(i, field)

    def _take(self, i: int, told: Iterable[tuple[str, str]]) -> None:
        """Take what one record says of a subject.

        Where the column shows this very text, so do those that fall back on it.
        """
        for field, text in told:
            if self._differs(i, field, self._display(field, text)):
                for column in self.shape.falling_back.get(field, ()):
                    self._differs(i, column, self._display(column, text, field))

    def before(self, subject_id: int) -> Sequence[Shown | None]:
        """Return the columns as they are stored."""
        return self._made.get(subject_id) or self.shown[subject_id]  # type: ignore[no-any-return] # rows are tuples

    def doubt(self, subject_id: int, *fields: str) -> None:
        """Note a subject whose columns of these fields must be read again."""
        self.doubtful.add(subject_id)
        self.fields.update(fields)

    def _differs(self, i: int, field: str, value: Shown | None) -> bool:
        place = self.shape.places[field]
        row = self.shown[i]
        if row[place] == value:
            return False
        if row[place] is None and i in self._new:
            row[place] = value
            self.filled.add(i)
        else:
            self.doubt(i, field)
        return True


def project(
    tx: Connection, live: Live, shape: Shape, ids: Collection[int], fields: Collection[str] | None = None
) -> dict[int, dict[str, Shown | None]]:
    """Return what the columns of subjects should show by all their facts: id → column → value.

    Only columns that read one of ``fields`` (default: all). One that the subject was made with, and that no fact speaks
    of, is left out: it stays as it is.
    """
    display = Display(live)
    columns = {c: f for c, f in shape.columns.items() if fields is None or {f, FALLBACKS.get(f)} & {*fields}}
    found: dict[int, dict[str, Shown | None]] = {}
    known = winners(tx, shape, ids, _read_for(columns.values()), live.deciding.vocabulary.trust)
    for i in ids:
        texts = known.get(i, {})
        told = {column: field for column, field in columns.items() if field in texts or column not in shape.made_with}
        found[i] = {column: display.column(field, texts) for column, field in told.items()}
    return found


def _read_for(fields: Iterable[str]) -> set[str]:
    fields = set(fields)
    return fields | {FALLBACKS[field] for field in fields if field in FALLBACKS}


Weight = tuple[int, int, str]
Winners = dict[int, dict[str, tuple[Weight, str]]]


def winners(
    tx: Connection, shape: Shape, ids: Collection[int], fields: Collection[str], trust: Sequence[str]
) -> dict[int, dict[str, str]]:
    """Return id → field → text of the fact that holds."""
    found = _best(tx, shape.subject, ids, fields, trust)
    if shape.subject == "lead" and (shared := set(fields) & {*SHARED}) and ids:
        rows = plain_rows(tx, select(LEAD.c.id, LEAD.c.account_id).where(among(tx, LEAD.c.id, ids)))
        account_of = {lead: account for lead, account in rows if account}
        of_accounts = _best(tx, "account", set(account_of.values()), shared, trust)
        for lead, account in account_of.items():
            for field, told in of_accounts.get(account, {}).items():
                own = found.setdefault(lead, {})
                # Of two facts of one moment the lead's own holds.
                if field not in own or told[0] < own[field][0]:
                    own[field] = told
    return {i: {field: text for field, (_, text) in told.items()} for i, told in found.items()}


def _best(tx: Connection, subject: str, ids: Collection[int], fields: Collection[str], trust: Sequence[str]) -> Winners:
    """Return the fact of each field that holds: least by rank of trust, age, the feed's name.

    Subjects are asked apart: joined to their accounts in one statement, SQLite walks the facts of every account.
    """
    if not ids or not fields:
        return {}
    f = FACT.c
    said = (f.subject_id, f.field, f.feed, f.said_at, f.typed, SPELLING.c.text)
    mine = (f.subject == subject, among(tx, f.subject_id, ids), f.field.in_(sorted(fields)))
    ranks = {US: 1, **{feed: 2 + place for place, feed in enumerate(trust)}}
    rest = 2 + len(trust)
    found: Winners = {}
    query = select(*said).select_from(FACT.join(SPELLING, SPELLING.c.id == f.spelling_id)).where(*mine)
    for i, field, feed, said_at, typed, text in plain_rows(tx, query):
        weight = (0 if typed else ranks.get(feed, rest), -said_at, feed)
        own = found.setdefault(i, {})
        if field not in own or weight < own[field][0]:
            own[field] = (weight, text)
    return found


def changed(
    shape: Shape, shown: Mapping[int, Sequence[Shown | None]], told: Mapping[int, Mapping[str, Shown | None]]
) -> dict[int, tuple[Shown | None, ...]]:
    """Return the whole column values of subjects whose facts say something else than is shown."""
    names = list(shape.columns)
    after = {i: tuple(map(said.get, names, shown[i])) for i, said in told.items()}
    return {i: values for i, values in after.items() if values != tuple(shown[i])}
