"""One subject under one definition: rules with points and evidence, gates, the way up, and what happens by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from penstock.operations.explain.activities import activity_lines
from penstock.operations.explain.ahead import fit_ahead, list_edge
from penstock.operations.explain.branches import Situation, why_not_branches
from penstock.operations.explain.shape import (
    Change,
    FitLine,
    GateLine,
    GroupLine,
    IntentLine,
    TierLine,
    UnderDefinition,
)
from penstock.operations.explain.surroundings import names_of
from penstock.playbook.compiled import CompiledDefinition, CompiledGroup, compile_definition
from penstock.playbook.conditions import Node, OnList
from penstock.playbook.definition import Definition
from penstock.playbook.judge import judge
from penstock.playbook.model import version
from penstock.playbook.most import Most, most_points
from penstock.playbook.profile_sql import FALLBACKS
from penstock.playbook.tally import (
    INTENT_CELL,
    Gate,
    fit_rules,
    gates,
    grouped,
    kept_tier,
    next_edge,
    tally,
    tier_of,
    within,
)
from penstock.playbook.tally_hits import Hit, RuleTally, ends
from penstock.routing.listed import Membership, asked_for
from penstock.routing.profile import Profile, Subject, read_profiles
from penstock.store.batch import VERDICT
from penstock.store.engine import table
from penstock.store.evidence import parse, people_counted, read_hits
from penstock.store.lifts import lifted_at, lifts_of_batch
from penstock.store.playbooks import Live
from penstock.store.tables import Decision
from penstock.store.types import from_micros, to_micros

DECISION = table(Decision)
# A tier that has not changed after so many edges will hardly do so by itself.
LOOK_AHEAD = 60


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found of the subject, to be put into words."""

    compiled: CompiledDefinition
    fit: int
    intent: int
    tier: str
    fit_mask: int
    held: int
    people: Mapping[str, Sequence[int]]
    hits: Sequence[Hit]
    rules: tuple[RuleTally, ...]
    profile: Profile
    gone: int
    flags: int
    lifted: frozenset[str]
    most: Most


def under_definition(
    tx: Connection, live: Live, definition: Definition, subject: Subject, as_of: datetime
) -> UnderDefinition:
    """Judge the subject of the batch under a definition and say why."""
    decided = _decided(tx, subject, definition.definition, as_of)
    found = _judge(tx, live, definition, subject, as_of, before=decided.tier_to if decided else "")
    tiers = tuple(_tier_line(found, name) for name in definition.tiers)
    return UnderDefinition(
        definition=definition.definition,
        title=definition.title,
        version=version(live.deciding),
        stage=decided.stage_to if decided else "lead",
        tier=found.tier,
        branch=decided.branch if decided else "none",
        since=decided.moment if decided else None,
        reason=decided.reason if decided else "nothing was decided yet",
        not_others=_not_others(found, tiers),
        not_branches=tuple(why_not_branches(_situation(found, decided))) if decided else (),
        fit=found.fit / 1000,
        fit_at_most=found.most.fit / 1000,
        intent=found.intent / 1000,
        intent_at_most=found.most.intent / 1000,
        fit_rules=tuple(_fit_lines(found)),
        intent_rules=tuple(_intent_lines(tx, found)),
        groups=tuple(_group_lines(found)),
        tiers=tiers,
        next_change=_next_change(found, as_of),
        evidence_gone=found.gone,
    )


