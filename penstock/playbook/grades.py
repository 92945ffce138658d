"""Grades of fit and of intent, whose cells (A1 … C3) a tier may need instead of thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from penstock.playbook.part import Part
from penstock.playbook.values import Points

# YAML reads the grade 1 as a number.
Grade = Annotated[str, BeforeValidator(str), Field(pattern=r"^[A-Za-z0-9]+$", max_length=10)]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix: points from ``fit_from`` and ``intent_from`` on, each below the next better grade."""

    fit_from: int
    fit_below: int | None
    intent_from: int
    intent_below: int | None

    def holds(self, fit: int, intent: int) -> bool:
        """Return whether these points lie in the cell."""
        in_fit = fit >= self.fit_from and (self.fit_below is None or fit < self.fit_below)
        return in_fit and intent >= self.intent_from and (self.intent_below is None or intent < self.intent_below)


class Grades(Part):
    """Grades of fit and of intent, from the best down: the first whose points are reached. A1 is the cell of both."""

    fit: dict[Grade, Points] = Field(min_length=1)
    """Grade → the least points of fit for it."""
    intent: dict[Grade, Points] = Field(min_length=1)
    """Grade → the least points of intent for it."""

    @model_validator(mode="after")
    def _tell_apart(self) -> Self:
        for name, of in (("fit", self.fit), ("intent", self.intent)):
            if list(of.values()) != sorted(set(of.values()), reverse=True):
                msg = f"{name}: the points must fall from grade to grade; write the best grade first"
                raise ValueError(msg)
        if len(self.cells) < len(self.fit) * len(self.intent):
            msg = "fit: two cells would have one name; write letters for fit and digits for intent"
            raise ValueError(msg)
        return self

    @property
    def cells(self) -> dict[str, Cell]:
        """Return the name of each cell, such as A1, with the points that lie in it; the best first."""
        return {
            f"{row}{column}": Cell(fit_from, fit_below, intent_from, intent_below)
            for (row, fit_from, fit_below), (column, intent_from, intent_below) in product(
                _ranges(self.fit), _ranges(self.intent)
            )
        }


def _ranges(grades: dict[str, int]) -> list[tuple[str, int, int | None]]:
    """Return each grade with its least points, and those at which the next better one begins."""
    below = [None, *grades.values()]
    return [(grade, least, most) for (grade, least), most in zip(grades.items(), below, strict=False)]
