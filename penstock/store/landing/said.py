"""Consents, suppressions and outcomes of a page: rare beside activities and facts, and written apart from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from penstock.records import SUPPRESSING_KINDS, ConsentSaid, OutcomeSaid
from penstock.store.bulk import bulk_insert
from penstock.store.engine import table
from penstock.store.landing.page import Landing, Rows
from penstock.store.landing.sift import storable
from penstock.store.statements import among, plain_rows
from penstock.store.tables import Consent, Identifier, Lead, Outcome, Suppression
from penstock.store.tables.law import EVERYTHING
from penstock.store.types import from_micros, to_micros

CONSENT, SUPPRESSION, OUTCOME = table(Consent), table(Suppression), table(Outcome)
LEAD, IDENTIFIER = table(Lead), table(Identifier)
Value = tuple[int, int | None, str]
"""When an outcome was, in microseconds, its value and its currency."""


def land_consents(landing: Landing, rows: Rows) -> list[bool]:
    """Write what people agreed to or withdrew; of two that were said at once the stricter holds."""
    told: dict[tuple[int, str, int], ConsentSaid] = {}
    places: dict[int, tuple[int, str, int]] = {}
    for at, (record, lead) in enumerate(zip(rows.records, rows.leads, strict=True)):
        if (said := record.consent) is None or not lead:
            continue
        key = (lead, said.purpose, rows.said[at] if said.said_at is None else to_micros(said.said_at))
        places[at] = key
        if key not in told or not said.granted:
            told[key] = said
    new = told.keys() - _known_consents(landing, told) if told else set()
    _write_consents(landing, rows, {key: told[key] for key in sorted(new)}, {key: at for at, key in places.items()})
    _withdraw(landing, [key for key in sorted(told.keys() - new) if not told[key].granted])
    # Of two rows that say the same at once the first counts; the second is known already.
    first = {key: at for at, key in reversed(places.items()) if key in new}
    news = set(first.values())
    return [at in news for at in range(len(rows))]


def _known_consents(landing: Landing, told: Iterable[tuple[int, str, int]]) -> set[tuple[int, str, int]]:
    c = CONSENT.c
    mine = (among(landing.tx, c.lead_id, {key[0] for key in told}), c.feed == landing.feed)
    found = landing.tx.execute(select(c.lead_id, c.purpose, c.said_at).where(*mine))
    return {(lead, purpose, to_micros(said_at)) for lead, purpose, said_at in found}


def _write_consents(
    landing: Landing,
    rows: Rows,
    told: Mapping[tuple[int, str, int], ConsentSaid],
    places: Mapping[tuple[int, str, int], int],
) -> None:
    if not told:
        return
    columns: dict[str, list[Any]] = {
        "lead_id": [key[0] for key in told],
        "purpose": [key[1] for key in told],
        "said_at": [key[2] for key in told],
        "granted": [said.granted for said in told.values()],
        "wording": [storable(said.wording) for said in told.values()],
        "received_at": [rows.received[places[key]] for key in told],
        "found_by": [rows.lead_found_by[places[key]] for key in told],
    }
    bulk_insert(landing.tx, CONSENT, columns, same={"feed": landing.feed, "batch_id": landing.batch_id})


def _withdraw(landing: Landing, keys: Iterable[tuple[int, str, int]]) -> None:
    """Let a withdrawal win over consent of the same moment; conflicts of this kind are too few for a set."""
    c = CONSENT.c
    for lead, purpose, said_at in keys:
        same = (c.lead_id == lead, c.purpose == purpose, c.feed == landing.feed, c.said_at == said_at)
        landing.tx.execute(update(CONSENT).where(*same, c.granted).values(granted=False))


def land_suppressions(landing: Landing, rows: Rows) -> tuple[list[bool], list[bool]]:
    """Close the addresses of those who unsubscribed or bounced.

    Return for each row whether it closed one, and whether there was no address at all to close. Who unsubscribes leaves
    with every address known of them; what bounced is one address.
    """
    at = [place for place, r in enumerate(rows.records) if r.happening and r.happening.kind in SUPPRESSING_KINDS]
    none = [False] * len(rows)
    if not at:
        return none, none
    addresses = _addresses(landing, rows, at)
    hashed = {email: landing.keyring.address_hash(email) for found in addresses.values() for email in found}
    s = SUPPRESSION.c
    asked = (s.scope == EVERYTHING, among(landing.tx, s.hash, hashed.values()))
    known = set(landing.tx.scalars(select(s.hash).where(*asked)))
    first = {hashed[email]: place for place in reversed(at) for email in addresses[place]}
    new = {one: place for one, place in sorted(first.items()) if one not in known}
    columns = {
        "hash": list(new),
        "reason": [rows.records[place].happening.kind for place in new.values()],  # type: ignore[union-attr] # chosen by it
    }
    same = {
        "scope": EVERYTHING, "feed": landing.feed, "received_at": landing.now, "batch_id": landing.batch_id,
    }  # fmt: skip
    bulk_insert(landing.tx, SUPPRESSION, columns, same=same)
    closed, lacking = set(new.values()), {place for place in at if not addresses[place]}
    return [place in closed for place in range(len(rows))], [place in lacking for place in range(len(rows))]


def _addresses(landing: Landing, rows: Rows, at: Iterable[int]) -> dict[int, set[str]]:
    """Return the addresses that each of some rows closes."""
    at = list(at)
    ids = {rows.leads[place] for place in at} - {0}
    known: dict[int, set[str]] = {}
    if ids:
        i = IDENTIFIER.c
        mine = (i.kind == "email", among(landing.tx, i.lead_id, ids))
        for lead, email in landing.tx.execute(select(i.lead_id, i.value).where(*mine)):
            known.setdefault(lead, set()).add(email)
    found: dict[int, set[str]] = {}
    for place in at:
        own = {rows.emails[place]} - {""}
        one = own and rows.records[place].happening.kind == "bounced"  # type: ignore[union-attr] # chosen by it
        found[place] = own if one else own | known.get(rows.leads[place], set())
    return found


@dataclass(frozen=True, slots=True)
class NewOutcome:
    """An outcome that is new: of whom, what, and from when on it counts; ``ahead``: that was not yet when it landed."""

    subject: str
    subject_id: int
    kind: str
    received_at: datetime
    ahead: bool = False


def land_outcomes(landing: Landing, rows: Rows) -> tuple[list[bool], list[NewOutcome]]:
    """Write outcomes that the feed has not told yet; return which rows had one, and what they were."""
    new = [False] * len(rows)
    told = {at: r.outcome for at, r in enumerate(rows.records) if r.outcome and (rows.leads[at] or rows.accounts[at])}
    if not told:
        return new, []
    seen = _known_outcomes(landing, {rows.records[at].external_id for at in told})
    written: dict[int, tuple[str, int]] = {}
    for at, said in told.items():
        key, value = (rows.records[at].external_id, said.kind), (rows.said[at], said.value, said.currency)
        before = seen.setdefault(key, [])
        if value in before or (rows.records[at].at is None and before and before[-1][1:] == value[1:]):
            continue
        before.append(value)
        new[at] = True
        written[at] = ("lead", rows.leads[at]) if rows.leads[at] else ("account", rows.accounts[at])
    _write_outcomes(landing, rows, told, written)
    return new, [
        NewOutcome(
            *whose, told[at].kind, from_micros(_counts_from(rows, at)), ahead=_counts_from(rows, at) > rows.received[at]
        )
        for at, whose in written.items()
    ]


def _counts_from(rows: Rows, at: int) -> int:
    """Return when an outcome is received: what is dated ahead has not happened before its date."""
    return max(rows.received[at], rows.said[at])


def _known_outcomes(landing: Landing, keys: set[str]) -> dict[tuple[str, str], list[Value]]:
    """Return what this feed has told under some external ids and kinds: when, value and currency, in its order."""
    o = OUTCOME.c
    mine = (o.feed == landing.feed, among(landing.tx, o.external_id, keys))
    query = select(o.external_id, o.kind, o.at, o.value, o.currency).where(*mine).order_by(o.id)
    found: dict[tuple[str, str], list[Value]] = {}
    for key, kind, *value in plain_rows(landing.tx, query):
        found.setdefault((key, kind), []).append(tuple(value))
    return found


def _write_outcomes(
    landing: Landing, rows: Rows, told: Mapping[int, OutcomeSaid], written: Mapping[int, tuple[str, int]]
) -> None:
    columns: dict[str, list[Any]] = {
        "subject": [subject for subject, _ in written.values()],
        "subject_id": [i for _, i in written.values()],
        "external_id": [rows.records[at].external_id for at in written],
        "kind": [told[at].kind for at in written],
        "at": [rows.said[at] for at in written],
        "value": [told[at].value for at in written],
        "currency": [told[at].currency for at in written],
        "received_at": [_counts_from(rows, at) for at in written],
        "found_by": [rows.lead_found_by[at] if rows.leads[at] else rows.account_found_by[at] for at in written],
    }
    same = {"feed": landing.feed, "landed_at": landing.now, "batch_id": landing.batch_id}
    bulk_insert(landing.tx, OUTCOME, columns, same=same)
