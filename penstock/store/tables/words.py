"""Interned words and what the playbook's vocabulary makes of them."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from penstock.store.types import Row, big, own_id


class Spelling(Row, table=True):
    """One text as it came, once per field. ``key`` is the text, or its SHA-256 where it is long."""

    __table_args__ = (UniqueConstraint("field", "key"),)  # two landings that meet a new word make one row

    id: int | None = own_id()
    field: str
    key: str
    text: str


class Term(Row, table=True):
    """What a spelling means under a definition version; several terms where it means several things.

    ``field`` is the field of the term, which may differ from the spelling's: a title has terms under ``function`` and
    ``seniority``, a country under ``country`` and ``region``, a free text one per word list under ``text``.
    """

    # The primary key serves "terms of this spelling"; the index serves "spellings of this term", asked per rule.
    __table_args__ = (Index(None, "version_id", "field", "term", "spelling_id"),)

    version_id: int = big(primary_key=True)
    spelling_id: int = big(primary_key=True)
    field: str = Field(primary_key=True)
    term: str = Field(primary_key=True)
