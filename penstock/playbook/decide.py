"""From a verdict to a decision: stage, tier, branch and the reason; pure, called by the qualify operation.

Scoring moves a stage only while sales does not hold the lead; from *working* on only dispositions and outcomes move it
(A2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from penstock.playbook.compiled import ENGAGED, SOURCE_UNKNOWN, CompiledDefinition
from penstock.playbook.definition import ENROLLING, EXCEPTED, STAGE_OF_BRANCH, Definition
from penstock.playbook.values import points_text

# Stages in which sales holds the lead: scoring still decides the tier, and moves nothing else.
HELD_STAGES = frozenset({"working", "sql", "evaluation", "opportunity", "customer"})
# In the reason of a decision, by which the list of those in triage tells what to do.
UNKNOWN_SOURCE = "source not in the vocabulary"
NO_ROUTE = "no route for it"
# How the reason of a decision begins, before the names of the disqualifiers that hold.
DISQUALIFIED = "disqualified: "
ACTED_ON = frozenset({"sales", *ENROLLING})


@dataclass(frozen=True, slots=True)
class Standing:
    """How a subject stood under the definition before this moment."""

    stage: str
    tier: str
    branch: str


@dataclass(frozen=True, slots=True)
class SalesWord:
    """What people had said by the moment: the stage that sales holds it in, or since when it was sent back, or put
    forward.
    """

    stage: str = ""
    since: datetime | None = None
    why: str = ""
    answers: bool = False
    """Whether the stage was said of a handoff, which is the lead's then."""
    promoted: str = ""
    """The reason of a promotion that nothing said by sales came after."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the statement found for one subject at one moment; points in thousandths."""

    subject_id: int
    as_of: datetime
    fit: int
    intent: int
    tier: str
    flags: int
    evidence: str
    live: bool
    """Whether something that occurred after going live had been received."""
    routable: bool = True
    lifted: frozenset[str] = frozenset()
    """Disqualifiers that a person has lifted for the subject."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The outcome of one moment."""

    stage: str
    tier: str
    branch: str
    reason: str
    cooling_until: datetime | None = None
    exception: str = ""
    """The named exception that the branch follows from."""
    by_points: bool = False
    """Whether the points belong to the reason; apart from it, for whoever stands alike is decided alike with any."""
    remark: str = ""

    def told(self, fit: int, intent: int) -> str:
        """Return the reason in full, with the points where they belong to it."""
        points = f": fit {points_text(fit)}, intent {points_text(intent)}" if self.by_points else ""
        return f"{self.reason}{points}{self.remark}"

    def changes(self, before: Standing | None) -> bool:
        """Whether a decision is to be written: the first one, or a change of stage, tier or branch."""
        return before is None or (before.stage, before.tier, before.branch) != (self.stage, self.tier, self.branch)

    def asks_to_act(self, before: Standing | None, definition: Definition) -> bool:
        """Whether route or nurture has something new to do: the branch is theirs and was not before, or the tier of
        what sales has rises.

        Of a customer nobody in sales waits to hear: the deal is won, and its handoff closed.
        """
        if self.branch not in ACTED_ON:
            return False
        if before is None or before.branch != self.branch:
            return True
        return self.branch == "sales" and self.stage != "customer" and definition.rises(before.tier, self.tier)


NOTHING_SAID = SalesWord()


def decide(
    compiled: CompiledDefinition, found: Verdict, before: Standing | None, said: SalesWord = NOTHING_SAID
) -> Decided:
    """Return the decision of one moment; what people said comes first, then disqualifiers, triage, cooldown, tiers."""
    decided = (
        _held_by_sales(found, before, said)
        or _put_forward(found, said)
        or _disqualified(compiled, found)
        or _unclear(compiled, found)
        or _cooling(compiled, found, said)
        or _by_tier(compiled, found)
    )
    if lifted := [name for name in _raised(compiled, found, "out") if name in found.lifted]:
        decided = replace(decided, remark=f"; lifted by hand: {', '.join(lifted)}")
    if found.live:
        return decided
    # History is scored and staged, and nobody acts on it.
    return replace(decided, branch="baseline", reason=f"before going live: {decided.reason}")


def _held_by_sales(found: Verdict, before: Standing | None, said: SalesWord) -> Decided | None:
    if said.stage in HELD_STAGES:
        kept = before.branch if before is not None and before.branch in ACTED_ON else "none"
        # Whoever works on a handoff has the lead, also where its tier fell since or a rejection is taken back.
        branch = "sales" if said.answers else kept
        return Decided(said.stage, found.tier, branch, f"sales says {said.why}")
    if said.stage == "disqualified" and not said.promoted:
        return Decided("disqualified", found.tier, "out", f"sales says {said.why}")
    return None


def _put_forward(found: Verdict, said: SalesWord) -> Decided | None:
    if not said.promoted:
        return None
    return Decided("mql", found.tier, "sales", f"put forward by hand: {said.promoted}")


def _disqualified(compiled: CompiledDefinition, found: Verdict) -> Decided | None:
    names = [name for name in _raised(compiled, found, "out") if name not in found.lifted]
    return Decided("disqualified", found.tier, "out", f"{DISQUALIFIED}{', '.join(names)}") if names else None


def _unclear(compiled: CompiledDefinition, found: Verdict) -> Decided | None:
    names = _raised(compiled, found, "triage")
    if found.flags & SOURCE_UNKNOWN:
        names = [UNKNOWN_SOURCE, *names]
    return Decided("triage", found.tier, "triage", f"triage: {', '.join(names)}") if names else None


def _raised(compiled: CompiledDefinition, found: Verdict, kind: str) -> list[str]:
    return [flag.id for flag in compiled.flags if flag.kind == kind and found.flags & flag.bit]


def _cooling(compiled: CompiledDefinition, found: Verdict, said: SalesWord) -> Decided | None:
    """Keep a lead that sales sent back in nurture until the cooldown has passed."""
    if said.since is None or said.stage != "nurture":
        return None
    until = said.since + compiled.definition.cooldown.length
    if until <= found.as_of:
        return None
    reason = f"sales says {said.why}; no new handoff before {until:%Y-%m-%d}"
    return Decided("nurture", found.tier, "nurture", reason, cooling_until=until)


def branch_of(compiled: CompiledDefinition, found: Verdict) -> tuple[str, str]:
    """Return the branch of a verdict's tier, and the named exception that it follows from where there is one."""
    branch: str = compiled.definition.tiers[found.tier].branch
    names = _raised(compiled, found, "exception") if branch in EXCEPTED else []
    return (compiled.definition.exceptions[names[0]].branch, names[0]) if names else (branch, "")


def _by_tier(compiled: CompiledDefinition, found: Verdict) -> Decided:
    if not found.tier:
        # Below every tier, yet not silent.
        stage = "engaged" if found.flags & ENGAGED else "lead"
        return Decided(stage, "", "none", "no tier", by_points=True)
    branch, exception = branch_of(compiled, found)
    reason = f"tier {found.tier}"
    if branch == "sales" and not found.routable:
        return Decided("triage", found.tier, "triage", f"triage: {NO_ROUTE}; {reason}", by_points=True)
    if exception:
        reason = f"exception {exception}; {reason}"
    own = None if exception else compiled.definition.tiers[found.tier].stage
    stage = own or STAGE_OF_BRANCH[branch]
    return Decided(stage, found.tier, branch, reason, exception=exception, by_points=True)
