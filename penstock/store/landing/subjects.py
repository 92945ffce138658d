"""Whom a page is about: the account and the lead of each record, by its identifiers, made where nobody knows them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from sqlalchemy import select

from penstock.identity.companies import name_key
from penstock.identity.domains import of_company, registered
from penstock.identity.matching import ACCOUNTS, LEADS, Columns, Identity, Kind, Matched, look_up, match, named, written
from penstock.mail.keyring import Keyring
from penstock.store.bulk import bulk_update
from penstock.store.landing.page import Landing, Rows
from penstock.store.landing.profile import ACCOUNT_SHAPE, LEAD_SHAPE, Shape, winners
from penstock.store.statements import among, plain_rows

RANK_BITS = 63


@dataclass(slots=True)
class Side:
    """The leads or the accounts of a page: which are new, and what their columns show."""

    matched: Matched = field(default_factory=Matched)
    keys: dict[int, str] = field(default_factory=dict)
    shown: dict[int, Any] = field(default_factory=dict)
    """Subject id → values of its profile columns, in the order of the shape."""

    @property
    def new(self) -> Mapping[int, Identity]:
        """Return the ids of new ones, each with the identity it was made by."""
        return self.matched.new


@dataclass(slots=True)
class Cast:
    """Everybody whom a page is about."""

    leads: Side = field(default_factory=Side)
    accounts: Side = field(default_factory=Side)
    account_of: dict[int, int | None] = field(default_factory=dict)
    """Lead id → its present account."""
    moved: set[int] = field(default_factory=set)
    """Known leads whose account this page changed."""


def find_subjects(landing: Landing, rows: Rows) -> Cast:
    """Fill the leads and accounts of the rows, and return who they are. Raises OvertakenError."""
    cast = Cast()
    companies = Companies(landing)
    _match_accounts(landing, rows, companies, cast)
    _match_leads(landing, rows, cast)
    _join_accounts(landing, rows, cast)
    return cast


class Companies:
    """The identifiers of companies: the feed's own id, the domain, the name."""

    def __init__(self, landing: Landing) -> None:
        """Read names by the live vocabulary."""
        self._kind = f"feed:{landing.feed}"
        self._terms = landing.live.terms if landing.live.deciding.vocabulary.companies else None

    def identity(self, company_id: str, domain: str | None, name: str | None, of_email: str) -> Identity:
        """Return what finds a company: a domain that is not stated is that of the address, unless it is free mail."""
        found = [named(self._kind, company_id)] if company_id else []
        if known := registered(domain) if domain else of_company(of_email):
            found.append(named("domain", known))
        return (*found, *self.named(name or ""))

    def named(self, name: str) -> Identity:
        """Return the identity of a company's name: a spelling that the vocabulary knows counts as its term."""
        terms = self._terms.of("company", name) if self._terms and name else ()
        found = name_key(next((term for of, term in terms if of == "company"), name))
        return (named("name", found),) if found else ()


def _match_accounts(landing: Landing, rows: Rows, companies: Companies, cast: Cast) -> None:
    names = rows.column("company")
    ids, domains = [record.company_id for record in rows.records], [email.rpartition("@")[2] for email in rows.emails]
    asked = list(zip(ids, rows.column("domain"), names, domains, strict=True))
    identities = {said: companies.identity(*said) for said in set(asked)}
    texts = _parents(rows, companies) if "parent" in rows.field_names else {}
    for said in dict.fromkeys(one for one, none in zip(asked, rows.suppresses, strict=True) if not none):
        texts.setdefault(identities[said], said[2])
    texts.pop((), None)

    def columns(made: Sequence[Identity], _keys: Sequence[str]) -> Columns:
        domains = [_value("domain", identity) for identity in made]
        return {
            "name": [texts[identity] for identity in made],
            "domain": domains,
            "created_at": [landing.now] * len(made),
        }

    found = match(landing.tx, ACCOUNTS, list(texts), batch_id=landing.batch_id, columns=columns)
    cast.accounts = _side(landing, ACCOUNTS, ACCOUNT_SHAPE, found)
    of = {said: found.ids[identity] if identity in texts else 0 for said, identity in identities.items()}
    by = _found_by(cast.accounts)
    rows.accounts = [0 if none else of[said] for said, none in zip(asked, rows.suppresses, strict=True)]
    rows.account_found_by = [by.get(identities[said], "") for said in asked] if any(by.values()) else [""] * len(rows)


def _parents(rows: Rows, companies: Companies) -> dict[Identity, str | None]:
    """Return identity and name of every parent that is stated of a company, so that there is somebody to point at."""
    told = zip(rows.records, rows.emails, rows.column("parent"), strict=True)
    names = {name for record, email, name in told if name and not (record.typed and (email or record.person_id))}
    found: dict[Identity, str | None] = {companies.named(name): name for name in sorted(names)}
    return found


def set_parents(landing: Landing, ids: Collection[int]) -> None:
    """Point accounts at the companies that the facts which hold name as their parents, but none at itself."""
    companies, trust = Companies(landing), landing.live.deciding.vocabulary.trust
    told = winners(landing.tx, ACCOUNT_SHAPE, ids, ("parent",), trust)
    identities = {i: companies.named(texts["parent"]) for i, texts in told.items()}
    known = look_up(landing.tx, ACCOUNTS, identities.values())
    parents = {
        i: known[identity[0]]
        for i, identity in sorted(identities.items())
        if identity and known.get(identity[0], i) != i
    }
    bulk_update(landing.tx, ACCOUNT_SHAPE.rows, {"id": list(parents)}, {"parent_id": list(parents.values())})


