"""The gates of tiers as SQL, over the points of one subject at one moment; part of the compiled statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, false, literal, or_

from penstock.playbook.compiled import STRENGTHS, CompiledDefinition
from penstock.playbook.definition import Needs, Signals
from penstock.playbook.grades import Cell
from penstock.playbook.points_sql import Number, total


@dataclass(frozen=True, slots=True)
class Points:
    """What gates are asked of: fit, intent, points by rule, and kinds of activity by strength where they count."""

    fit: Number
    intent: Number
    rules: Mapping[str, Number]
    kinds: Mapping[str, Number]


def tier(compiled: CompiledDefinition, has: Points) -> Number:
    """Return the id of the first tier whose gates all hold, '' for none."""
    tiers = [(gates(one.needs, compiled, has), name) for name, one in compiled.definition.tiers.items()]
    return case(*tiers, else_="")


def staying(compiled: CompiledDefinition, has: Points) -> Number:
    """Return the mask of tiers whose lower gates hold; the fold knows who is in them, or in a better one."""
    return total([case((gates(kept.needs, compiled, has), kept.bit), else_=0) for kept in compiled.kept])


def gates(needs: Needs, compiled: CompiledDefinition, has: Points) -> ColumnElement[bool]:
    """Return the conjunction of a tier's gates; a rule counts as hit while it gives points."""
    held: list[ColumnElement[bool]] = [literal(1) == 1]
    thresholds = ((has.fit, needs.fit), (has.intent, needs.intent), (has.fit + has.intent, needs.total))
    # No threshold is no gate; a threshold of 0 is one, as points may lie below it.
    held += [points >= least for points, least in thresholds if least is not None]
    if needs.grades:
        held.append(_in_cells(needs.grades, compiled, has))
    if needs.any:
        # Not "above 0": a rule with points against a lead may be asked for, and holds while it takes them.
        held.append(or_(*(has.rules[name] != 0 for name in needs.any)))
    held += [has.rules[name] != 0 for name in needs.all]
    if needs.signals is not None:
        held.append(_signals(needs.signals, compiled, has))
    return and_(*held)


def _in_cells(names: Sequence[str], compiled: CompiledDefinition, has: Points) -> ColumnElement[bool]:
    """Return whether the points lie in one of these cells of the matrix."""
    grades = compiled.definition.grades
    cells = [grades.cells[name] for name in names] if grades is not None else []
    return or_(false(), *(_in_cell(cell, has) for cell in cells))


def _in_cell(cell: Cell, has: Points) -> ColumnElement[bool]:
    bounds = [has.fit >= cell.fit_from, has.intent >= cell.intent_from]
    bounds += [has.fit < cell.fit_below] if cell.fit_below is not None else []
    bounds += [has.intent < cell.intent_below] if cell.intent_below is not None else []
    return and_(*bounds)


def _signals(signals: Signals, compiled: CompiledDefinition, has: Points) -> ColumnElement[bool]:
    """Return whether there are enough different signals of one strength; points against a lead are no signal of
    interest.
    """
    asked = [(strength, getattr(signals, strength)) for strength in STRENGTHS]
    counted = _kinds if signals.different == "kinds" else _rules
    return or_(false(), *(counted(strength, compiled, has) >= least for strength, least in asked if least is not None))


def _rules(strength: str, compiled: CompiledDefinition, has: Points) -> Number:
    return total([case((has.rules[r.id] > 0, 1), else_=0) for r in compiled.signals if r.strength == strength])


def _kinds(strength: str, _: CompiledDefinition, has: Points) -> Number:
    return has.kinds[strength]
