"""The target lists that accounts are on, in plain Python; for routing, explain and the handoff's note.

The same word holds of a membership as in the compiled statement (penstock.playbook.lists_sql).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from penstock.playbook.conditions import LIST_ORIGIN, ON_LIST, OnList
from penstock.playbook.lists_sql import place
from penstock.playbook.reference import Lists, holds
from penstock.store.engine import table
from penstock.store.playbooks import Live
from penstock.store.statements import chunks
from penstock.store.tables import ListMembership, Spelling

MEMBERSHIP, SPELLING = table(ListMembership), table(Spelling)
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Membership:
    """An account's place on a list, as spelt, with what the vocabulary makes of its name and origin."""

    name: str
    origin: str
    since: datetime | None
    until: datetime | None
    names: frozenset[str]
    origins: frozenset[str]
    zones: tuple[ZoneInfo, ...] = ()
    """Zones of those who may have made the list: in one of them its days begin at midnight."""

    def holds_at(self, moment: datetime) -> bool:
        """Whether the account is on the list at a moment."""
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)

    @property
    def first(self) -> date | datetime | None:
        """Return the first day, as it was meant; the moment itself where no day begins at it."""
        return self.since and (_day(self.since, self.zones) or self.since)

    @property
    def last(self) -> date | datetime | None:
        """Return the last day, as it was meant, which belongs to it; the moment itself where no day begins at it."""
        day = self.until and _day(self.until, self.zones)
        return self.until if day is None else day - A_DAY


def _day(moment: datetime, zones: Iterable[ZoneInfo]) -> date | None:
    """Return the day that begins at a moment in the first of some zones in which one does; UTC is the last of them."""
    local = (moment.astimezone(zone) for zone in (*zones, UTC))
    return next((here.date() for here in local if here.time() == time()), None)


def lists_of(memberships: Iterable[Membership]) -> Lists:
    """Return lists as conditions ask for them."""
    return Lists(tuple((one.names, one.origins) for one in memberships))


def asked_for(node: OnList, memberships: Iterable[Membership]) -> tuple[Membership, ...]:
    """Return those of some memberships that a condition asks for."""
    return tuple(one for one in memberships if holds(node.asked, lists_of([one])))


def read_memberships(
    tx: Connection, live: Live, accounts: Collection[int], *, at: datetime
) -> dict[int, tuple[Membership, ...]]:
    """Return account → its memberships as far as they had been received by ``at``, past and coming ones too."""
    name, origin = SPELLING.alias("name"), SPELLING.alias("origin")
    c = MEMBERSHIP.c
    number = place(live.deciding.vocabulary.trust).label("place")
    said = select(c.account_id, c.list_id, c.origin_id, c.since, c.until, number)
    found: dict[int, list[Membership]] = defaultdict(list)
    zones = tuple(dict.fromkeys(ZoneInfo(one.zone) for one in live.operations.calendars.values()))
    for some in chunks(sorted(accounts)):
        known = said.where(c.account_id.in_(some), c.received_at <= at).cte("known")
        rows = tx.execute(
            select(known, name.c.text.label("name"), origin.c.text.label("origin"))
            .join(name, name.c.id == known.c.list_id)
            .outerjoin(origin, origin.c.id == known.c.origin_id)
            .where(known.c.place == 1)
            .order_by(known.c.account_id, known.c.since, name.c.text, known.c.list_id)
        )
        for row in rows:
            names, origins = _terms(live, ON_LIST, row.name), _terms(live, LIST_ORIGIN, row.origin or "")
            one = Membership(row.name, row.origin or "", row.since, row.until, names, origins, zones)
            found[row.account_id].append(one)
    return {account: tuple(some) for account, some in found.items()}


def _terms(live: Live, field: str, text: str) -> frozenset[str]:
    return frozenset(term for of, term in live.terms.of(field, text) if of == field)
