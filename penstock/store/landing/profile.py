"""Profile columns of leads and accounts: a projection of facts, for lists, routes and mails. Scores read the facts.

Value of a field: that of the most trusted fact (typed by the lead, written by us, then feeds in the vocabulary's
order), then the latest said, then the feed's name; a lead speaks with its own facts and its account's. A new fact can
change a column only where it says something else than the column does, so only such subjects are read again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, Connection, Table, and_, literal, select, type_coerce, union_all

from penstock.playbook.profile_sql import FALLBACKS, US
from penstock.store.engine import table
from penstock.store.playbooks import Live
from penstock.store.statements import among
from penstock.store.tables import Account, Fact, Lead, Spelling

LEAD, ACCOUNT, FACT, SPELLING = table(Lead), table(Account), table(Fact), table(Spelling)
# Fields whose value is shown as the vocabulary calls it, where it knows the word.
CANONICAL = frozenset({"industry", "country", "region", "function", "seniority", "source", "campaign"})
Shown = Any  # a text; for counts a number


@dataclass(frozen=True, slots=True)
class Shape:
    """Which columns a subject has, each with the field that it shows."""

    subject: str
    rows: Table
    columns: Mapping[str, str]

    @property
    def fields(self) -> frozenset[str]:
        """Return every field that a column is read from."""
        own = self.columns.values()
        return frozenset({*own, *(FALLBACKS[field] for field in own if field in FALLBACKS)})

    def place(self, field: str) -> int | None:
        """Return the place of the column that shows a field."""
        shown = list(self.columns.values())
        return shown.index(field) if field in shown else None


LEAD_SHAPE = Shape("lead", LEAD, {
    "email": "email", "first_name": "first_name", "last_name": "last_name", "title": "title",
    "job_function": "function", "seniority": "seniority", "company": "company", "country": "country",
    "region": "region", "source": "source", "campaign": "campaign",
})  # fmt: skip
ACCOUNT_SHAPE = Shape("account", ACCOUNT, {
    "name": "company", "domain": "domain", "industry": "industry", "employees": "employees", "country": "country",
    "region": "region", "owner": "owner", "status": "status",
})  # fmt: skip
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

    def _look_up(self, field: str, text: str, said_as: str) -> Shown | None:
        own = field == said_as
        if field == "employees":
            return int(text) if text.isascii() and text.isdigit() and len(text) < MOST_DIGITS else None
        if own and (field not in CANONICAL or field in self._knows_all):
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

    def __init__(
        self, shape: Shape, display: Display, shown: Mapping[int, Sequence[Shown | None]], new: Collection[int]
    ) -> None:
        """Take the columns as they are (id → values in the order of the shape); ``new`` subjects have no facts yet."""
        self.shape = shape
        self.before = shown
        self.shown = {i: list(values) for i, values in shown.items()}
        self.filled: set[int] = set()
        """New subjects whose empty columns took the first value of the page."""
        self.doubtful: set[int] = set()
        self._display = display
        self._new = new

    def compare(self, field: str, ids: Sequence[int], texts: Sequence[str | None]) -> None:
        """Note the subjects that a page of facts of one field (one a place, None for none) may change."""
        if (place := self.shape.place(field)) is not None:
            self._compare(place, ids, texts, partial(self._display, field))
        for column, fallback in FALLBACKS.items():
            if fallback == field and (place := self.shape.place(column)) is not None:
                self._compare(place, ids, texts, partial(self._display, column, said_as=field))

    def _compare(
        self, place: int, ids: Sequence[int], texts: Sequence[str | None], display: Callable[[str], Shown | None]
    ) -> None:
        shows = {text: display(text) for text in set(texts) if text is not None}
        shown = self.shown
        differ = [
            (i, shows[text])
            for i, text in zip(ids, texts, strict=True)
            if text is not None and shown[i][place] != shows[text]
        ]
        for i, value in differ:
            if i in self._new and shown[i][place] is None:
                shown[i][place] = value
                self.filled.add(i)
            elif shown[i][place] != value:
                self.doubtful.add(i)


def read_shown(tx: Connection, shape: Shape, ids: Collection[int]) -> dict[int, Sequence[Shown | None]]:
    """Return the profile columns of subjects as they are."""
    if not ids:
        return {}
    columns = [shape.rows.c[name] for name in shape.columns]
    rows = tx.execute(select(shape.rows.c.id, *columns).where(among(tx, shape.rows.c.id, ids)))
    return {row[0]: row[1:] for row in rows}


def project(tx: Connection, live: Live, shape: Shape, ids: Collection[int]) -> dict[int, dict[str, Shown | None]]:
    """Return what the columns of subjects should show by all their facts: id → column → value.

    A column that no fact speaks of is left out: it keeps what the subject was made with.
    """
    display = Display(live)
    found: dict[int, dict[str, Shown | None]] = {}
    for i, texts in winners(tx, shape, ids, live.deciding.vocabulary.trust).items():
        told = {c: f for c, f in shape.columns.items() if f in texts or FALLBACKS.get(f) in texts}
        found[i] = {column: display.column(field, texts) for column, field in told.items()}
    return found


def winners(tx: Connection, shape: Shape, ids: Collection[int], trust: Sequence[str]) -> dict[int, dict[str, str]]:
    """Return id → field → text of the fact that holds, for the fields of the shape."""
    if not ids:
        return {}
    ranks = {US: 1, **{feed: 2 + place for place, feed in enumerate(trust)}}
    best: dict[tuple[int, str], tuple[Any, str]] = {}
    for i, field, feed, said_at, typed, text in tx.execute(_facts(tx, shape, ids)):
        weight = (0 if typed else ranks.get(feed, 2 + len(trust)), -said_at, feed)
        if (i, field) not in best or weight < best[i, field][0]:
            best[i, field] = (weight, text)
    found: dict[int, dict[str, str]] = {}
    for (i, field), (_, text) in best.items():
        found.setdefault(i, {})[field] = text
    return found


def _facts(tx: Connection, shape: Shape, ids: Collection[int]) -> Any:  # noqa: ANN401 - a select or a union of two
    f = FACT.c
    said = (f.field, f.feed, type_coerce(f.said_at, BigInteger), f.typed, SPELLING.c.text)
    spelt = FACT.join(SPELLING, SPELLING.c.id == f.spelling_id)
    own = select(f.subject_id, *said).select_from(spelt).where(
        f.subject == shape.subject, among(tx, f.subject_id, ids), f.field.in_(sorted(shape.fields))
    )  # fmt: skip
    if shape.subject != "lead":
        return own
    its = and_(f.subject == literal("account"), f.subject_id == LEAD.c.account_id, f.field.in_(SHARED))
    of_account = LEAD.join(FACT, its).join(SPELLING, SPELLING.c.id == f.spelling_id)
    return union_all(own, select(LEAD.c.id, *said).select_from(of_account).where(among(tx, LEAD.c.id, ids)))


def changed(
    shape: Shape, shown: Mapping[int, Sequence[Shown | None]], told: Mapping[int, Mapping[str, Shown | None]]
) -> dict[int, tuple[Shown | None, ...]]:
    """Return the whole column values of subjects whose facts say something else than is shown."""
    after = {i: tuple(told[i].get(c, old) for c, old in _columns(shape, shown[i])) for i in told}
    return {i: values for i, values in after.items() if values != tuple(shown[i])}


def _columns(shape: Shape, values: Sequence[Shown | None]) -> Iterable[tuple[str, Shown | None]]:
    return zip(shape.columns, values, strict=True)
