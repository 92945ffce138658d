"""Matching: which leads and accounts a page of records is about, found by identifiers or made. Used by landings.

An *identity* is what one record says about who it is: its identifiers in the order in which they are trusted. The first
that is known finds the subject; the others are added to it, unless they are somebody else's already. Identities are
taken in the order of the records, so a page gives what its records one by one would have given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table, select

from penstock.store.bulk import bulk_insert, take_ids
from penstock.store.engine import table
from penstock.store.statements import among, plain_rows
from penstock.store.tables import Account, AccountIdentifier, Identifier, Lead

LEAD, IDENTIFIER = table(Lead), table(Identifier)
ACCOUNT, ACCOUNT_IDENTIFIER = table(Account), table(AccountIdentifier)

Named = str
"""Kind and value of an identifier, as one text: it keeps its hash, a tuple works it out each time it is looked up."""
Identity = tuple[Named, ...]
BETWEEN = "\x1f"
"""Stands between kind and value, and in no kind; a value may have it, for only the first one parts."""
Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """Leads or accounts: their tables, and which kind of identifier names a new one best."""

    rows: Table
    identifiers: Table
    column: str
    best: tuple[str, ...]

    def key(self, identity: Identity) -> str:
        """Return the key of a subject made from an identity: by what two feeds share, else by the feed's own id."""
        for kind in self.best:
            for one in identity:
                if one.startswith(f"{kind}{BETWEEN}"):
                    return written(one)
        return written(identity[0])


def named(kind: str, value: str) -> Named:
    """Return an identifier."""
    return f"{kind}{BETWEEN}{value}"


def written(one: Named) -> str:
    """Return an identifier as it is kept in keys and beside facts: ``email:jana@brunner.example``."""
    return one.replace(BETWEEN, ":", 1)


LEADS = Kind(LEAD, IDENTIFIER, "lead_id", ("email",))
ACCOUNTS = Kind(ACCOUNT, ACCOUNT_IDENTIFIER, "account_id", ("domain", "name"))


@dataclass(slots=True)
class Matched:
    """Identity → subject id, and which of the subjects are new, each with the identity that made it."""

    ids: dict[Identity, int] = field(default_factory=dict)
    new: dict[int, Identity] = field(default_factory=dict)
    columns: Columns = field(default_factory=dict)
    """The rows of the new ones, as they were inserted."""
    added: frozenset[Named] = frozenset()
    """The identifiers that were not known before."""


def match(
    tx: Connection,
    kind: Kind,
    identities: Sequence[Identity],
    *,
    batch_id: int,
    columns: Callable[[Sequence[Identity], Sequence[str]], Columns],
    make: bool = True,
) -> Matched:
    """Return the subject of each identity (all different), made where none is known; not ``make``: then left out.

    ``columns`` gives the other columns of new rows for their identities and keys. Raises OvertakenError.
    """
    known = look_up(tx, kind, identities)
    plan = _Plan(known)
    plan.take(identities, make=make)
    rows = _make(tx, kind, plan.made, columns)
    ids = [0] * len(plan.made)
    places = {kind.key(identity): at for at, identity in enumerate(plan.made)}
    for i, key in zip(rows["id"], rows["key"], strict=True):
        ids[places[key]] = i
    _add_identifiers(tx, kind, {one: _real(at, ids) for one, at in plan.added.items()}, batch_id)
    found = {identity: at if at > 0 else ids[-at - 1] for identity, at in plan.subjects.items()}
    return Matched(found, dict(zip(ids, plan.made, strict=True)), rows, frozenset(plan.added))


class _Plan:
    """Takes identities one by one; subjects to be made have negative numbers until they have their ids."""

    def __init__(self, known: Mapping[Named, int]) -> None:
        self._known = dict(known)
        self.made: list[Identity] = []
        self.added: dict[Named, int] = {}
        self.subjects: dict[Identity, int] = {}

    def take(self, identities: Iterable[Identity], *, make: bool) -> None:
        """Find or plan the subject of each identity, in their order."""
        known, subjects = self._known, self.subjects
        for identity in identities:
            for one in identity:
                if (subject := known.get(one)) is not None:
                    break
            else:
                if not make:
                    continue
                self.made.append(identity)
                subject = -len(self.made)
            subjects[identity] = subject
            for other in identity:
                if other not in known:
                    known[other] = self.added[other] = subject


def _real(number: int, ids: Sequence[int]) -> int:
    return number if number > 0 else ids[-number - 1]


def look_up(tx: Connection, kind: Kind, identities: Iterable[Identity]) -> dict[Named, int]:
    """Return the subjects of all identifiers that are known, with one statement per kind of identifier."""
    wanted: dict[str, list[str]] = {}
    for one in set(chain.from_iterable(identities)):
        name, _, value = one.partition(BETWEEN)
        wanted.setdefault(name, []).append(value)
    i = kind.identifiers.c
    found: dict[Named, int] = {}
    for name in sorted(wanted):
        query = select(i.value, i[kind.column]).where(i.kind == name, among(tx, i.value, wanted[name]))
        rows = plain_rows(tx, query.where(i.share == 0) if "share" in i else query)
        found.update((f"{name}{BETWEEN}{value}", subject) for value, subject in rows)
    return found


def _make(
    tx: Connection,
    kind: Kind,
    identities: Sequence[Identity],
    columns: Callable[[Sequence[Identity], Sequence[str]], Columns],
) -> Columns:
    """Insert new subjects in the order of their keys, so that two landings never wait for each other."""
    if not identities:
        return {"id": [], "key": []}
    by_key = {kind.key(identity): identity for identity in identities}
    keys = sorted(by_key)
    taken = take_ids(tx, kind.rows, len(keys))
    rows: Columns = {"id": list(taken), "key": keys, **columns([by_key[key] for key in keys], keys)}
    bulk_insert(tx, kind.rows, rows, new=True)
    return rows


def _add_identifiers(tx: Connection, kind: Kind, added: Mapping[Named, int], batch_id: int) -> None:
    if not added:
        return
    rows = sorted(added.items())
    parts = [one.partition(BETWEEN) for one, _ in rows]
    columns: Columns = {
        "kind": [name for name, _, _ in parts],
        "value": [value for _, _, value in parts],
        kind.column: [subject for _, subject in rows],
    }
    same = {"batch_id": batch_id} | ({"share": 0} if "share" in kind.identifiers.c else {})
    bulk_insert(tx, kind.identifiers, columns, same=same, new=True)