def _judge(
    tx: Connection, live: Live, definition: Definition, subject: Subject, as_of: datetime, *, before: str
) -> _Found:
    compiled = compile_definition(definition)
    judge(tx, definition, live.deciding.vocabulary.trust, live.definition_id)
    row = tx.execute(select(VERDICT).where(VERDICT.c.definition == compiled.id)).one()
    evidence = parse(row.evidence)
    hits = read_hits(tx, compiled, live.definition_id, evidence)
    return _Found(
        compiled=compiled,
        fit=row.fit,
        intent=row.intent,
        tier=kept_tier(compiled, row.tier, row.staying, before),
        fit_mask=evidence.fit_mask,
        held=evidence.held,
        people=people_counted(compiled, evidence),
        hits=hits,
        rules=tally(compiled, hits, to_micros(as_of), evidence.held),
        profile=read_profiles(tx, live, [subject], at=as_of)[subject],
        gone=len(evidence.activities) - len(hits),
        flags=row.flags,
        lifted=lifted_at(lifts_of_batch(tx, subject[0]).get(subject[1], ()), compiled.id, as_of),
        most=most_points(definition, live.deciding.vocabulary),
    )


def _situation(found: _Found, decided: Any) -> Situation:  # noqa: ANN401 - a row
    return Situation(found.compiled, found.flags, found.tier, found.lifted, decided.branch, decided.reason)


def _decided(tx: Connection, subject: Subject, definition: str, as_of: datetime) -> Any:  # noqa: ANN401 - a row
    kind, own = subject
    mine = (DECISION.c.subject == kind, DECISION.c.subject_id == own, DECISION.c.definition == definition)
    latest = select(DECISION).where(*mine, DECISION.c.moment <= as_of).order_by(DECISION.c.moment.desc()).limit(1)
    return tx.execute(latest).one_or_none()


def _fit_lines(found: _Found) -> list[FitLine]:
    return [
        FitLine(rule.id, rule.points / 1000, because(rule.nodes, found.profile))
        for rule in fit_rules(found.compiled, found.fit_mask)
    ]


def because(nodes: Sequence[Node], profile: Profile) -> str:
    """Return the values that a condition holds for, in words."""
    return ", ".join(
        _on_list(node, profile) if isinstance(node, OnList) else _value(node.field, profile.texts) for node in nodes
    )


def _on_list(node: OnList, profile: Profile) -> str:
    """Return the lists that a condition found, with who made them and how long they hold."""
    found = asked_for(node, profile.on)
    if not found:
        return "on no such list" if node.negated else "not on the list"
    return ", ".join(_membership(one) for one in found)


def _membership(one: Membership) -> str:
    ends = ((one.since, "since"), (one.until, "until"))
    more = [one.origin, *(f"{word} {at:%d %b %Y}" for at, word in ends if at is not None)]
    said = ", ".join(part for part in more if part)
    return f"on the list {one.name}" + (f" ({said})" if said else "")


def _value(field: str, texts: Mapping[str, str]) -> str:
    """Return a field with its value as spelt, or where it follows from: the title behind a function."""
    name = field.replace("_", " ")
    if field in texts:
        return f"{name} {texts[field]}"
    source = FALLBACKS.get(field, "")
    return f'{name}, from the {source} "{texts[source]}"' if source in texts else f"{name} not known"


def _intent_lines(tx: Connection, found: _Found) -> list[IntentLine]:
    giving = [one for one in found.rules if one.activities or one.rule.id in found.people]
    names = names_of(tx, {lead for leads in found.people.values() for lead in leads})
    hits = {hit.activity_id: hit for hit in found.hits}
    lines = activity_lines(tx, {activity for one in giving for activity, _ in one.activities})
    return [
        IntentLine(
            rule=one.rule.id,
            strength=one.rule.strength,
            points=one.points / 1000,
            fresh=one.fresh / 1000,
            faded=one.faded / 1000,
            at_most=None if one.rule.cap is None else one.rule.cap / 1000,
            activities=tuple(
                lines[activity](points, from_micros(ends(one.rule, hits[activity])))
                for activity, points in one.activities
            ),
            people=tuple(names[lead] for lead in found.people.get(one.rule.id, ()) if lead in names),
        )
        for one in giving
    ]


