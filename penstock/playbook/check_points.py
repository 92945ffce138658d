"""Checks that each tier can be reached: its gates against the most points there are and the tiers before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from penstock.counts import counted
from penstock.playbook.check_findings import Findings
from penstock.playbook.compiled import STRENGTHS, compile_definition
from penstock.playbook.definition import Definition, Needs, Signals
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.most import ENDLESS, Most, most_points
from penstock.playbook.values import points_text


def check_points(playbook: Playbook, found: Findings) -> None:
    """Find tiers that nobody can reach."""
    for name, definition in playbook.deciding.definitions.items():
        root: KeyPath = ("definitions", name, "tiers")
        most = most_points(definition, playbook.deciding.vocabulary)
        for tier, rule in definition.tiers.items():
            _thresholds((*root, tier, "needs"), rule.needs, most, found)
            if rule.needs.signals is not None:
                _signals((*root, tier, "needs", "signals"), rule.needs.signals, definition, found)
        for (first, before), (tier, after) in combinations(definition.tiers.items(), 2):
            if implies(after.needs, before.needs):
                what = f"{tier} is never reached: whoever meets it meets {first} before"
                found.error((*root, tier), what, f"put {tier} before {first}, or let {first} need more")


def _thresholds(path: KeyPath, needs: Needs, most: Most, found: Findings) -> None:
    for word, least, possible in (
        ("fit", needs.fit, most.fit),
        ("intent", needs.intent, most.intent),
        ("total", needs.total, most.total),
    ):
        if least is not None and least > possible:
            what = f"nobody can have {word} {points_text(least)}: the rules give at most {points_text(possible)}"
            found.error((*path, word), what, "lower it, or give the rules more points")


def _signals(path: KeyPath, signals: Signals, definition: Definition, found: Findings) -> None:
    """One count that can be met is enough for the tier; beside it, one that cannot is only odd."""
    if (signals.high, signals.medium, signals.low) == (None, None, None):
        found.error(path, "signals counts nothing, so nobody has enough", "write for example {high: 1, medium: 2}")
    rules = _most_signals(signals, definition)
    needed = {strength: getattr(signals, strength) for strength in STRENGTHS if getattr(signals, strength) is not None}
    short = {strength: least for strength, least in needed.items() if least > rules[strength]}
    for strength, least in short.items():
        there_are = rules[strength]
        what = f"{counted(least, f'{strength} signal')} {'is' if least == 1 else 'are'} needed, but "
        if signals.different == "kinds":
            hit = "hits" if there_are == 1 else "hit"
            what += f"{counted(there_are, 'kind')} of activity {hit} rules that have the strength {strength}"
        else:
            what += f"{counted(there_are, 'rule')} {'has' if there_are == 1 else 'have'} the strength {strength}"
        say = found.error if len(short) == len(needed) else found.warn
        say((*path, strength), what, "need fewer, or give rules that strength")


def _most_signals(signals: Signals, definition: Definition) -> dict[str, int]:
    """Return strength → how many different signals there can be."""
    speaking = [rule for rule in compile_definition(definition).signals if rule.points > 0]
    if signals.different == "rules":
        counted = Counter(rule.strength for rule in speaking)
        return {strength: counted[strength] for strength in STRENGTHS}
    written = {rule.id: definition.intent.rules[rule.id].kinds for rule in speaking if rule.is_single}
    kinds = {name: [written[r.id] for r in speaking if r.id in written and r.strength == name] for name in STRENGTHS}
    return {name: _most_kinds(named) for name, named in kinds.items()}


def _most_kinds(named: Sequence[Sequence[str]]) -> int:
    """Return how many kinds of activity can hit rules that name these; a rule that names none is hit by any."""
    return len({kind for kinds in named for kind in kinds}) if all(named) else ENDLESS


def implies(after: Needs, before: Needs) -> bool:
    """Return whether whoever meets ``after`` meets ``before`` for certain."""
    totals = after.total, None if after.fit is None or after.intent is None else after.fit + after.intent
    return (
        _at_least((after.fit,), before.fit)
        and _at_least((after.intent,), before.intent)
        and _at_least(totals, before.total)
        and (not before.grades or (bool(after.grades) and set(after.grades) <= set(before.grades)))
        and set(before.all) <= _certain(after)
        and _one_of(after, set(before.any))
        and _enough(after.signals, before.signals)
    )


def _at_least(known: tuple[int | None, ...], needed: int | None) -> bool:
    return needed is None or any(points is not None and points >= needed for points in known)


def _certain(needs: Needs) -> set[str]:
    only = needs.any if len(needs.any) == 1 else []
    return {*needs.all, *only}


def _one_of(after: Needs, rules: set[str]) -> bool:
    return not rules or bool(_certain(after) & rules) or (bool(after.any) and set(after.any) <= rules)


def _enough(after: Signals | None, before: Signals | None) -> bool:
    """Each count that is enough for ``after`` must be enough for ``before``; either names only some strengths."""
    if before is None or after is None:
        return before is None
    if after.different != before.different:
        return False
    counts = [(getattr(after, strength), getattr(before, strength)) for strength in STRENGTHS]
    return all(less is not None and more >= less for more, less in counts if more is not None)
