"""The texts of a page as columns: profile fields and what an activity says, each text interned once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from penstock.records import COMPANY_FIELDS, SUPPRESSING_KINDS
from penstock.store.landing.page import Landing, Rows
from penstock.store.landing.sift import is_storable, storable
from penstock.store.words import Ids

# What an activity says of itself, interned under these fields.
ACTIVITY_WORDS = ("kind", "channel", "source", "campaign", "asset", "line", "text")
# Said by the feed of where a lead came from, never typed by the lead.
OF_LEAD = ("source", "campaign")
_NUMBER = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,3}))?")
Column = list[str | None]


@dataclass(frozen=True, slots=True)
class Texts:
    """Field → column of texts: of leads' facts, of accounts' facts, of activities; and the ids of all of them."""

    lead: dict[str, Column]
    account: dict[str, Column]
    activity: dict[str, Column]
    ids: Ids


def read_texts(landing: Landing, rows: Rows) -> Texts:
    """Return the texts of a page, interned."""
    own = _fields(rows)
    account = {field: _of_account(field, column, rows) for field, column in own.items()}
    activity = {word: _words(word, rows) for word in ACTIVITY_WORDS}
    lead = own | {field: _first(own.get(field), activity[field]) for field in OF_LEAD} | {"email": _emails(rows)}
    lead = {field: _of_lead(column, rows) for field, column in lead.items()}
    lead, account, activity = _filled(lead), _filled(account), _filled(activity)
    wanted: dict[str, set[str]] = {}
    for field, column in chain(lead.items(), account.items(), activity.items()):
        wanted.setdefault(field, set()).update(filter(None, column))
    return Texts(lead, account, activity, landing.words.intern(landing.tx, wanted))


def _fields(rows: Rows) -> dict[str, Column]:
    names = sorted(set().union(*[record.fields for record in rows.records]))
    found = {name: [record.fields.get(name) or None for record in rows.records] for name in names}
    return {name: _clean(column) for name, column in found.items()}


def _clean(column: Column) -> Column:
    """Replace what cannot be stored; asked of a whole column at once."""
    if is_storable("".join([text for text in column if text])):
        return column
    return [storable(text) if text else text for text in column]


def _words(word: str, rows: Rows) -> Column:
    said = [
        None if (h := record.happening) is None or h.kind in SUPPRESSING_KINDS else getattr(h, word) or None
        for record in rows.records
    ]
    return _clean(said)


def _first(stated: Column | None, happened: Column) -> Column:
    return happened if stated is None else [a or b for a, b in zip(stated, happened, strict=True)]


def _emails(rows: Rows) -> Column:
    """Return addresses where the feed's own id finds the lead: there they can change, elsewhere they identify."""
    return [
        email if record.person_id and email else None for record, email in zip(rows.records, rows.emails, strict=True)
    ]


def _of_lead(column: Column, rows: Rows) -> Column:
    return (
        column if all(rows.leads) else [text if lead else None for text, lead in zip(column, rows.leads, strict=True)]
    )


def _of_account(field: str, column: Column, rows: Rows) -> Column:
    """Keep what is the account's: all of a record without person, else company fields, unless the person typed them."""
    company = field in COMPANY_FIELDS
    return [
        text if account and (not lead if not (company and not record.typed) else True) else None
        for text, record, lead, account in zip(column, rows.records, rows.leads, rows.accounts, strict=True)
    ]


def _filled(group: dict[str, Column]) -> dict[str, Column]:
    return {field: column for field, column in group.items() if any(column)}


def thousandths(text: str) -> int | None:
    """Return the number that a text is, in thousandths, None where it is none (``1,200`` is for its mapping to read)."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    number = int(found[2]) * 1000 + int((found[3] or "0").ljust(3, "0"))
    return -number if found[1] else number


def numbers(texts: Sequence[str | None]) -> list[int | None] | None:
    """Return the column of numbers of a column of texts, None where no text is one."""
    read = {text: thousandths(text) for text in set(texts) if text}
    return [read.get(text) for text in texts] if any(n is not None for n in read.values()) else None  # type: ignore[arg-type]