def _group_lines(found: _Found) -> Iterator[GroupLine]:
    """Yield the groups of rules that give anything."""
    fit = {rule.id: rule.points for rule in fit_rules(found.compiled, found.fit_mask)}
    intent = {one.rule.id: one.points for one in found.rules if one.points}
    sides = (("fit", found.compiled.fit_groups, fit), ("intent", found.compiled.intent_groups, intent))
    for part, groups, given in sides:
        for group in groups:
            before = sum(given.get(name, 0) for name in group.rules)
            rules = tuple(name for name in group.rules if name in given)
            if rules:
                counts = not group.beside or _counts(group, groups, given)
                points = within(before, group.cap) / 1000 if counts else 0
                yield GroupLine(part, group.id, points, before / 1000, group.cap / 1000, rules, counts)


def _counts(group: CompiledGroup, groups: Sequence[CompiledGroup], given: Mapping[str, int]) -> bool:
    """Return whether there is anything beside a group's rules."""
    others = [one for one in groups if one != group]
    return grouped(others, {name: points for name, points in given.items() if name not in group.rules}) > 0


def _tier_line(found: _Found, name: str) -> TierLine:
    tier = found.compiled.definition.tiers[name]
    report = gates(tier.needs, found.compiled, found.fit, found.rules)
    stays = name == found.tier and not all(gate.holds for gate in report)
    if stays and tier.staying is not None:
        report = gates(tier.staying, found.compiled, found.fit, found.rules)
    lines = tuple(GateLine(gate.asks, gate.has, gate.holds) for gate in report)
    holds = all(gate.holds for gate in report)
    return TierLine(name, tier.branch, holds, lines, _would_do(found, report), stays=stays)


def _would_do(found: _Found, report: Sequence[Gate]) -> str:
    """Say what is missing, and which single new signal would make up for missing intent."""
    failing = [gate for gate in report if not gate.holds]
    if not failing:
        return ""
    said = "; ".join(_missing(gate) for gate in failing)
    short = max((gate.missing for gate in failing if gate.asks.startswith(("intent", INTENT_CELL))), default=0)
    enough = [one.rule.id for one in found.rules if short and one.rule.together is None and _room(found, one) >= short]
    return f"{said} ({' or '.join(enough[:3])} would do)" if enough else said


def _missing(gate: Gate) -> str:
    """Say what there is, or that there is nothing of what a gate names."""
    is_of_rules = gate.has in ("no", "none") and not gate.asks.startswith(INTENT_CELL)
    return f"{gate.asks} is missing" if is_of_rules else f"{gate.asks}: has {gate.has}"


def _room(found: _Found, one: RuleTally) -> int:
    """Return the points one fresh activity would add under the rule, and under its group."""
    fresh = one.rule.bands[0].points[0] if one.rule.bands else 0
    own = fresh if one.rule.cap is None else min(fresh, one.rule.cap - one.points)
    given = {tallied.rule.id: tallied.points for tallied in found.rules}
    groups = [group for group in found.compiled.intent_groups if one.rule.id in group.rules]
    return min([own, *(group.cap - sum(given[name] for name in group.rules) for group in groups)])


def _not_others(found: _Found, tiers: Sequence[TierLine]) -> tuple[str, ...]:
    """Say why each better tier was not reached."""
    better = []
    for line in tiers:
        if line.tier == found.tier:
            break
        better.append(f"not {line.tier}: {line.would_do}")
    return tuple(better)


def _next_change(found: _Found, as_of: datetime) -> Change | None:
    """Look ahead along the edges of what is known now for the first moment at which the tier differs."""
    moment = to_micros(as_of)
    for _ in range(LOOK_AHEAD):
        ends = (next_edge(found.compiled, found.hits, moment), list_edge(found.compiled, found.profile, moment))
        edge = min((end for end in ends if end is not None), default=None)
        if edge is None:
            return None
        fit = fit_ahead(found.compiled, found.profile, found.fit, edge)
        then = tally(found.compiled, found.hits, edge, found.held)
        tier = tier_of(found.compiled, fit, then, found.tier)
        if tier != found.tier:
            return Change(from_micros(edge), tier, found.compiled.definition.tiers[tier].branch if tier else "none")
        moment = edge
    return None
