"""After the facts of a page: which profile columns they change, and writing those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from penstock.store.bulk import bulk_update
from penstock.store.landing.page import Landing, Rows
from penstock.store.landing.profile import (
    ACCOUNT_SHAPE,
    LEAD_SHAPE,
    SHARED,
    Display,
    Profiles,
    Shown,
    changed,
    project,
)
from penstock.store.landing.subjects import Cast, hashes, set_parents
from penstock.store.landing.texts import Texts
from penstock.store.landing.times import Queues

Pairs = set[tuple[int, Shown]]


def project_page(landing: Landing, rows: Rows, texts: Texts, cast: Cast, queues: Queues) -> None:
    """Bring the profile columns of everybody up to date whom the page's facts may have changed."""
    display = Display(landing.live)
    accounts = Profiles(ACCOUNT_SHAPE, display, cast.accounts.shown, cast.accounts.new)
    accounts.compare(rows.accounts, texts.account)
    _write(landing, accounts)
    if "parent" in texts.account:
        told = zip(rows.accounts, texts.account["parent"].column, strict=True)
        set_parents(landing, {account for account, text in told if text})
    leads = Profiles(LEAD_SHAPE, display, cast.leads.shown, cast.leads.new)
    leads.compare(rows.leads, texts.lead)
    for lead in cast.moved:
        leads.doubt(lead, *SHARED)
    _compare_with_accounts(leads, _said_of_accounts(accounts, display, rows, texts, cast), cast, queues)
    _write(landing, leads)


def _said_of_accounts(accounts: Profiles, display: Display, rows: Rows, texts: Texts, cast: Cast) -> dict[int, Pairs]:
    """Return account id → what its leads may have to show: what the page says of it.

    Of accounts that got a new lead also what they show themselves, said by earlier pages.
    """
    found: dict[int, Pairs] = {}
    for field in SHARED:
        if field in texts.account:
            for account, text in set(zip(rows.accounts, texts.account[field].column, strict=True)):
                if text:
                    found.setdefault(account, set()).add((LEAD_SHAPE.places[field], display(field, text)))
    for one in {cast.account_of[lead] or 0 for lead in cast.leads.new} & accounts.shown.keys() - {0}:
        found.setdefault(one, set()).update(_shared(accounts.shown[one]))
    return found


def _shared(shown: Sequence[Shown | None]) -> Pairs:
    """Return what an account shows that its leads may show too: (place in the lead's columns, value)."""
    pairs = ((LEAD_SHAPE.places[field], shown[ACCOUNT_SHAPE.places[field]]) for field in SHARED)
    return {(place, value) for place, value in pairs if value is not None}


def _compare_with_accounts(leads: Profiles, said: Mapping[int, Pairs], cast: Cast, queues: Queues) -> None:
    """Doubt the leads that show something else than their account says."""
    new = ((lead, cast.account_of[lead] or 0) for lead in cast.leads.new)
    for lead, account in [*new, *queues.colleagues.items()]:
        if account in said and any(leads.shown[lead][place] != value for place, value in said[account]):
            leads.doubt(lead, *SHARED)


def _write(landing: Landing, profiles: Profiles) -> None:
    """Read the doubtful again from all their facts, and write every column that changes."""
    doubtful = {i: profiles.shown[i] for i in profiles.doubtful}
    told = project(landing.tx, landing.live, profiles.shape, doubtful, profiles.fields)
    # New subjects took the first value of the page for each column, and none of it is stored yet.
    differing = changed(profiles.shape, doubtful, told)
    made = {i: differing.get(i) or tuple(profiles.shown[i]) for i in sorted(profiles.filled)}
    known = {i: values for i, values in sorted(differing.items()) if i not in made}
    for written in (made, known):
        write_columns(landing, profiles, written)
        if profiles.shape.subject == "lead":
            _write_hashes(landing, profiles, written)
        profiles.shown.update(written)


def _write_hashes(landing: Landing, profiles: Profiles, written: Mapping[int, Sequence[Shown | None]]) -> None:
    """Keep the keyed hash beside an address that changed; to hash all of them would cost more than the rest."""
    place = profiles.shape.places["email"]
    emails = {i: values[place] for i, values in sorted(written.items()) if values[place] != profiles.before(i)[place]}
    columns = {"email_hash": hashes(landing.keyring, list(emails.values()))}
    bulk_update(landing.tx, profiles.shape.rows, {"id": list(emails)}, columns)


def write_columns(landing: Landing, profiles: Profiles, written: Mapping[int, Sequence[Shown | None]]) -> None:
    """Write the profile columns that change for anybody (id → values in the order of the shape)."""
    if not written:
        return
    before = zip(*map(profiles.before, written), strict=True)
    after = zip(*written.values(), strict=True)
    told = zip(profiles.shape.columns, before, after, strict=True)
    columns = {name: list(new) for name, old, new in told if old != new}
    if columns and profiles.shape.subject == "lead":
        columns["updated_at"] = [landing.now] * len(written)
    bulk_update(landing.tx, profiles.shape.rows, {"id": list(written)}, columns)
