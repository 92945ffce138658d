"""Why a subject did not take the other branches that its definition has: in the order in which ``decide`` asks."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from penstock.playbook.compiled import SOURCE_UNKNOWN, CompiledDefinition
from penstock.playbook.definition import EXCEPTED, Definition
from penstock.playbook.show_sentences import either

# How the reason of a decision begins where something came before any tier, and what that was.
BEFORE_TIERS = {
    "before going live": "nobody acts on what happened before going live",
    "sales says": "what sales says comes first",
    "put forward by hand": "it was put forward by hand",
    "disqualified": "whoever is disqualified goes nowhere else",
    "triage": "a person in marketing looks first",
}
# So many names are read; of more, the page of the playbook has the list.
NAMED = 4


@dataclass(frozen=True, slots=True)
class Situation:
    """What the decision rested on."""

    compiled: CompiledDefinition
    flags: int
    tier: str
    lifted: AbstractSet[str]
    branch: str
    reason: str

    @property
    def definition(self) -> Definition:
        """Return the definition as it is written."""
        return self.compiled.definition

    def holding(self, kind: str) -> list[str]:
        """Return the disqualifiers, triage rules or exceptions whose condition holds."""
        return [flag.id for flag in self.compiled.flags if flag.kind == kind and self.flags & flag.bit]


def why_not_branches(at: Situation) -> Iterator[str]:
    """Yield a sentence for each reason that keeps it from other branches of the definition."""
    first = next((why for word, why in BEFORE_TIERS.items() if at.reason.startswith(word)), "")
    kept: dict[str, list[str]] = {}
    for branch in _branches(at.definition):
        if branch != at.branch:
            why = {"out": _not_out, "triage": _not_triage}.get(branch, lambda _: "")(at)
            kept.setdefault(why or first or _not_by_tier(branch, at), []).append(branch)
    yield from (f"not {either(branches)}: {why}" for why, branches in kept.items())


def _branches(definition: Definition) -> list[str]:
    found = ["out"] if definition.disqualify else []
    found += ["triage"] if definition.triage or definition.subject == "lead" else []
    found += [tier.branch for tier in definition.tiers.values()]
    found += [rule.branch for rule in definition.exceptions.values()]
    # That nothing happens is no branch that anybody misses.
    return [branch for branch in dict.fromkeys(found) if branch != "none"]


def _not_out(at: Situation) -> str:
    """Return '' where something that came first, or a tier, has to say it."""
    holding = at.holding("out")
    if lifted := [name for name in holding if name in at.lifted]:
        return f"{', '.join(lifted)} was lifted by hand"
    return "" if holding or not at.definition.disqualify else _none_of([*at.definition.disqualify])


def _not_triage(at: Situation) -> str:
    if at.flags & SOURCE_UNKNOWN or at.holding("triage") or at.branch == "out":
        return ""
    branches = {tier.branch for tier in at.definition.tiers.values()}
    branches |= {rule.branch for rule in at.definition.exceptions.values()}
    by_tier = _not_by_tier("triage", at) if "triage" in branches else ""
    if "triage" in branches and not by_tier:  # its own tier leads there: what came before has to say it
        return ""
    clear = ["its source is clear"] if at.compiled.asks_source else []
    clear += [_none_of([*at.definition.triage])] if at.definition.triage else []
    return ", ".join(filter(None, [*clear, by_tier]))


def _none_of(names: list[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} does not hold"
    return f"none of {either(names)} holds" if len(names) <= NAMED else f"none of {len(names)} reasons for it holds"


def _not_by_tier(branch: str, at: Situation) -> str:
    """Say which tiers lead there, and whether they lie above the one reached or below it; then the exceptions."""
    tiers = [*at.definition.tiers]
    reached = tiers.index(at.tier) if at.tier in tiers else len(tiers)
    mine = [name for name in tiers if at.definition.tiers[name].branch == branch and name != at.tier]
    above = [name for name in mine if tiers.index(name) < reached]
    below = [name for name in mine if tiers.index(name) > reached]
    said = [f"tier {either(above)} is not reached"] if above else []
    said += [f"tier {at.tier} comes before {either(below)}"] if below else []
    if at.tier and at.definition.tiers[at.tier].branch == branch:
        # The tier leads there, so only an exception can have come between.
        said += [f"exception {name} comes before" for name in at.holding("exception")[:1]]
    # An exception that leads there as well would say once more what came between.
    return ", ".join(dict.fromkeys([*said, *_not_by_exception(branch, at)]))


def _not_by_exception(branch: str, at: Situation) -> Iterator[str]:
    mine = [name for name, rule in at.definition.exceptions.items() if rule.branch == branch]
    holding = at.holding("exception")
    if not mine:
        return
    if not at.tier or at.definition.tiers[at.tier].branch not in EXCEPTED:
        yield f"exception {either(mine)} is only for whoever would be for sales"
    elif before := [name for name in holding if name not in mine]:
        yield f"exception {before[0]} comes before"
    else:
        yield f"exception {either(mine)} does not hold"
