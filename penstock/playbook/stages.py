"""Stages in their order: the built-in ones, and where a playbook puts its own; for deciding which stands higher."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.playbook.operations import Stage

# From the lowest. Triage stands above what has no consequence, so that a person in marketing sees it; disqualified
# stands below everything, because another line may still want the lead.
STAGES = (
    "disqualified", "lead", "engaged", "triage", "nurture", "partner", "mql", "working", "sql", "evaluation",
    "opportunity", "customer",
)  # fmt: skip
# What scoring may say: from working on only sales does, and a disqualifier has its branch.
SCORED = ("lead", "engaged", "nurture", "partner", "mql")


def in_order(stages: Mapping[str, Stage]) -> list[str]:
    """Return all stages from the lowest, the playbook's own right above the one that they come after."""
    found, left = list(STAGES), {name: stage for name, stage in stages.items() if name not in STAGES}
    while placed := [name for name, stage in left.items() if stage.after in found]:
        for name in reversed(placed):  # those above the same one in the order written
            found.insert(found.index(str(left.pop(name).after)) + 1, name)
    return found


def title_of(stage: str, stages: Mapping[str, Stage]) -> str:
    """Return what people call a stage."""
    return (stages[stage].title if stage in stages else "") or stage
