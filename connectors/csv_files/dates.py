"""Dates as files spell them, to aware UTC datetimes. Formats are compiled once; months are English in any locale.

Without a format only ISO 8601 is read: ``1/2/26`` is the first of February or the second of January; nobody guesses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from penstock.errors import UnreadableRecordError

Parse = Callable[[str], "datetime | None"]
"""A text as an aware UTC datetime, or None when it is not written as one; ValueError where there is no such date."""

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_UNITS = {
    "Y": r"(\d{4})", "y": r"(\d{2})", "m": r"(\d{1,2})", "d": r"(\d{1,2})", "b": r"([A-Za-z]{3,9})\.?",
    "H": r"(\d{1,2})", "I": r"(\d{1,2})", "M": r"(\d{2})", "S": r"(\d{2})", "f": r"(\d{1,6})",
    "p": r"([AaPp])\.?[Mm]\.?", "z": r"(Z|UTC|[+-]\d{2}:?\d{2})",
}  # fmt: skip
_SAME = {"B": "b", "e": "d"}
# What most systems export, by what stands between the numbers: Python reads it itself, at a fifth of the cost.
_PLAIN = {"%Y-%m-%d %H:%M:%S": "-- ::", "%Y-%m-%dT%H:%M:%S": "--T::"}
_PLAIN_LENGTH = len("2026-01-31 09:00:00")
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)\s?(Z|UTC|[+-]\d{2}:?\d{2})?)?")
_SOME_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}(?:\D.*)?")
# Day, month and year that can stand for each other, so that two formats which swap them differ on it.
_TELLING = datetime(2003, 2, 1, 4, 5, 6, tzinfo=UTC)
CENTURY = 68  # as in POSIX: 69 is 1969, 68 is 2068
# Enough for the distinct days of a century; files repeat dates, and times of day within one page.
_REMEMBERED = 40_000


def compile_dates(formats: Sequence[str], zone: str) -> Parse:
    """Return a parser for the formats in their order (none: ISO 8601); a date without time is midnight in the zone.

    Raises ValueError for a format or zone that is none, or two formats that read one text as different days.
    """
    local = read_zone(zone) if zone else None
    readers = [_compile(text) for text in formats]
    _refuse_conflicts(formats, readers)

    @lru_cache(maxsize=_REMEMBERED)
    def parse(text: str) -> datetime | None:
        is_written_so = False
        for reader in readers or (_iso,):
            try:
                found = reader(text)
                if found is not None:
                    return (found if found.tzinfo else found.replace(tzinfo=local or UTC)).astimezone(UTC)
            except (ValueError, OverflowError):
                # Said only once no other format reads it.
                is_written_so = True
        if is_written_so:
            raise ValueError(f'there is no such date as "{text}"')
        return None

    return parse


def date_in(text: str, parse: Parse, column: str, formats: Sequence[str]) -> datetime:
    """Return the date that a cell holds; raises UnreadableRecordError, which tells a slip in it from another form."""
    wanted = ", ".join(formats)
    try:
        found = parse(text)
    except ValueError as error:
        read_as = f", read as {wanted}" if wanted else ""
        raise UnreadableRecordError("bad_date", f'{error} in "{column}"{read_as}') from error
    if found is None:
        told = f'"{text}" in "{column}" is not written as {wanted or "ISO 8601 (2026-01-31 09:00)"}'
        raise UnreadableRecordError("bad_date", told)
    return found


def read_zone(name: str) -> ZoneInfo:
    """Return a time zone; raises ValueError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f'"{name}" is no time zone; write a name such as Europe/Berlin or UTC') from error


def has_zone(formats: Sequence[str]) -> bool:
    """Whether every format states the offset itself."""
    return bool(formats) and all("%z" in text for text in formats)


def is_ambiguous(text: str) -> bool:
    """Whether a text is a date in digits that only a format can tell."""
    return _SOME_DATE.fullmatch(text) is not None and _ISO.fullmatch(text) is None


def _iso(text: str) -> datetime | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    day, time, offset = found.groups()
    return datetime.fromisoformat(day + (f"T{time}" if time else "") + ("Z" if offset == "UTC" else offset or ""))


def _compile(text: str) -> Parse:
    pattern, units = _pattern(text)
    matches = re.compile(pattern).fullmatch
    between = _PLAIN.get(text)

    def read(value: str) -> datetime | None:
        if between is not None and len(value) == _PLAIN_LENGTH and value[4::3] == between:
            plain = _quietly(datetime.fromisoformat, value)
            if plain is not None:
                return plain
        found = matches(value)
        return _built(dict(zip(units, found.groups(), strict=True))) if found else None

    return read


def _pattern(text: str) -> tuple[str, list[str]]:
    pattern, units = "", []
    for literal, directive in re.findall(r"([^%]+)|%(.)?", text):
        unit = _SAME.get(directive, directive)
        if literal or unit == "%":
            pattern += re.sub(r"(?:\\ |\s)+", r"\\s+", re.escape(literal or "%"))
        elif unit in _UNITS and unit not in units:
            pattern += _UNITS[unit]
            units.append(unit)
        else:
            known = ", ".join(f"%{name}" for name in (*_UNITS, *_SAME))
            raise ValueError(f'"%{directive}" in "{text}" is unknown or there twice; known: {known}')
    if not {"d", "b" if "b" in units else "m", "y" if "y" in units else "Y"} <= set(units):
        raise ValueError(f'"{text}" lacks day, month or year; write for example %d.%m.%Y')
    return pattern, units


def _built(parts: dict[str, str]) -> datetime | None:
    year = int(parts["Y"]) if "Y" in parts else (2000 if int(parts["y"]) <= CENTURY else 1900) + int(parts["y"])
    month = _month(parts["b"]) if "b" in parts else int(parts["m"])
    if month is None:
        return None
    hour = int(parts.get("H", 0))
    if "I" in parts:
        hour = int(parts["I"]) % 12 + (12 if parts.get("p", "a") in "Pp" else 0)
    micros = int(parts.get("f", "0").ljust(6, "0"))
    found = datetime(year, month, int(parts["d"]), hour, int(parts.get("M", 0)), int(parts.get("S", 0)), micros)  # noqa: DTZ001 - the zone follows
    offset = parts.get("z")
    return datetime.fromisoformat(f"{found.isoformat()}{'Z' if offset == 'UTC' else offset}") if offset else found


def _month(name: str) -> int | None:
    for number, month in enumerate(_MONTHS, 1):
        if name.lower() == month or name.lower() in (month[:3], "sept"[: len(month[:4])] if month[:3] == "sep" else ""):
            return number
    return None


def _refuse_conflicts(formats: Sequence[str], readers: Sequence[Parse]) -> None:
    for text, reader in zip(formats, readers, strict=True):
        sample = _TELLING.strftime(text.replace("%b", "Feb").replace("%B", "February").replace("%e", "%d"))
        first = reader(sample)
        for other_text, other in zip(formats, readers, strict=True):
            second = _quietly(other, sample)
            if first and second and second.date() != first.date():
                raise ValueError(f'"{text}" and "{other_text}" read {sample} as different days; keep one of them')


def _quietly(reader: Parse, text: str) -> datetime | None:
    try:
        return reader(text)
    except ValueError:
        return None
