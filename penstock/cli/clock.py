"""Times on the command line: ISO 8601 with a zone, or dates."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

import typer

from penstock.playbook.values import is_missing_date, read_span

A_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
EXAMPLES = "write 2026-03-02T09:00Z, 2026-03-02T10:00+01:00 or 2026-03-02"


def read_time(text: str) -> datetime:
    """Read an instant with its zone, or a date (its first moment, UTC); a mistake is one of usage."""
    try:
        if A_DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{_unread(text, 'time')}; {EXAMPLES}") from None
    if moment.tzinfo is None:
        raise typer.BadParameter(f'"{text}" names no zone; {EXAMPLES}')
    return moment.astimezone(UTC)


def read_date(text: str) -> date:
    """Read a date; a mistake is one of usage."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{_unread(text, 'date')}; write for example 2026-03-02") from None


def _unread(text: str, wanted: str) -> str:
    return f'there is no such {wanted} as "{text}"' if is_missing_date(text) else f'"{text}" is no {wanted}'


def read_every(text: str) -> timedelta:
    """Read a plain length of time above zero, such as 1h or 30 min; a mistake is one of usage."""
    try:
        span = read_span(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if span.business or span.length <= timedelta():
        raise typer.BadParameter(f'"{text}" is no step of a clock; write for example 30m, 1h, 1d')
    return span.length


def wall() -> datetime:
    """Return the time of the wall clock (aware, UTC)."""
    return datetime.now(UTC)
