"""Rules over the people of an account, said slowly for the reference evaluator: one person and activity at a time."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from penstock.playbook.compiled import CompiledIntent, Crowd


@dataclass(frozen=True, slots=True)
class Deed:
    """An activity of a person, when it occurred (microseconds) and which rules over people it meets, by id."""

    occurred_at: int
    meets: AbstractSet[str]


@dataclass(frozen=True, slots=True)
class Person:
    """One of an account's people: what was received of them, and their functions as far as anybody knows."""

    lead_id: int
    deeds: Sequence[Deed]
    functions: AbstractSet[str]


@dataclass(frozen=True, slots=True)
class CrowdVerdict:
    """Which rules hold (a mask), whom they count (lead id, mask), and the next moment at which that can change."""

    held: int = 0
    people: tuple[tuple[int, int], ...] = ()
    edge: int | None = None


def judge_people(rules: Sequence[CompiledIntent], people: Sequence[Person], as_of: int) -> CrowdVerdict:
    """Return what holds of an account's people at a moment."""
    crowds = [(rule.id, rule.crowd) for rule in rules if rule.crowd is not None]
    lately = {name: _latest(name, crowd, people, as_of) for name, crowd in crowds}
    edges = [deed.occurred_at for person in people for deed in person.deeds if deed.occurred_at > as_of]
    edges += [at + crowd.within for name, crowd in crowds for at in lately[name].values()]
    masks = {one.lead_id: sum(c.bit for name, c in crowds if one.lead_id in lately[name]) for one in people}
    held = sum(crowd.bit for name, crowd in crowds if _holds(crowd, [p for p in people if p.lead_id in lately[name]]))
    counted = tuple(sorted((lead, mask) for lead, mask in masks.items() if mask))
    return CrowdVerdict(held, counted, min(edges, default=None))


def _latest(name: str, crowd: Crowd, people: Sequence[Person], as_of: int) -> dict[int, int]:
    """Return lead id → when they last did what the rule asks, of those who did within its time."""
    found = {one.lead_id: [deed.occurred_at for deed in one.deeds if name in deed.meets] for one in people}
    lately = {lead: [at for at in times if 0 <= as_of - at < crowd.within] for lead, times in found.items()}
    return {lead: max(times) for lead, times in lately.items() if times}


def _holds(crowd: Crowd, people: Sequence[Person]) -> bool:
    functions = {function for person in people for function in person.functions}
    return len(people) >= crowd.at_least and functions.issuperset(crowd.roles)
