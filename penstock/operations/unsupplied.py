"""Forms, lists and gated assets that never supply a field that a rule asks for: points that nobody who comes that way
can get.

Looked for in what landed, for `penstock doctor` and `penstock playbook check`: a mapping may promise a column that is
always empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from penstock.counts import counted
from penstock.errors import Problem
from penstock.operations.open_checked import read_if_fit
from penstock.playbook.compiled import compile_definition
from penstock.playbook.conditions import Condition, Known, OnList
from penstock.playbook.load_conditions import PROFILE_WORDS
from penstock.playbook.load_examples import MORE_FIELDS
from penstock.playbook.load_files import Loaded
from penstock.playbook.load_places import closest
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Deciding
from penstock.playbook.profile_sql import FALLBACKS
from penstock.store.engine import table
from penstock.store.tables import Activity, Batch, Fact, Spelling

FACT, BATCH, ACTIVITY, SPELLING = table(Fact), table(Batch), table(Activity), table(Spelling)
LATEST = 20_000
# Fewer records say nothing about what a form asks for.
LEAST_RECORDS = 20
# Said of how somebody came, or read from the address: not asked of them.
NOT_ASKED = frozenset({"source", "campaign", "email_type"})


@dataclass(frozen=True, slots=True)
class Unsupplied:
    """A field that a stream never stated in so many records, and the rules that ask for it (``definition: rule``)."""

    feed: str
    stream: str
    records: int
    field: str
    rules: tuple[str, ...]
    asset: str = ""
    """The gated asset whose form does not ask for it, where others of the stream do."""
    instead: str = ""
    """What the stream states that no playbook knows, and that is spelt much the same."""


def read_unsupplied(tx: Connection, deciding: Deciding) -> list[Unsupplied]:
    """Return what streams that state facts at all never state, by stream and field."""
    stated: dict[tuple[str, str], set[str]] = defaultdict(set)
    said = select(BATCH.c.feed, BATCH.c.stream, FACT.c.field).select_from(
        FACT.join(BATCH, BATCH.c.id == FACT.c.batch_id)
    )
    for row in tx.execute(said.distinct()):
        stated[row.feed, row.stream].add(row.field)
    landed = select(BATCH.c.feed, BATCH.c.stream, func.sum(BATCH.c.landed).label("records"))
    records = {
        (row.feed, row.stream): int(row.records or 0)
        for row in tx.execute(landed.group_by(BATCH.c.feed, BATCH.c.stream))
    }
    asked = _asked(deciding)
    known = {*PROFILE_WORDS, *MORE_FIELDS, *deciding.vocabulary.fields}
    found = [
        Unsupplied(*stream, records[stream], field, rules, instead=closest(field, stated[stream] - known) or "")
        for stream in sorted(stated)
        if records[stream] >= LEAST_RECORDS
        for field, rules in asked.items()
        if not _supplies(stated[stream], field)
    ]
    told = {(one.feed, one.stream, one.field) for one in found}
    return found + [one for one in _of_assets(tx, asked) if (one.feed, one.stream, one.field) not in told]


def _supplies(stated: Collection[str], field: str) -> bool:
    return field in stated or FALLBACKS.get(field, field) in stated


def _of_assets(tx: Connection, asked: Mapping[str, tuple[str, ...]]) -> Iterator[Unsupplied]:
    """Yield what gated assets never supply: those whose records state anything of the person at all.

    Of the latest activities only: what a form asked for years ago says nothing, and the store may hold millions.
    """
    a = ACTIVITY.c
    latest = select(a.id, a.feed, a.stream, a.lead_id, a.occurred_at, a.asset_id)
    latest = latest.where(a.asset_id.is_not(None), a.lead_id.is_not(None)).order_by(a.id.desc()).limit(LATEST)
    of = latest.subquery("latest")
    its = and_(
        FACT.c.subject == "lead", FACT.c.subject_id == of.c.lead_id,
        FACT.c.feed == of.c.feed, FACT.c.said_at == of.c.occurred_at, FACT.c.field.not_in(NOT_ASKED),
    )  # fmt: skip
    key = (of.c.feed, of.c.stream, SPELLING.c.text)
    told = of.join(FACT, its).join(SPELLING, SPELLING.c.id == of.c.asset_id)
    fields: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for feed, stream, asset, field in tx.execute(select(*key, FACT.c.field).select_from(told).distinct()):
        fields[feed, stream, asset].add(field)
    each = select(*key, func.count(of.c.id.distinct())).select_from(told).group_by(*key)
    for feed, stream, asset, records in sorted(tx.execute(each).tuples()):
        if records >= LEAST_RECORDS:
            lacking = (name for name in asked if not _supplies(fields[feed, stream, asset], name))
            yield from (Unsupplied(feed, stream, records, name, asked[name], asset) for name in lacking)


def _asked(deciding: Deciding) -> Mapping[str, tuple[str, ...]]:
    """Return field → the rules that need its value; those that ask whether it is missing need none."""
    found: dict[str, list[str]] = defaultdict(list)
    for definition in deciding.definitions.values():
        compiled = compile_definition(definition)
        rules = [(rule.id, rule.nodes) for rule in compiled.fit] + [(flag.id, flag.nodes) for flag in compiled.flags]
        for name, nodes in rules:
            for node in nodes:
                if not isinstance(node, Known | OnList) and node.field not in NOT_ASKED:
                    found[node.field].append(f"{compiled.id}: {name}")
    return {field: tuple(dict.fromkeys(rules)) for field, rules in found.items()}


def in_words(one: Unsupplied) -> str:
    """Return a line about it."""
    more = f" and {len(one.rules) - 1} more" if len(one.rules) > 1 else ""
    return f"{_said(one)} ({counted(one.records, 'record')}), asked by {one.rules[0]}{more}"


def _said(one: Unsupplied) -> str:
    who = f'the form of "{one.asset}" in {one.stream} of {one.feed}' if one.asset else f"{one.stream} of {one.feed}"
    return f"{who} never states {one.field}" + (f", but {one.instead}" if one.instead else "")


def odd_by_what_landed(url: str, loaded: Loaded) -> tuple[Problem, ...]:
    """Return what never supplies a field, at the rule that needs it; none where there is no store of this version."""
    lacking = read_if_fit(url, lambda tx: read_unsupplied(tx, loaded.playbook.deciding)) or []
    places = _places(loaded.playbook.deciding)
    remedy = "ask for it there, map its column, or let another feed supply it"
    return tuple(
        loaded.places.problem(places[one.field], f"{_said(one)} ({counted(one.records, 'record')})", remedy)
        for one in lacking
    )


def _places(deciding: Deciding) -> dict[str, KeyPath]:
    """Return field → the first rule that needs it."""
    found: dict[str, KeyPath] = {}
    for name, definition in deciding.definitions.items():
        sides: dict[KeyPath, Mapping[str, Condition]] = {
            ("fit", "rules"): definition.fit.rules, ("disqualify",): definition.disqualify,
            ("triage",): definition.triage, ("exceptions",): definition.exceptions,
        }  # fmt: skip
        for path, rules in sides.items():
            for rule, condition in rules.items():
                for node in condition.nodes:
                    if not isinstance(node, Known | OnList):
                        found.setdefault(node.field, ("definitions", name, *path, rule, node.field))
    return found
