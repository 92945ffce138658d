"""One subject under one definition: rules with points and evidence, gates, the way up, and what happens by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from penstock.operations.explain.activities import activity_lines
from penstock.operations.explain.ahead import next_change, read_people
from penstock.operations.explain.branches import Situation, why_not_branches
from penstock.operations.explain.fading import less_from
from penstock.operations.explain.found import Found
from penstock.operations.explain.missing import tier_line
from penstock.operations.explain.shape import (
    ActivityLine,
    FitLine,
    GroupLine,
    IntentLine,
    TierLine,
    UnderDefinition,
)
from penstock.operations.explain.surroundings import names_of
from penstock.operations.explain.unknown import unknown
from penstock.playbook.compiled import CompiledGroup, compile_definition
from penstock.playbook.conditions import Node, OnList
from penstock.playbook.decide import DISQUALIFIED
from penstock.playbook.definition import Definition
from penstock.playbook.judge import judge
from penstock.playbook.model import version
from penstock.playbook.most import most_points
from penstock.playbook.profile_sql import FALLBACKS
from penstock.playbook.show_sentences import either
from penstock.playbook.tally import (
    fit_rules,
    grouped,
    kept_tier,
    tally,
    within,
)
from penstock.playbook.tally_hits import Hit, RuleTally, ends
from penstock.routing.listed import Membership, asked_for
from penstock.routing.profile import Profile, Subject
from penstock.store.batch import VERDICT
from penstock.store.engine import table
from penstock.store.evidence import parse, people_counted, read_hits
from penstock.store.lifts import lifted_at, lifts_of_batch
from penstock.store.playbooks import Live
from penstock.store.tables import Decision
from penstock.store.types import from_micros, to_micros

DECISION = table(Decision)


def under_definition(
    tx: Connection, live: Live, definition: Definition, subject: Subject, as_of: datetime, *, profile: Profile
) -> UnderDefinition:
    """Judge the subject of the batch, with its profile then, under a definition and say why."""
    decided = _decided(tx, subject, definition.definition, as_of)
    before = decided.tier_to if decided else ""
    found = _judge(tx, live, definition, subject, as_of, profile=profile, before=before)
    tiers = tuple(tier_line(found, name) for name in definition.tiers)
    return UnderDefinition(
        definition=definition.definition,
        title=definition.title,
        version=version(live.deciding),
        stage=decided.stage_to if decided else "lead",
        tier=found.tier,
        branch=decided.branch if decided else "none",
        since=decided.moment if decided else None,
        reason=_reason(found, decided),
        not_others=_not_others(found, tiers),
        not_branches=tuple(why_not_branches(_situation(found, decided))) if decided else (),
        fit=found.fit / 1000,
        fit_at_most=found.most.fit / 1000,
        intent=found.intent / 1000,
        intent_at_most=found.most.intent / 1000,
        fit_rules=tuple(_fit_lines(found)),
        unknown=unknown(found.compiled, profile),
        intent_rules=tuple(_intent_lines(tx, found, as_of)),
        groups=tuple(_group_lines(found)),
        tiers=tiers,
        next_change=next_change(found, as_of),
        evidence_gone=found.gone,
    )


def _judge(
    tx: Connection,
    live: Live,
    definition: Definition,
    subject: Subject,
    as_of: datetime,
    profile: Profile,
    *,
    before: str,
) -> Found:
    compiled = compile_definition(definition)
    judge(tx, definition, live.deciding.vocabulary.trust, live.definition_id)
    row = tx.execute(select(VERDICT).where(VERDICT.c.definition == compiled.id)).one()
    evidence = parse(row.evidence)
    hits = read_hits(tx, compiled, live.definition_id, evidence)
    account = profile.account_id if evidence.held else None
    return Found(
        compiled=compiled,
        fit=row.fit,
        intent=row.intent,
        tier=kept_tier(compiled, row.tier, row.staying, before),
        fit_mask=evidence.fit_mask,
        held=evidence.held,
        people=people_counted(compiled, evidence),
        colleagues=() if account is None else read_people(tx, live, compiled, account, as_of),
        hits=hits,
        rules=tally(compiled, hits, to_micros(as_of), evidence.held),
        profile=profile,
        gone=len(evidence.activities) - len(hits),
        flags=row.flags,
        lifted=lifted_at(lifts_of_batch(tx, subject[0]).get(subject[1], ()), compiled.id, as_of),
        most=most_points(definition, live.deciding.vocabulary),
        vocabulary=live.deciding.vocabulary,
    )


def _situation(found: Found, decided: Any) -> Situation:  # noqa: ANN401 - a row
    return Situation(found.compiled, found.flags, found.tier, found.lifted, decided.branch, decided.reason)


def _reason(found: Found, decided: Any) -> str:  # noqa: ANN401 - a row
    """Return the reason of the last decision, with the disqualifiers that hold by now.

    While one is left, others come and go without anything to decide.
    """
    if decided is None:
        return "nothing was decided yet"
    holding = [flag.id for flag in found.compiled.flags if flag.kind == "out" and found.flags & flag.bit]
    counted = [name for name in holding if name not in found.lifted]
    if decided.branch != "out" or not counted or not decided.reason.startswith(DISQUALIFIED):
        return str(decided.reason)
    lifted = "; lifted by hand: " + ", ".join(name for name in holding if name in found.lifted)
    return f"{DISQUALIFIED}{', '.join(counted)}{lifted if len(counted) < len(holding) else ''}"


def _decided(tx: Connection, subject: Subject, definition: str, as_of: datetime) -> Any:  # noqa: ANN401 - a row
    kind, own = subject
    mine = (DECISION.c.subject == kind, DECISION.c.subject_id == own, DECISION.c.definition == definition)
    latest = select(DECISION).where(*mine, DECISION.c.moment <= as_of).order_by(DECISION.c.moment.desc()).limit(1)
    return tx.execute(latest).one_or_none()


def _fit_lines(found: Found) -> list[FitLine]:
    return [
        FitLine(rule.id, rule.points / 1000, because(rule.nodes, found.profile))
        for rule in fit_rules(found.compiled, found.fit_mask)
    ]


def because(nodes: Sequence[Node], profile: Profile) -> str:
    """Return the values that a condition holds for, in words."""
    return ", ".join(
        _on_list(node, profile) if isinstance(node, OnList) else _value(node.field, profile) for node in nodes
    )


def _on_list(node: OnList, profile: Profile) -> str:
    """Return the lists that a condition found, with who made them and how long they hold."""
    found = asked_for(node, profile.on)
    if not found:
        return "on no such list" if node.negated else "not on the list"
    return ", ".join(_membership(one) for one in found)


def _membership(one: Membership) -> str:
    ends = ((one.first, "since"), (one.last, "until"))
    more = [one.origin, *(f"{word} {_end(at)}" for at, word in ends if at is not None)]
    said = ", ".join(part for part in more if part)
    return f"on the list {one.name}" + (f" ({said})" if said else "")


def _end(at: date | datetime) -> str:
    """Return a day as it was meant, or a moment in UTC, as every other one here."""
    return f"{at:%d %b %Y %H:%M}" if isinstance(at, datetime) else f"{at:%d %b %Y}"


def _value(field: str, profile: Profile) -> str:
    """Return a field with its value as spelt, or what follows from another: the function that a title speaks of."""
    name, texts = field.replace("_", " "), profile.texts
    if field in texts:
        return f"{name} {texts[field]}"
    source = FALLBACKS.get(field, "")
    if source not in texts:
        return f"{name} not known"
    terms = profile.values.get(field)
    said = f"{name} {either(sorted(terms), 'and')}" if isinstance(terms, frozenset) and terms else name
    return f'{said}, from the {source} "{texts[source]}"'


def _intent_lines(tx: Connection, found: Found, as_of: datetime) -> list[IntentLine]:
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
            activities=tuple(_activity_lines(one, hits, lines)),
            people=tuple(names[lead] for lead in found.people.get(one.rule.id, ()) if lead in names),
            less_from=None if (less := less_from(one, found.hits, to_micros(as_of))) is None else from_micros(less),
        )
        for one in giving
    ]


def _activity_lines(
    one: RuleTally, hits: Mapping[int, Hit], lines: Mapping[int, Callable[[int, datetime, bool], ActivityLine]]
) -> list[ActivityLine]:
    """Return what stands behind a rule, the oldest first; a rule over words quotes what was said."""
    by_text = any(node.field == "text" for node in one.rule.nodes)
    found = (
        lines[activity](points, from_micros(ends(one.rule, hits[activity])), by_text)
        for activity, points in one.activities
    )
    return sorted(found, key=lambda line: (line.at, line.activity_id))


def _group_lines(found: Found) -> Iterator[GroupLine]:
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


def _not_others(found: Found, tiers: Sequence[TierLine]) -> tuple[str, ...]:
    """Say why each better tier was not reached."""
    better = []
    for line in tiers:
        if line.tier == found.tier:
            break
        better.append(f"not {line.tier}: {line.would_do}")
    return tuple(better)
