"""Checks grades and what is enough to stay in a tier: cells that exist, can be had, and are taken once; edges that lie
below what a tier is entered by.
"""

from __future__ import annotations

from itertools import combinations

from penstock.playbook.check_findings import Findings
from penstock.playbook.definition import Definition, Needs, Stays, Tier
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.most import Most, most_points
from penstock.playbook.values import points_text


def check_grades(playbook: Playbook, found: Findings) -> None:
    """Find cells that are not there or never reached, and tiers that would be left before they are entered."""
    for name, definition in playbook.deciding.definitions.items():
        root: KeyPath = ("definitions", name)
        _possible((*root, "grades"), definition, most_points(definition, playbook.deciding.vocabulary), found)
        for tier_id, tier in definition.tiers.items():
            path = (*root, "tiers", tier_id)
            _cells((*path, "needs", "grades"), tier.needs, definition, found)
            if tier.stays is not None:
                _cells((*path, "stays", "grades"), tier.stays, definition, found)
                _below((*path, "stays"), tier.needs, tier.stays, found)
        for (first, before), (tier_id, after) in combinations(definition.tiers.items(), 2):
            _taken((*root, "tiers", tier_id, "needs", "grades"), first, before, after, found)


def _possible(path: KeyPath, definition: Definition, most: Most, found: Findings) -> None:
    if definition.grades is None:
        return
    for word, grades, possible in (
        ("fit", definition.grades.fit, most.fit),
        ("intent", definition.grades.intent, most.intent),
    ):
        for grade, least in grades.items():
            if least > possible:
                what = f"nobody can have {word} {points_text(least)}: the rules give at most {points_text(possible)}"
                found.error((*path, word, grade), what, "lower it, or give the rules more points")
    if not any(tier.needs.grades for tier in definition.tiers.values()):
        found.warn(path, "no tier needs a grade", "write needs: {grades: [A1, …]} in the tiers, or leave grades out")


def _cells(path: KeyPath, needs: Needs | Stays, definition: Definition, found: Findings) -> None:
    cells = definition.grades.cells if definition.grades is not None else {}
    for number, cell in enumerate(needs.grades):
        found.refer((*path, number), "grade", cell, cells)


def _below(path: KeyPath, needs: Needs, stays: Stays, found: Findings) -> None:
    for word in ("fit", "intent", "total"):
        enters, leaves = getattr(needs, word), getattr(stays, word)
        if leaves is None:
            continue
        if enters is None:
            found.error((*path, word), f"the tier needs no {word}, so nobody leaves it for want of it", "leave it out")
        elif leaves >= enters:
            what = (
                f"the tier is entered with {word} {points_text(enters)} and would be left below {points_text(leaves)}"
            )
            found.error((*path, word), what, f"write less than {points_text(enters)}")
    if stays.grades and not set(needs.grades) < set(stays.grades):
        what = "whoever enters by a grade would have to leave again" if needs.grades else "the tier needs no grade"
        found.error(
            (*path, "grades"), what, "name the grades that the tier needs, and more" if needs.grades else "leave it out"
        )


def _taken(path: KeyPath, first: str, before: Tier, after: Tier, found: Findings) -> None:
    """Find cells of a tier that all belong to a tier before it, where that needs nothing else."""
    if before.needs.model_fields_set != {"grades"}:
        return
    for number, cell in enumerate(after.needs.grades):
        if cell in before.needs.grades and not set(after.needs.grades) <= set(before.needs.grades):
            found.warn((*path, number), f"{cell} never leads here: {first} takes it before", "keep it in one of them")
