"""Profiles as routing asks for them: the values of a few hundred subjects at a moment, in plain Python.

The same value as in the compiled statement (penstock.playbook.profile_sql): among the facts of the subject and, for a
lead, of its present account, the most trusted, then the latest said, then the feed's name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from penstock.playbook.conditions import NUMBER_FIELDS, ON_LIST, TEXT_FIELDS
from penstock.playbook.profile_sql import FALLBACKS, US
from penstock.playbook.reference import Value
from penstock.routing.listed import Membership, lists_of, read_memberships
from penstock.store.engine import table
from penstock.store.playbooks import Live
from penstock.store.statements import chunks
from penstock.store.tables import Activity, Fact, Lead, Spelling
from penstock.store.types import to_micros

FACT, LEAD, SPELLING, ACTIVITY = table(Fact), table(Lead), table(Spelling), table(Activity)
Subject = tuple[str, int]
"""``lead`` or ``account``, and its id."""
OWNER = "owner"
# How far back a line is looked for: whoever did ten things without a word on any line has no interest yet.
LATEST = 10


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a subject: the present text of each field, and what the vocabulary makes of it."""

    account_id: int | None = None
    texts: dict[str, str] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    memberships: tuple[Membership, ...] = ()
    """Its account's places on target lists, past and coming ones too."""
    on: tuple[Membership, ...] = ()
    """Those that hold at the moment of the profile."""


def read_profiles(tx: Connection, live: Live, subjects: Iterable[Subject], *, at: datetime) -> dict[Subject, Profile]:
    """Return the profile of each subject from the facts received by ``at``; one without facts has an empty one."""
    wanted = sorted(set(subjects))
    accounts = accounts_of(tx, wanted)
    facts = _facts(tx, {*wanted, *(("account", found) for found in accounts.values())}, at)
    listed = read_memberships(tx, live, set(accounts.values()), at=at)
    found = {one: _profile(live, accounts.get(one), _said_of(one, accounts, facts)) for one in wanted}
    return {one: _with_lists(profile, listed, at) for one, profile in found.items()}


def _with_lists(profile: Profile, listed: Mapping[int, tuple[Membership, ...]], at: datetime) -> Profile:
    memberships = listed.get(profile.account_id or 0, ())
    on = tuple(one for one in memberships if one.holds_at(at))
    return replace(profile, values=profile.values | {ON_LIST: lists_of(on)}, memberships=memberships, on=on)


def accounts_of(tx: Connection, subjects: Sequence[Subject]) -> dict[Subject, int]:
    """Return the present account of each subject that has one."""
    found = {one: one[1] for one in subjects if one[0] == "account"}
    for some in chunks([subject_id for kind, subject_id in subjects if kind == "lead"]):
        rows = tx.execute(
            select(LEAD.c.id, LEAD.c.account_id).where(LEAD.c.id.in_(some), LEAD.c.account_id.is_not(None))
        )
        found |= {("lead", row.id): row.account_id for row in rows}
    return found


def _facts(tx: Connection, subjects: Iterable[Subject], at: datetime) -> dict[Subject, list[Any]]:
    found: dict[Subject, list[Any]] = defaultdict(list)
    columns = (
        FACT.c.subject,
        FACT.c.subject_id,
        FACT.c.field,
        FACT.c.feed,
        FACT.c.said_at,
        FACT.c.number,
        FACT.c.typed,
    )
    for some in chunks(sorted(subjects)):
        rows = tx.execute(
            select(*columns, SPELLING.c.text)
            .join(SPELLING, SPELLING.c.id == FACT.c.spelling_id)
            .where(_among(some), FACT.c.received_at <= at)
        )
        for row in rows:
            found[row.subject, row.subject_id].append(row)
    return found


def _among(subjects: Sequence[Subject]) -> ColumnElement[bool]:
    kinds = {kind for kind, _ in subjects}
    ids = {kind: [subject_id for of, subject_id in subjects if of == kind] for kind in kinds}
    return or_(*(and_(FACT.c.subject == kind, FACT.c.subject_id.in_(ids[kind])) for kind in sorted(kinds)))


def _said_of(one: Subject, accounts: dict[Subject, int], facts: dict[Subject, list[Any]]) -> list[Any]:
    account = accounts.get(one)
    own = facts.get(one, [])
    return own if account is None or one == ("account", account) else own + facts.get(("account", account), [])


def _profile(live: Live, account_id: int | None, said: Sequence[Any]) -> Profile:
    best: dict[str, Any] = {}
    trust = live.deciding.vocabulary.trust
    for row in sorted(said, key=lambda row: _rank(row, trust)):
        best.setdefault(row.field, row)
    asked = (*TEXT_FIELDS, *NUMBER_FIELDS, *live.deciding.vocabulary.fields)
    read = {name: _value(live, name, best) for name in asked}
    values = {name: value for name, value in read.items() if value is not None}
    return Profile(account_id, {name: row.text for name, row in best.items()}, values)


def _rank(row: Any, trust: Sequence[str]) -> tuple[int, int, str]:  # noqa: ANN401 - a row
    place = trust.index(row.feed) if row.feed in trust else len(trust)
    return (0 if row.typed else 1 if row.feed == US else 2 + place, -to_micros(row.said_at), row.feed)


def _value(live: Live, name: str, best: dict[str, Any]) -> Value | None:
    """Return the terms or the number of a field, None where nothing was said of it nor of what it follows from."""
    source = name if name in best else FALLBACKS.get(name, name)
    if source not in best:
        return None
    row = best[source]
    if row.number is not None and _is_number(live, name):
        return int(row.number)
    return frozenset(term for of, term in live.terms.of(source, row.text) if of == name)


def _is_number(live: Live, name: str) -> bool:
    return name in NUMBER_FIELDS or live.deciding.vocabulary.fields.get(name) == "number"


def latest_lines(tx: Connection, live: Live, subjects: Iterable[Subject], *, at: datetime) -> dict[Subject, str]:
    """Return the product line that each subject last did something about, where it named one (or its asset did)."""
    found: dict[Subject, str] = {}
    for kind in ("lead", "account"):
        for some in chunks(sorted({subject_id for of, subject_id in subjects if of == kind})):
            for row in tx.execute(_latest(kind, some, at)):
                said = (*live.terms.of("line", row.line or ""), *live.terms.of("asset", row.asset or ""))
                line = next((term for of, term in said if of == "line"), None)
                if line is not None:
                    found.setdefault((kind, row.subject_id), line)
    return found


def _latest(kind: str, ids: Sequence[int], at: datetime) -> Any:  # noqa: ANN401 - a statement
    line, asset = SPELLING.alias(), SPELLING.alias()
    of = ACTIVITY.c[f"{kind}_id"]
    place = func.row_number().over(partition_by=of, order_by=(ACTIVITY.c.occurred_at.desc(), ACTIVITY.c.id.desc()))
    said = (
        select(of.label("subject_id"), line.c.text.label("line"), asset.c.text.label("asset"), place.label("place"))
        .select_from(ACTIVITY)
        .outerjoin(line, line.c.id == ACTIVITY.c.line_id)
        .outerjoin(asset, asset.c.id == ACTIVITY.c.asset_id)
        .where(of.in_(ids), ACTIVITY.c.received_at <= at, or_(line.c.id.is_not(None), asset.c.id.is_not(None)))
        .cte("said")
    )
    return select(said).where(said.c.place <= LATEST).order_by(said.c.subject_id, said.c.place)
