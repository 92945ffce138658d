"""After the facts of a page: which profile columns they change, and writing those."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from penstock.store.bulk import bulk_update
from penstock.store.landing.page import Landing, Rows
from penstock.store.landing.profile import (
    ACCOUNT_SHAPE,
    LEAD_SHAPE,
    SHARED,
    Display,
    Profiles,
    Shape,
    Shown,
    changed,
    project,
    read_shown,
)
from penstock.store.landing.subjects import Cast, hashes
from penstock.store.landing.texts import Column, Texts
from penstock.store.landing.times import Queues


def project_page(landing: Landing, rows: Rows, texts: Texts, cast: Cast, queues: Queues) -> None:
    """Bring the profile columns of everybody up to date whom the page's facts may have changed."""
    display = Display(landing.live)
    accounts = _compared(landing, ACCOUNT_SHAPE, display, rows.accounts, texts.account, cast.accounts.new)
    _write(landing, accounts)
    leads = _compared(landing, LEAD_SHAPE, display, rows.leads, texts.lead, cast.leads.new, queues.colleagues)
    leads.doubtful |= {lead for lead in cast.moved if lead in leads.shown}
    _compare_with_accounts(leads, accounts, display, rows, texts, cast, queues)
    _write(landing, leads)


def _compared(
    landing: Landing,
    shape: Shape,
    display: Display,
    ids: Sequence[int],
    texts: Mapping[str, Column],
    new: Collection[int],
    also: Collection[int] = (),
) -> Profiles:
    """Compare every fact of the page with what its subject shows; ``also`` are read, for comparisons to come."""
    profiles = Profiles(shape, display, read_shown(landing.tx, shape, {*ids, *also} - {0}), new)
    for field, column in texts.items():
        profiles.compare(field, ids, column)
    return profiles


def _compare_with_accounts(
    leads: Profiles, accounts: Profiles, display: Display, rows: Rows, texts: Texts, cast: Cast, queues: Queues
) -> None:
    """Doubt the leads that show something else than their account says."""
    said: dict[int, set[tuple[int, Shown]]] = {}
    for field in SHARED:
        where = LEAD_SHAPE.place(field)
        for account, text in zip(rows.accounts, texts.account.get(field, ()), strict=False):
            if text is not None and where is not None:
                said.setdefault(account, set()).add((where, display(field, text)))
    for account in cast.account_of.values():
        if account in accounts.shown and account not in said:
            said[account] = _shared(accounts.shown[account])
    for lead, account in {**cast.account_of, **queues.colleagues}.items():
        shown = leads.shown[lead]
        if any(shown[place] != value for place, value in said.get(account or 0, ())):
            leads.doubtful.add(lead)


def _shared(shown: Sequence[Shown | None]) -> set[tuple[int, Shown]]:
    """Return what an account shows that its leads may show too: (place in the lead's columns, value)."""
    pairs = ((LEAD_SHAPE.place(field), shown[ACCOUNT_SHAPE.place(field) or 0]) for field in SHARED)
    return {(place, value) for place, value in pairs if place is not None and value is not None}


def _write(landing: Landing, profiles: Profiles) -> None:
    """Read the doubtful again from all their facts, and write every column that changes."""
    sure = profiles.filled - profiles.doubtful
    written = {i: tuple(profiles.shown[i]) for i in sure}
    doubtful = {i: profiles.shown[i] for i in profiles.doubtful}
    told = project(landing.tx, landing.live, profiles.shape, doubtful)
    written |= changed(profiles.shape, doubtful, told)
    # A new subject's columns may hold the first value of the page already, and nothing is stored of it yet.
    written |= {i: tuple(doubtful[i]) for i in profiles.filled & profiles.doubtful if i not in written}
    write_columns(landing, profiles.shape, dict(sorted(written.items())))
    if profiles.shape.subject == "lead":
        _write_hashes(landing, profiles, written)
    for i, values in written.items():
        profiles.shown[i] = list(values)


def _write_hashes(landing: Landing, profiles: Profiles, written: Mapping[int, Sequence[Shown | None]]) -> None:
    """Keep the keyed hash beside an address that changed; to hash all of them would cost more than the rest."""
    place = profiles.shape.place("email") or 0
    emails = {i: values[place] for i, values in sorted(written.items()) if values[place] != profiles.before[i][place]}
    columns = {"email_hash": hashes(landing.keyring, list(emails.values()))}
    bulk_update(landing.tx, profiles.shape.rows, {"id": list(emails)}, columns)


def write_columns(landing: Landing, shape: Shape, written: Mapping[int, Sequence[Shown | None]]) -> None:
    """Write profile columns (id → values in the order of the shape)."""
    if not written:
        return
    columns = dict(zip(shape.columns, map(list, zip(*written.values(), strict=True)), strict=True))
    if shape.subject == "lead":
        columns["updated_at"] = [landing.now] * len(written)
    bulk_update(landing.tx, shape.rows, {"id": list(written)}, columns)
