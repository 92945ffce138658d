"""Rules over the people of an account, as CTEs: who of them did what lately, worked out once per account and moment.

However many leads of an account are judged at one moment, its activities are read once.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Text,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    true,
    type_coerce,
)

from penstock.playbook.compiled import CompiledDefinition, CompiledIntent, Crowd
from penstock.playbook.conditions_sql import Columns, Version, condition, spells
from penstock.playbook.intent_sql import ACTIVITY, NEVER, activity_columns, line_counts, micros
from penstock.playbook.points_sql import total
from penstock.playbook.profile_sql import LEAD, Asked, profile
from penstock.store.batch import BATCH
from penstock.store.dialect import JoinedPieces, Smallest

ROLE = "function"


def people(compiled: CompiledDefinition, trust: Sequence[str], version: Version, dialect: str) -> CTE:
    """Return the CTE of one row per subject and moment whose account has people that did anything: the mask of rules
    that hold, [lead, mask] pairs, the next moment at which somebody counts no more, or something lies no longer ahead.
    """
    companies = _companies(compiled, version)
    crowd = _crowd(compiled, _did(compiled, companies, version), Asked((ROLE,), frozenset(), trust, version), dialect)
    same = and_(crowd.c.account_id == companies.c.account_id, crowd.c.as_of == companies.c.as_of)
    columns = (crowd.c.held, crowd.c.people, crowd.c.edge)
    chosen = select(companies.c.subject_id, companies.c.as_of, *columns).select_from(companies.join(crowd, same))
    return chosen.cte("people")


def _companies(compiled: CompiledDefinition, version: Version) -> CTE:
    """Return each subject of the batch with its present account."""
    b = BATCH.c
    if compiled.definition.subject == "account":
        found = select(b.subject_id, b.subject_id.label("account_id"), b.as_of)
    else:
        found = select(b.subject_id, LEAD.c.account_id, b.as_of).join(LEAD, LEAD.c.id == b.subject_id)
        # Whoever is of no account has no colleagues to count.
        found = found.where(LEAD.c.account_id.is_not(None))
    return found.where(b.version_id == version).cte("companies").prefix_with("MATERIALIZED")


def _did(compiled: CompiledDefinition, companies: CTE, version: Version) -> CTE:
    """Return the people who did anything in the window: for each rule the latest activity that meets it."""
    moments = select(companies.c.account_id, companies.c.as_of).distinct().cte("companies_once")
    a, m = ACTIVITY.c, moments.c
    age = micros(m.as_of) - micros(a.occurred_at)
    window = max(_crowd_of(rule).within for rule in compiled.people)
    person = LEAD.alias("person")
    theirs = moments.join(person, person.c.account_id == m.account_id).join(
        ACTIVITY,
        and_(
            a.lead_id == person.c.id,
            a.received_at <= m.as_of,
            micros(a.occurred_at) > micros(m.as_of) - window,
        ),
    )
    latest = [func.max(case((_counts(rule, age, version), micros(a.occurred_at)))) for rule in compiled.people]
    return (
        select(
            m.account_id,
            m.as_of,
            person.c.id.label("subject_id"),
            *(column.label(f"t{number}") for number, column in enumerate(latest)),
            # A webinar next week counts from then on: its beginning is an edge too.
            func.min(case((age < 0, micros(a.occurred_at)), else_=NEVER)).label("ahead"),
        )
        .select_from(theirs)
        .where(line_counts(compiled, version))
        .group_by(m.account_id, m.as_of, person.c.id)
        .cte("did")
        .prefix_with("MATERIALIZED")
    )


def _crowd_of(rule: CompiledIntent) -> Crowd:
    if rule.crowd is None:
        msg = f"{rule.id} asks no people"
        raise ValueError(msg)
    return rule.crowd


def _counts(rule: CompiledIntent, age: ColumnElement[int], version: Version) -> ColumnElement[bool]:
    lately = and_(age >= 0, age < _crowd_of(rule).within)
    return and_(lately, condition(rule.nodes, activity_columns(), version))


def _crowd(compiled: CompiledDefinition, did: CTE, asked: Asked, dialect: str) -> CTE:
    roles, columns = _roles(compiled, did, asked, dialect)
    d = did.c
    mask = total([case((d[f"t{n}"].is_not(None), _crowd_of(r).bit), else_=0) for n, r in enumerate(compiled.people)])
    pair = case((mask != 0, "[" + cast(d.subject_id, Text) + "," + cast(mask, Text) + "]"))
    held = total([
        case((_holds(rule, d[f"t{n}"], columns, asked.version), _crowd_of(rule).bit), else_=0)
        for n, rule in enumerate(compiled.people)
    ])  # fmt: skip
    ends = [
        case((d[f"t{n}"].is_(None), NEVER), else_=d[f"t{n}"] + _crowd_of(rule).within)
        for n, rule in enumerate(compiled.people)
    ]
    edge = func.nullif(func.min(Smallest(d.ahead, *ends)), NEVER)
    joined: FromClause = did
    if roles is not None:
        joined = did.outerjoin(roles, and_(roles.c.subject_id == d.subject_id, roles.c.as_of == d.as_of))
    return (
        select(
            d.account_id,
            d.as_of,
            held.label("held"),
            func.coalesce(JoinedPieces(pair, d.subject_id), "").label("people"),
            cast(edge, BigInteger).label("edge"),
        )
        .select_from(joined)
        .group_by(d.account_id, d.as_of)
        .cte("crowd")
    )


def _roles(compiled: CompiledDefinition, did: CTE, asked: Asked, dialect: str) -> tuple[CTE | None, Columns]:
    """Return the profile of everybody whose role a rule asks for: of those who did what it counts."""
    d = did.c
    counted = [d[f"t{n}"].is_not(None) for n, rule in enumerate(compiled.people) if _crowd_of(rule).roles]
    if not counted:
        return None, {}
    people = (d.subject_id, d.as_of, type_coerce(asked.version, BigInteger).label("version_id"))
    batch = select(*people).where(or_(*counted)).cte("person_batch").prefix_with("MATERIALIZED")
    return profile("lead", asked, dialect, of=batch, prefix="person_")


def _holds(rule: CompiledIntent, latest: ColumnElement[int], columns: Columns, version: Version) -> ColumnElement[bool]:
    """Return whether enough people of an account count, and the roles are among them."""
    crowd = _crowd_of(rule)
    held = [func.count(latest) >= crowd.at_least]
    for role in crowd.roles:
        is_one = and_(latest.is_not(None), spells(columns[ROLE], ROLE, (role,), version))
        held.append(func.max(case((is_one, 1), else_=0)) == 1)
    return and_(true(), *held)
