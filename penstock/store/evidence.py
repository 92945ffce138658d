"""The evidence behind a score or a decision, read back: names, bands, channels and caps come from its definition
version.

Used by explain, the handoff note, exports and the test that a score recomputed from its evidence equals the stored one.
Where retention has removed an activity, it is missing from what is read, and ``gone`` says how many.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from penstock.playbook.compiled import CompiledDefinition
from penstock.playbook.conditions_sql import TERM, spells
from penstock.playbook.intent_sql import activity_columns
from penstock.playbook.tally import fit_points, intent_points, tally
from penstock.playbook.tally_hits import Hit, RuleTally
from penstock.store.engine import table
from penstock.store.statements import chunks
from penstock.store.tables import Activity, Spelling
from penstock.store.types import to_micros

ACTIVITY, SPELLING = table(Activity), table(Spelling)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a score rests on, as stored: the mask of fit rules, and (activity id, mask of intent rules) pairs, by id.

    Where a definition asks what the people of an account did: the mask of such rules that hold, and (lead id, mask of
    those it counts for) pairs.
    """

    fit_mask: int
    activities: tuple[tuple[int, int], ...]
    held: int = 0
    people: tuple[tuple[int, int], ...] = ()


def parse(text: str) -> Evidence:
    """Read evidence as stored; the order of the stored pairs means nothing."""
    fit_mask, pairs, *more = json.loads(text)
    held, crowd = more[0] if more else (0, [])
    return Evidence(fit_mask, _by_id(pairs), held, _by_id(crowd))


def _by_id(pairs: Sequence[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted((id_, mask) for id_, mask in pairs))


def rule_ids(compiled: CompiledDefinition, evidence: Evidence) -> dict[str, object]:
    """Return the evidence by rule id, for exports: fit rules, and intent rules with the ids of their activities."""
    return {
        "fit": [rule.id for rule in compiled.fit if evidence.fit_mask & rule.bit],
        "intent": {
            rule.id: ids
            # What belongs together follows from the activities of its rules.
            for rule in compiled.single
            if (ids := [activity for activity, mask in evidence.activities if mask & rule.bit])
        },
        **({"people": people} if (people := people_counted(compiled, evidence)) else {}),
    }


def people_counted(compiled: CompiledDefinition, evidence: Evidence) -> dict[str, list[int]]:
    """Return rule id → the leads that it counts, of the rules over people that hold."""
    crowds = {rule.id: rule.crowd.bit for rule in compiled.people if rule.crowd is not None}
    held = {name: bit for name, bit in crowds.items() if evidence.held & bit}
    return {name: [lead for lead, mask in evidence.people if mask & bit] for name, bit in held.items()}


@dataclass(frozen=True, slots=True)
class Recomputed:
    """Points recomputed from evidence: thousandths, with what each intent rule gives."""

    fit: int
    intent: int
    rules: tuple[RuleTally, ...]
    gone: int


def recompute(tx: Connection, compiled: CompiledDefinition, version: int, evidence: Evidence, as_of: int) -> Recomputed:
    """Recompute fit and intent at a moment (microseconds) from the activities that are still there."""
    hits = read_hits(tx, compiled, version, evidence)
    rules = tally(compiled, hits, as_of, evidence.held)
    gone = len(evidence.activities) - len(hits)
    return Recomputed(fit_points(compiled, evidence.fit_mask), intent_points(compiled, rules), rules, gone)


def read_hits(tx: Connection, compiled: CompiledDefinition, version: int, evidence: Evidence) -> list[Hit]:
    """Return the hits behind evidence, with the channel class that the version gives each activity."""
    masks = dict(evidence.activities)
    found: list[Hit] = []
    for some in chunks(sorted(masks)):
        channels = _channel_classes(tx, compiled, version, some)
        about = _interests(tx, version, some) if compiled.related else {}
        for row in tx.execute(_READ.where(ACTIVITY.c.id.in_(some))):
            at = to_micros(row.occurred_at)
            lines, assets = (frozenset(about.get((row.id, same), ())) for same in ("line", "asset"))
            found.append(Hit(row.id, at, channels.get(row.id, 0), masks[row.id], row.text, lines, assets))
    return found


_READ = select(ACTIVITY.c.id, ACTIVITY.c.occurred_at, SPELLING.c.text).join(
    SPELLING, SPELLING.c.id == ACTIVITY.c.kind_id
)


def _interests(tx: Connection, version: int, activities: Sequence[int]) -> dict[tuple[int, str], set[str]]:
    """Return (activity id, line or asset) → the lines or kinds of assets that it is about."""
    found: dict[tuple[int, str], set[str]] = {}
    for same in ("line", "asset"):
        spelt = and_(TERM.c.spelling_id == activity_columns()[same], TERM.c.version_id == version, TERM.c.field == same)
        wanted = select(ACTIVITY.c.id, TERM.c.term).select_from(ACTIVITY.join(TERM, spelt))
        for activity, term in tx.execute(wanted.where(ACTIVITY.c.id.in_(activities))):
            found.setdefault((activity, same), set()).add(term)
    return found


def _channel_classes(
    tx: Connection, compiled: CompiledDefinition, version: int, activities: Sequence[int]
) -> dict[int, int]:
    found: dict[int, int] = {}
    # The first channel of an activity's spelling that has a weight wins, as in the compiled CASE.
    for number, (name, _) in reversed(list(enumerate(compiled.channels, start=1))):
        of_channel = spells(ACTIVITY.c.channel_id, "channel", (name,), version)
        ids = tx.scalars(select(ACTIVITY.c.id).where(ACTIVITY.c.id.in_(activities), of_channel))
        found.update(dict.fromkeys(ids, number))
    return found
