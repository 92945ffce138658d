"""Interned words: each text once per field, with what it means under every stored definition version.

Called by landings, inside their transaction, for all texts of a page at once. The live pair must be held FOR SHARE, so
that no version is adopted between a word and its terms.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select

from penstock.playbook.terms import Terms
from penstock.store.bulk import bulk_insert, take_ids
from penstock.store.engine import table
from penstock.store.playbooks import read_deciding
from penstock.store.statements import among
from penstock.store.tables import PlaybookVersion, Spelling, Term

SPELLING, TERM, VERSION = table(Spelling), table(Term), table(PlaybookVersion)
# Longer texts are known by their hash: an index entry of PostgreSQL holds 2.7 kB at most.
LONGEST_KEY = 200
# Words remembered between pages; a million would be as many as there are people, and memory must stay flat.
REMEMBERED = 200_000

Ids = dict[str, dict[str, int]]
"""Field → text → spelling id."""


class Words:
    """Interns texts for one run; remembers ids of committed pages, for most words come again."""

    def __init__(self) -> None:
        """Begin with nothing remembered."""
        self._known: Ids = {}
        self._page: Ids = {}
        self._terms: dict[int, Terms] = {}

    def intern(self, tx: Connection, wanted: Mapping[str, Collection[str]]) -> Ids:
        """Return the ids of all texts (field → distinct texts), making those that are new, with their terms."""
        found: Ids = {}
        fresh: list[tuple[int, str, str]] = []
        for field in sorted(wanted):
            known = self._known.get(field, {})
            found[field] = {text: known[text] for text in wanted[field] if text in known}
            unknown = {key_of(text): text for text in wanted[field] if text not in known}
            if unknown:
                fresh += self._look_up(tx, field, unknown, found[field])
        self._explain(tx, fresh)
        self._page = found
        return found

    def keep(self) -> None:
        """Remember what the last page interned, now that it is committed."""
        if sum(map(len, self._known.values())) > REMEMBERED:
            self._known.clear()
        for field, ids in self._page.items():
            self._known.setdefault(field, {}).update(ids)
        self._page = {}

    def forget(self) -> None:
        """Forget what the last page interned: it was rolled back."""
        self._page = {}

    def _look_up(
        self, tx: Connection, field: str, unknown: Mapping[str, str], found: dict[str, int]
    ) -> list[tuple[int, str, str]]:
        """Fill ``found``; return (id, field, text) of what had to be made."""
        ids = _read(tx, field, unknown)
        missing = sorted(unknown.keys() - ids.keys())
        made = dict(zip(missing, take_ids(tx, SPELLING, len(missing)), strict=True)) if missing else {}
        if made and _insert(tx, field, unknown, made) < len(made):
            # Another run made some of them while we waited for its transaction.
            made = {key: i for key, i in made.items() if _read(tx, field, missing).get(key) == i}
            ids |= _read(tx, field, missing)
        ids |= made
        found.update((text, ids[key]) for key, text in unknown.items())
        return [(i, field, unknown[key]) for key, i in made.items()]

    def _explain(self, tx: Connection, fresh: Sequence[tuple[int, str, str]]) -> None:
        """Write what new words mean under every stored version, for an old one may come back or be explained."""
        if not fresh:
            return
        for version in tx.scalars(select(VERSION.c.id).where(VERSION.c.part == "definition").order_by(VERSION.c.id)):
            if version not in self._terms:
                _, self._terms[version] = read_deciding(tx, version)
            terms = self._terms[version]
            rows = [(i, *pair) for i, field, text in fresh for pair in terms.of(field, text)]
            if rows:
                ids, fields, meant = map(list, zip(*rows, strict=True))
                bulk_insert(
                    tx, TERM, {"spelling_id": ids, "field": fields, "term": meant}, same={"version_id": version}
                )


def key_of(text: str) -> str:
    """Return what a text is known by: itself, or its hash where it is long."""
    return text if len(text) <= LONGEST_KEY else sha256(text.encode()).hexdigest()


def _read(tx: Connection, field: str, keys: Collection[str]) -> dict[str, int]:
    rows = tx.execute(
        select(SPELLING.c.key, SPELLING.c.id).where(SPELLING.c.field == field, among(tx, SPELLING.c.key, keys))
    )
    return {key: i for key, i in rows}  # noqa: C416 - rows are no tuples to the type checker


def _insert(tx: Connection, field: str, texts: Mapping[str, str], made: Mapping[str, int]) -> int:
    columns: dict[str, list[Any]] = {"id": list(made.values()), "key": list(made), "text": [texts[key] for key in made]}
    return bulk_insert(tx, SPELLING, columns, same={"field": field})
