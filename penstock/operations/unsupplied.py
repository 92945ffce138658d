"""Forms and lists that never supply a field that a rule asks for: points that nobody who comes that way can get.

Looked for in what landed, for `penstock doctor`: a mapping may promise a column that is always empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from penstock.playbook.compiled import compile_definition
from penstock.playbook.conditions import Known, OnList
from penstock.playbook.model import Deciding
from penstock.playbook.profile_sql import FALLBACKS
from penstock.store.engine import table
from penstock.store.tables import Batch, Fact

FACT, BATCH = table(Fact), table(Batch)
# Fewer records say nothing about what a form asks for.
LEAST_RECORDS = 20
# Said of how somebody came, not asked of them.
NOT_ASKED = frozenset({"source", "campaign"})


@dataclass(frozen=True, slots=True)
class Unsupplied:
    """A field that a stream never stated in so many records, and the rules that ask for it (``definition: rule``)."""

    feed: str
    stream: str
    records: int
    field: str
    rules: tuple[str, ...]


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
    return [
        Unsupplied(*stream, records[stream], field, rules)
        for stream in sorted(stated)
        if records[stream] >= LEAST_RECORDS
        for field, rules in _asked(deciding).items()
        if not {field, FALLBACKS.get(field, field)} & stated[stream]
    ]


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
    return (
        f"{one.stream} of {one.feed} never states {one.field} ({one.records:,} records), asked by {one.rules[0]}{more}"
    )
