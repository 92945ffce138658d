"""Values with units as the playbook writes them: spans of time, percentages, points. Used by the schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_SPAN = re.compile(r"^\s*(\d+)\s*(business\s+)?(m|min|minutes?|h|hours?|d|days?|w|weeks?)\s*(?:before)?\s*$")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: ``amount`` of ``unit`` (minutes, hours, days, weeks), in business time or not.

    A plain day is 86,400 s. A business day is the working hours of one day of the calendar at hand.
    """

    amount: int
    unit: str
    business: bool = False

    @property
    def length(self) -> timedelta:
        """Return the plain length; business spans have none without a calendar."""
        return timedelta(**{self.unit: self.amount})

    def __str__(self) -> str:
        """Return it as the playbook writes it."""
        unit = self.unit if self.amount != 1 else self.unit[:-1]
        return f"{self.amount} {'business ' if self.business else ''}{unit}"


def read_span(text: Any) -> Span:  # noqa: ANN401 - what YAML gave
    """Read ``30d``, ``2h``, ``4 business hours``, ``1 business hour before``; raises ValueError."""
    if isinstance(text, Span):
        return text
    found = _SPAN.match(str(text))
    if found is None:
        msg = f"{written(text)} is no length of time: write for example 30d, 2h, 4 business hours, 1 business day"
        raise ValueError(msg)
    return Span(int(found[1]), _UNITS[found[3][0]], business=bool(found[2]))


def read_share(text: Any) -> int:  # noqa: ANN401 - what YAML gave
    """Read ``60 %`` as 600 thousandths; raises ValueError. A bare number is refused: 60 may be meant, or 0.6."""
    found = re.match(r"^\s*(\d+(?:\.\d)?)\s*%\s*$", str(text))
    if found is None or Decimal(found[1]) > 100:  # noqa: PLR2004 - a share is at most the whole
        msg = f"{written(text)} is no share: write for example 60 %"
        raise ValueError(msg)
    return int(Decimal(found[1]) * 10)


def thousandths(number: Any) -> int:  # noqa: ANN401 - what YAML gave
    """Return a number of points as integer thousandths, rounded half up (the one place where points are rounded)."""
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
        msg = f"{written(number)} is no number of points: write digits, for example 10"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reads ValueError
    return int((Decimal(str(number)) * 1000).to_integral_value(ROUND_HALF_UP))


def written(value: Any) -> str:  # noqa: ANN401 - what YAML gave
    """Return a value as messages show it: quoted, or "nothing" where only its name was written."""
    return "nothing" if value is None else f'"{value}"'


def is_missing_date(text: str) -> bool:
    """Whether a text is written as a date or time that no calendar has, such as 2026-02-30."""
    if _DATED.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return True
    return False


def points_text(points: int) -> str:
    """Return thousandths as people read them: at most three places, no trailing zeros."""
    text = f"{Decimal(points) / 1000:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_SPAN_TEXT = {"type": "string", "pattern": _SPAN.pattern, "examples": ["30d", "4 business hours"]}
SpanText = Annotated[Span, BeforeValidator(read_span), PlainSerializer(str), WithJsonSchema(_SPAN_TEXT)]
Share = Annotated[
    int,
    BeforeValidator(read_share),
    PlainSerializer(lambda share: f"{Decimal(share) / 10:f} %"),
    WithJsonSchema({"type": "string", "examples": ["60 %"]}),
]
Points = Annotated[
    int,
    BeforeValidator(thousandths),
    PlainSerializer(lambda points: float(Decimal(points) / 1000)),
    WithJsonSchema({"type": "number"}),
]
