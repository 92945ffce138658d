"""Checks the stages of a playbook's own: where they stand, and that scoring may set those which tiers name."""

from __future__ import annotations

from penstock.playbook.check_findings import Findings
from penstock.playbook.model import Playbook
from penstock.playbook.stages import SCORED, STAGES, in_order


def check_stages(playbook: Playbook, found: Findings) -> None:
    """Find stages without a place, and tiers whose stage is not scoring's to give."""
    stages = playbook.operations.stages
    placed = in_order(stages)
    for name, stage in stages.items():
        if name in STAGES and stage.after is not None:
            found.error(("stages", name, "after"), f"{name} has its place already", "leave after out")
        elif name not in STAGES and stage.after is None:
            found.error(("stages", name), f"{name} stands nowhere", "add after: the stage that it stands right above")
        elif found.refer(("stages", name, "after"), "stage", stage.after, [*STAGES, *stages]) and name not in placed:
            found.error(("stages", name, "after"), f"{name} comes after itself", "name a built-in stage in one of them")
    own = [name for name in stages if name not in STAGES]
    for definition, one in playbook.deciding.definitions.items():
        for tier, rule in one.tiers.items():
            place = ("definitions", definition, "tiers", tier, "stage")
            if rule.stage in STAGES and rule.stage not in SCORED:
                found.error(place, f"scoring never says {rule.stage}", f"write one of {', '.join([*SCORED, *own])}")
            else:
                found.refer(place, "stage", rule.stage, [*SCORED, *own])