def _match_leads(landing: Landing, rows: Rows, cast: Cast) -> None:
    kind = f"feed:{landing.feed}"
    asked = list(zip([r.person_id for r in rows.records], rows.emails, strict=True))
    # The first place of each; that of an identity that makes a lead says which account it begins with.
    first = dict(zip(reversed(asked), reversed(range(len(asked))), strict=True))
    identities = {said: _lead_identity(kind, *said) for said in first}
    closing = (
        {said for said, closes in zip(asked, rows.suppresses, strict=True) if closes} if any(rows.suppresses) else ()
    )
    if closing:
        alive = {said for said, closes in zip(asked, rows.suppresses, strict=True) if not closes}
        closing = closing - alive
    makers = {identities[said]: at for said, at in first.items() if said not in closing}
    makers.pop((), None)

    def columns(made: Sequence[Identity], keys: Sequence[str]) -> Columns:
        emails = [_value("email", identity) for identity in made]
        return {
            "rank": [rank(key) for key in keys],
            "account_id": [rows.accounts[makers[identity]] or None for identity in made],
            "email": emails,
            "email_hash": hashes(landing.keyring, emails),
            "created_at": [landing.now] * len(made),
            "updated_at": [landing.now] * len(made),
        }

    order = sorted(makers, key=makers.__getitem__)
    found = match(landing.tx, LEADS, order, batch_id=landing.batch_id, columns=columns)
    if only := [identity for identity in identities.values() if identity and identity not in makers]:
        found.ids.update(match(landing.tx, LEADS, only, batch_id=landing.batch_id, columns=columns, make=False).ids)
    cast.leads = _side(landing, LEADS, LEAD_SHAPE, found)
    cast.account_of.update((i, rows.accounts[makers[identity]] or None) for i, identity in found.new.items())
    ids, by = {said: found.ids.get(identity, 0) for said, identity in identities.items()}, _found_by(cast.leads)
    rows.leads = [ids[said] for said in asked]
    rows.lead_found_by = [by.get(identities[said], "") for said in asked] if any(by.values()) else [""] * len(rows)


def _lead_identity(kind: str, person_id: str, email: str) -> Identity:
    if not person_id:
        return (named("email", email),) if email else ()
    return (named(kind, person_id), named("email", email)) if email else (named(kind, person_id),)


def _value(kind: str, identity: Identity) -> str | None:
    """Return the value of an identity's identifier of a kind, None where it has none."""
    start = named(kind, "")
    return next((one.removeprefix(start) for one in identity if one.startswith(start)), None)


def rank(key: str) -> int:
    """Return the 63-bit hash of a lead's key that orders leads alike in every run and on every store."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) >> (64 - RANK_BITS)


def hashes(keyring: Keyring, emails: Sequence[str | None]) -> list[Any]:
    """Return the keyed hashes of addresses, None where there is none."""
    return [keyring.address_hash(email) if email else None for email in emails]


def _side(landing: Landing, kind: Kind, shape: Shape, matched: Matched) -> Side:
    """Return keys and columns of everybody matched: read where they were there before, known where they are new."""
    ids, made = matched.columns["id"], matched.columns
    nothing = [None] * len(ids)
    values = zip(*(made.get(name, nothing) for name in shape.columns), strict=True)
    side = Side(matched, dict(zip(ids, made["key"], strict=True)), dict(zip(ids, values, strict=True)))
    old = set(matched.ids.values()) - matched.new.keys()
    if old:
        c = kind.rows.c
        query = select(c.id, c.key, *(c[name] for name in shape.columns)).where(among(landing.tx, c.id, old))
        rows = plain_rows(landing.tx, query)
        side.keys.update((row[0], row[1]) for row in rows)
        side.shown.update((row[0], row[2:]) for row in rows)
    return side


def _found_by(side: Side) -> dict[Identity, str]:
    """Return identity → the identifier that finds the subject, its most trusted one; '' for the one it was made by.

    Most facts are found by that, and an address in each of them would be a third of the table.
    """
    keys = side.keys
    by = ((identity, i, written(identity[0])) for identity, i in side.matched.ids.items())
    return {identity: "" if keys[i] == one else one for identity, i, one in by}


def _join_accounts(landing: Landing, rows: Rows, cast: Cast) -> None:
    """Give leads their accounts.

    One without takes any. One who has an account moves only for a record that names the company by its id or domain: a
    name typed into a form moves nobody.
    """
    known = cast.leads.shown.keys() - cast.account_of.keys()
    if known:
        lead = LEAD_SHAPE.rows.c
        query = select(lead.id, lead.account_id).where(among(landing.tx, lead.id, known))
        cast.account_of.update(plain_rows(landing.tx, query))
    before = dict(cast.account_of)
    after = cast.account_of
    for at in _differing(rows, after):
        record, lead_id, account = rows.records[at], rows.leads[at], rows.accounts[at]
        if after[lead_id] is None or record.company_id or record.fields.get("domain"):
            after[lead_id] = account
    moved = sorted(i for i in after if after[i] != before[i])
    cast.moved = set(moved)
    bulk_update(landing.tx, LEAD_SHAPE.rows, {"id": moved}, {"account_id": [after[i] for i in moved]})


def _differing(rows: Rows, account_of: Mapping[int, int | None]) -> Iterator[int]:
    """Yield the places of records that name another account than their lead has by then."""
    pairs = enumerate(zip(rows.leads, rows.accounts, strict=True))
    return (at for at, (lead, account) in pairs if lead and account and account_of[lead] != account)
