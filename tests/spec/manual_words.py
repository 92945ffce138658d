"""Histories and decisions as the tables of the manual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from tests.spec.tables import Case, Line, in_order, read_line

ALWAYS = ("fit", "intent", "tier", "stage", "branch")
# Told only where an example asks for it: nobody else has routes and sequences.
WHERE_ASKED = ("queue", "sequence")
ROW = tuple[str, ...]


def table(head: ROW, rows: Iterable[ROW]) -> Iterator[str]:
    """Yield the lines of a table in Markdown."""
    for row in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
    yield ""


def history(case: Case, now: datetime) -> Iterator[ROW]:
    """Yield when and what, row by row: what is known of everybody, then what happened, the oldest first."""
    for number, (facts, _) in enumerate(case.people):
        if facts or number:
            yield "known", f"{_who(case, number)}{_known(facts) or 'nothing'}"
    for number, line in in_order(case):
        yield f"{now - line.ago.length:%d %b}, {line.ago} before", f"{_who(case, number)}{_happened(line)}"


def in_one_row(case: Case) -> ROW:
    """Return a case as its name, its history and what it expects, the latter two in one cell each."""
    told = [_of_person(case, number) for number in range(len(case.people))]
    return case.name, "<br>".join(filter(None, told)) or "nothing", _expected(case)


def _of_person(case: Case, number: int) -> str:
    facts, did = case.people[number]
    counted = Counter(f"{line.ago} before: {_happened(line)}" for line in map(read_line, did))
    lines = [line if times == 1 else f"{line} ({times} times)" for line, times in counted.items()]
    said = "; ".join(filter(None, [_known(facts), *lines]))
    return f"{_who(case, number)}{said or 'nothing'}" if said or number else ""


def _who(case: Case, number: int) -> str:
    if not case.others:
        return ""
    return "the lead: " if number == 0 else f"colleague {number}: "


def _known(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} *{value}*" for name, value in facts.items())


def _happened(line: Line) -> str:
    what = line.what.replace("sales ", "sales answers ").replace("lifted ", "a person lifts ").replace("_", " ")
    words = (f"*{text}*" if word == "asset" else f"{word} *{text}*" for word, text in line.words.items())
    if line.is_of_list:
        return ", ".join([f"its account is on the list *{line.what.removeprefix('listed ')}*", *words])
    return f"{what} {', '.join(words)}".strip()


def _expected(case: Case) -> str:
    by_name = by_definition(case)
    if list(by_name) == [""]:
        return _said(case.decides)
    return "<br>".join(f"{name}: {_said(one)}" for name, one in by_name.items())


def _said(decides: Mapping[str, Any]) -> str:
    return ", ".join(f"*{value}*" if name == "reason" else f"{name} {_value(value)}" for name, value in decides.items())


def by_definition(case: Case) -> Mapping[str, Mapping[str, Any]]:
    """Return definition → what is expected under it; the name is '' where there is only one."""
    return case.decides if any(isinstance(one, Mapping) for one in case.decides.values()) else {"": case.decides}


def decision(case: Case, found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield the table of what was found, by definition where there are several."""
    asked = by_definition(case)
    extra = [name for name in WHERE_ASKED if any(name in one for one in asked.values())]
    rows = [(name, *_cells(one, asked.get(name, asked.get("", {})), extra)) for name, one in found.items()]
    head = ("definition", *ALWAYS, *extra)
    yield from table(head, rows) if len(rows) > 1 else table(head[1:], (row[1:] for row in rows))


def _cells(found: Mapping[str, Any], asked: Mapping[str, Any], extra: Iterable[str]) -> Iterator[str]:
    yield from (_value(found[name]) for name in ALWAYS)
    yield from (_value(found[name]) if name in asked else "" for name in extra)


def _value(value: Any) -> str:
    return str(value) or "none" if isinstance(value, str) else f"{value:g}"
