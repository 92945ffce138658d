"""Whom a page is about: the account and the lead of each record, by its identifiers, made where nobody knows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from sqlalchemy import Table, select

from penstock.identity.companies import name_key
from penstock.identity.domains import of_company, registered
from penstock.identity.matching import ACCOUNTS, LEADS, Claim, Columns, Kind, Matched, match
from penstock.mail.keyring import Keyring
from penstock.records import SUPPRESSING_KINDS, Record
from penstock.store.bulk import bulk_update
from penstock.store.engine import table
from penstock.store.landing.page import Landing, Rows
from penstock.store.statements import among
from penstock.store.tables import Account, Lead

LEAD, ACCOUNT = table(Lead), table(Account)
RANK_BITS = 63


@dataclass(slots=True)
class Cast:
    """The leads and accounts of a page, and which of them are new."""

    leads: Matched = field(default_factory=Matched)
    accounts: Matched = field(default_factory=Matched)
    account_of: dict[int, int | None] = field(default_factory=dict)
    """Lead id → its present account."""
    moved: set[int] = field(default_factory=set)
    """Known leads whose account this page changed."""


def find_subjects(landing: Landing, rows: Rows) -> Cast:
    """Fill the leads and accounts of the rows, and return who they are. Raises OvertakenError."""
    cast = Cast()
    companies = _Companies(landing)
    _match_accounts(landing, rows, companies, cast)
    _match_leads(landing, rows, cast)
    _join_accounts(landing, rows, cast)
    return cast


class _Companies:
    """The identifiers of a record's company; worked out once for each combination of what records say of it."""

    def __init__(self, landing: Landing) -> None:
        self._kind = f"feed:{landing.feed}"
        self._terms = landing.live.terms if landing.live.deciding.vocabulary.companies else None
        self._seen: dict[tuple[str, str, str, str], Claim] = {}

    def claim(self, record: Record, email: str) -> Claim:
        """Return the feed's own id, the domain (stated, else of the address unless it is free mail), the name."""
        said = record.fields.get
        domain = said("domain", "")
        asked = (record.company_id, domain, said("company", ""), "" if domain else email.rpartition("@")[2])
        if asked not in self._seen:
            self._seen[asked] = tuple(self._named(*asked))
        return self._seen[asked]

    def _named(self, company_id: str, domain: str, name: str, of_email: str) -> Iterable[tuple[str, str]]:
        if company_id:
            yield self._kind, company_id
        if found := registered(domain) if domain else of_company(of_email):
            yield "domain", found
        yield from self.named(name)

    def named(self, name: str) -> Claim:
        """Return the claim of a company's name: a spelling that the vocabulary knows counts as its term."""
        terms = self._terms.of("company", name) if self._terms and name else ()
        found = name_key(next((term for of, term in terms if of == "company"), name))
        return (("name", found),) if found else ()


def _suppresses(record: Record) -> bool:
    """Whether a record only closes an address: it makes nobody, or an imported block list would become leads."""
    return record.happening is not None and record.happening.kind in SUPPRESSING_KINDS


def _match_accounts(landing: Landing, rows: Rows, companies: _Companies, cast: Cast) -> None:
    claims = [
        () if _suppresses(record) else companies.claim(record, email)
        for record, email in zip(rows.records, rows.emails, strict=True)
    ]
    parents = _parents(rows.records, companies)
    names: dict[Claim, str | None] = {companies.named(name): name for name in parents.values()}
    names.update((claim, record.fields.get("company")) for claim, record in zip(claims, rows.records, strict=True))
    names.pop((), None)

    def columns(made: Sequence[Claim], _keys: Sequence[str]) -> Columns:
        domains = [next((value for kind, value in claim if kind == "domain"), None) for claim in made]
        return {"name": [names[claim] for claim in made], "domain": domains, "created_at": [landing.now] * len(made)}

    cast.accounts = match(landing.tx, ACCOUNTS, list(names), batch_id=landing.batch_id, columns=columns)
    rows.accounts = [cast.accounts.ids.get(claim, 0) for claim in claims]
    rows.account_found_by = _found_by(landing, ACCOUNTS, ACCOUNT, cast.accounts, claims)
    of_parent = {at: cast.accounts.ids.get(companies.named(name), 0) for at, name in parents.items()}
    _set_parents(landing, rows, of_parent)


def _parents(records: Sequence[Record], companies: _Companies) -> dict[int, str]:
    """Return place of the record → name of its company's parent, where one is stated and is not itself."""
    told = ((at, record.fields) for at, record in enumerate(records) if record.fields.get("parent"))
    return {
        at: fields["parent"]
        for at, fields in told
        if companies.named(fields["parent"]) not in ((), companies.named(fields.get("company", "")))
    }


