"""Finding a lead or an account by what a person types; used by commands.

A lead: its id, an e-mail address, or ``feed:external-id`` (what the feed calls the person, else one of its records). An
account: ``account:ID``, its domain, or ``feed:company-id``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Select, func, select

from penstock.errors import NotFoundError, UsageError
from penstock.identity.domains import of_company
from penstock.identity.emails import normalise
from penstock.store.engine import table
from penstock.store.tables import Account, AccountIdentifier, Activity, Cursor, Identifier, Lead, Outcome

LEAD, IDENTIFIER, ACCOUNT, KNOWN = table(Lead), table(Identifier), table(Account), table(AccountIdentifier)
ACTIVITY, OUTCOME, CURSOR = table(Activity), table(Outcome), table(Cursor)
# Ids are BIGINT; anything longer is no id.
MOST_DIGITS = 18
Kind = Literal["lead", "account"]
Subject = tuple[Kind, int]
OF_LEAD = "a lead id, an e-mail address, or feed:external-id"
OF_ACCOUNT = "an account as account:ID, its domain, or feed:company-id"


def find_lead(tx: Connection, text: str) -> int:
    """Return the id of the lead that ``text`` names, past any merge.

    Raises NotFoundError with what can be written, UsageError where it names several.
    """
    asked = text.strip()
    found = _leads(tx, asked)
    if not found:
        raise NotFoundError(f'there is no lead "{asked}"; give {OF_LEAD}')
    return _only(asked, found)[1]


@dataclass(frozen=True, slots=True)
class Named:
    """A lead as a person named it: whom it stands for now, and who it is itself, where it was merged into another."""

    lead_id: int
    own_id: int


def find_person(tx: Connection, text: str) -> Named:
    """Return whom ``text`` names, merged or not; raises as ``find_lead`` does."""
    lead_id, key = find_named(tx, text)
    own: int | None = tx.scalar(select(LEAD.c.id).where(LEAD.c.key == key)) if key else None
    return Named(lead_id, own or lead_id)


def find_named(tx: Connection, text: str) -> tuple[int, str]:
    """Return the same, and the key of the lead that was named, where it had been merged into that one ('' else).

    What a person says of it is kept with that key: it goes back to whom they meant when the merge is undone.
    """
    lead_id = find_lead(tx, text)
    return lead_id, merged_key(tx, text, lead_id)


def merged_key(tx: Connection, text: str, lead_id: int) -> str:
    """Return the key of the lead that ``text`` names, where it was merged into the lead of that id; '' else."""
    asked = text.strip()
    if _is_id(asked):
        own = select(LEAD.c.key).where(LEAD.c.id == int(asked), LEAD.c.merged_into == lead_id)
        return str(tx.scalar(own) or "")
    kind, value = _written(asked)
    mine = (IDENTIFIER.c.kind == kind, IDENTIFIER.c.value == value, IDENTIFIER.c.lead_id == lead_id)
    return str(tx.scalar(select(IDENTIFIER.c.home).where(*mine)) or "")


def _written(asked: str) -> tuple[str, str]:
    """Return the kind and value of the identifier that a text may be."""
    if "@" in asked and (address := normalise(asked)):
        return "email", address
    feed, _, external_id = asked.partition(":")
    return f"feed:{feed}", external_id


def find_subject(tx: Connection, text: str) -> Subject:
    """Return the lead or account that ``text`` names, past any merge; raises as ``find_lead`` does."""
    asked = text.strip()
    found = _leads(tx, asked) | _accounts(tx, asked)
    if not found:
        raise NotFoundError(f'there is no lead or account "{asked}"; give {OF_LEAD}; {OF_ACCOUNT}')
    return _only(asked, found)


def _only(asked: str, found: set[Subject]) -> Subject:
    if len(found) == 1:
        return next(iter(found))
    named = [str(own) if kind == "lead" else f"account:{own}" for kind, own in sorted(found, reverse=True)]
    raise UsageError(f'"{asked}" names {len(named)} of them; give the one you mean: {", ".join(named)}')


def _leads(tx: Connection, asked: str) -> set[Subject]:
    if _is_id(asked):
        return _present(tx, "lead", [int(asked)])
    kind, value = _written(asked)
    if kind == "email":
        return _present(tx, "lead", _identified(kind, value))
    feed, colon, external_id = asked.partition(":")
    if not colon:
        return set()
    # What the feed calls the person goes before what it calls a record, which may be anything.
    return _present(tx, "lead", _identified(kind, value)) or _of_records(tx, "lead", feed, external_id)


def _accounts(tx: Connection, asked: str) -> set[Subject]:
    before, colon, after = asked.partition(":")
    if before == "account" and _is_id(after):
        return _present(tx, "account", [int(after)])
    if not colon:
        # An address is a person's, though its company has the same domain.
        domain = "" if "@" in asked else of_company(asked.casefold())
        return _present(tx, "account", _known("domain", domain)) if domain else set()
    named = _present(tx, "account", _known(f"feed:{before}", after))
    return named or _of_records(tx, "account", before, after)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS


def _identified(kind: str, value: str) -> Select[Any]:
    return select(IDENTIFIER.c.lead_id).where(IDENTIFIER.c.kind == kind, IDENTIFIER.c.value == value)


def _known(kind: str, value: str) -> Select[Any]:
    return select(KNOWN.c.account_id).where(KNOWN.c.kind == kind, KNOWN.c.value == value)


def _of_records(tx: Connection, kind: Kind, feed: str, external_id: str) -> set[Subject]:
    """Return whom the feed's records of that id are about: activities of any of its streams, outcomes."""
    streams = select(CURSOR.c.stream).where(CURSOR.c.feed == feed)
    column = ACTIVITY.c[f"{kind}_id"]
    did = select(column).where(
        ACTIVITY.c.feed == feed,
        ACTIVITY.c.stream.in_(streams),
        ACTIVITY.c.external_id == external_id,
        column.is_not(None),
    )
    came = select(OUTCOME.c.subject_id).where(
        OUTCOME.c.feed == feed, OUTCOME.c.external_id == external_id, OUTCOME.c.subject == kind
    )
    return _present(tx, kind, did) | _present(tx, kind, came)


def _present(tx: Connection, kind: Kind, ids: Select[Any] | Iterable[int]) -> set[Subject]:
    """Return those that exist, each as the one that it was merged into."""
    of = LEAD if kind == "lead" else ACCOUNT
    return {(kind, own) for own in tx.scalars(select(func.coalesce(of.c.merged_into, of.c.id)).where(of.c.id.in_(ids)))}