def _set_parents(landing: Landing, rows: Rows, of_parent: Mapping[int, int]) -> None:
    parents = {rows.accounts[at]: parent for at, parent in of_parent.items() if rows.accounts[at] not in (0, parent)}
    bulk_update(landing.tx, ACCOUNT, {"id": list(parents)}, {"parent_id": list(parents.values())})


def _match_leads(landing: Landing, rows: Rows, cast: Cast) -> None:
    kind = f"feed:{landing.feed}"
    seen: dict[tuple[str, str], Claim] = {}
    claims: list[Claim] = []
    makers: dict[Claim, int] = {}
    only_found: dict[Claim, int] = {}
    for at, (record, email) in enumerate(zip(rows.records, rows.emails, strict=True)):
        asked = (record.person_id, email)
        if asked not in seen:
            named = ((kind, record.person_id), ("email", email))
            seen[asked] = tuple(one for one in named if one[1])
        claims.append(seen[asked])
        (only_found if _suppresses(record) else makers).setdefault(seen[asked], at)
    makers.pop((), None)

    def columns(made: Sequence[Claim], keys: Sequence[str]) -> Columns:
        emails = [next((value for of, value in claim if of == "email"), None) for claim in made]
        return {
            "rank": [rank(key) for key in keys],
            "account_id": [rows.accounts[makers[claim]] or None for claim in made],
            "email": emails,
            "email_hash": hashes(landing.keyring, emails),
            "created_at": [landing.now] * len(made),
            "updated_at": [landing.now] * len(made),
        }

    cast.leads = match(landing.tx, LEADS, list(makers), batch_id=landing.batch_id, columns=columns)
    if asked_only := [claim for claim in only_found if claim and claim not in makers]:
        found = match(landing.tx, LEADS, asked_only, batch_id=landing.batch_id, columns=columns, make=False)
        cast.leads.ids.update(found.ids)
        cast.leads.found_by.update(found.found_by)
    rows.leads = [cast.leads.ids.get(claim, 0) for claim in claims]
    rows.lead_found_by = _found_by(landing, LEADS, LEAD, cast.leads, claims)


def rank(key: str) -> int:
    """Return the 63-bit hash of a lead's key that orders leads alike in every run and on every store."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) >> (64 - RANK_BITS)


def hashes(keyring: Keyring, emails: Sequence[str | None]) -> list[Any]:
    """Return the keyed hashes of addresses, None where there is none."""
    return [keyring.address_hash(email) if email else None for email in emails]


def _found_by(landing: Landing, kind: Kind, rows: Table, matched: Matched, claims: Sequence[Claim]) -> list[str]:
    """Return the identifier by which each record found its subject, '' for the one that the subject was made by.

    Most facts are found so, and an address in each of them would be a third of the table.
    """
    old = {i for i in matched.ids.values() if i not in matched.new}
    keys = {i: kind.key(claim) for i, claim in matched.new.items()}
    if old:
        keys.update(
            tuple(row)
            for row in landing.tx.execute(select(rows.c.id, rows.c.key).where(among(landing.tx, rows.c.id, old)))
        )
    by = {
        claim: "" if keys[i] == matched.found_by[claim] else matched.found_by[claim] for claim, i in matched.ids.items()
    }
    return [by.get(claim, "") for claim in claims]


def _join_accounts(landing: Landing, rows: Rows, cast: Cast) -> None:
    """Give leads their accounts.

    One without takes any. One who has an account moves only for a record that names the company by its id or domain: a
    name typed into a form moves nobody.
    """
    tx, ids = landing.tx, {i for i in rows.leads if i}
    if not ids:
        return
    found = tx.execute(select(LEAD.c.id, LEAD.c.account_id).where(among(tx, LEAD.c.id, ids)))
    before = {i: account for i, account in found}  # noqa: C416 - rows are no tuples to the type checker
    after = dict(before)
    for record, lead, account in zip(rows.records, rows.leads, rows.accounts, strict=True):
        if lead and account and after[lead] != account and (after[lead] is None or _names_company(record)):
            after[lead] = account
    cast.account_of = after
    cast.moved = {i for i in after if after[i] != before[i]}
    moved = sorted(cast.moved)
    bulk_update(tx, LEAD, {"id": moved}, {"account_id": [after[i] for i in moved]})


def _names_company(record: Record) -> bool:
    return bool(record.company_id or record.fields.get("domain"))
