"""A mapping compiled for the columns of one table: closures that make a record of a row. Used by the file readers.

Compiled once a file, because the columns may stand in another order in each.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from json.encoder import encode_basestring
from typing import TypeAlias, TypeVar

from connectors._kit.fingerprint import Equals, digest, fingerprint
from connectors.csv_files.columns import Columns, Get, Row
from connectors.csv_files.listed import listed_of
from connectors.csv_files.mapping import Activity, RecordPart, Rows, columns_in
from connectors.csv_files.rows import Broken
from connectors.csv_files.said import activity_of, answer_of, consent_of, outcome_of, time_of
from penstock.counts import counted
from penstock.errors import UnreadableRecordError
from penstock.records import Answer, Happening, Listed, OutcomeSaid, Record, Unreadable

Maker = Callable[[Row, str, str], "Record | None"]
"""A row, its payload and its place → a record, or None where the mapping says there is none."""
T = TypeVar("T")
Reads: TypeAlias = "Callable[[Row], T | None] | None"
"""What reads one thing that a row may say, or None where the mapping names no such thing."""

_SUBJECT = ("email", "person_id", "company_id")
_NAMES_AN_ACCOUNT = ("company", "domain")
# Marketing's words about where somebody came from: of the activity where there is one, else facts.
_OF_THE_ACTIVITY = ("source", "campaign")


@dataclass(slots=True)
class Draft:
    """What some rows became, each counted under one name, until ids are numbered."""

    read: int = 0
    mapped: int = 0
    folded: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    records: list[Record] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)

    def number(self, equals: Equals) -> int:
        """Give ids to what has none: hash and count among equals. Return how many bad rows were among them."""
        records, unnamed = self._hashes()
        if not (records or unnamed):
            return 0
        self._name(_pairs(records, equals.number(records)), _pairs(unnamed, equals.number(unnamed)))
        return len(unnamed)

    def settle(self, times: int) -> None:
        """Give ids to what has none when the count among equals is known: of one payload mapped again."""
        records, unnamed = self._hashes()
        self._name(_pairs(records, [times] * len(records)), _pairs(unnamed, [times] * len(unnamed)))

    def _hashes(self) -> tuple[list[str], list[str]]:
        records = [fingerprint(one) for one in self.records if not one.external_id]
        return records, [digest(one.raw) for one in self.unreadable if not one.external_id]

    def _name(self, records: Iterator[tuple[str, int]], unnamed: Iterator[tuple[str, int]]) -> None:
        self.records = [one if one.external_id else _named(one, *next(records)) for one in self.records]
        for place, one in enumerate(self.unreadable):
            if not one.external_id:
                key, times = next(unnamed)
                self.unreadable[place] = replace(one, external_id=f"{key}:{times}", raw=_counted(one.raw, times))


def _pairs(hashes: Sequence[str], times: Sequence[int]) -> Iterator[tuple[str, int]]:
    return iter(zip(hashes, times, strict=True))


def _named(one: Record, key: str, times: int) -> Record:
    # By position: dataclasses.replace takes three times as long, and a file without ids needs it for every row.
    return Record(
        f"{key}:{times}", one.at, one.email, one.person_id, one.company_id, one.fields, one.typed, one.happening,
        one.consent, one.answer, one.outcome, _counted(one.raw, times), one.place, one.listed,
    )  # fmt: skip


def _counted(raw: str, times: int) -> str:
    """Return the payload of a repeated row with its count, so that mapping it again gives the same id."""
    return raw if times == 1 else f'{raw[:-1]},"#times":{times}}}'


class Plan:
    """How rows with certain columns become records. ``missing`` are columns the mapping asks for in vain."""

    def __init__(self, rows: Rows, said: Sequence[RecordPart], names: Sequence[str], *, tag: str = "") -> None:
        columns = Columns(names, absent=rows.absent, optional=rows.optional)
        self.names = columns.names
        self._clean = columns.clean
        self.width = len(names)
        self._skip = [(name, columns.test(test)) for name, test in rows.skip.items()]
        self._require = [(name, columns.cell(name)) for name in rows.require]
        self._makers = [_maker(columns, part) for part in said]
        self._ids = [columns.whole(part.external_id) for part in said[:1] if part.external_id]
        # Of one row with several records, all must be about somebody: landing sees records and could not count rows.
        self._needs_subject = len(said) > 1
        self._tag = tag
        self.payload = _payload(self.names, tag)
        self.missing = columns.missing
        self.hashes_records = any(not part.external_id for part in said)

    def take(self, row: Row | Broken, place: str, draft: Draft, payload: str = "") -> None:
        """Map one row into the draft; ``payload`` is given where it was put together from several rows."""
        try:
            if isinstance(row, Broken) or len(row) != self.width:
                row = self._fitted(row)
            clean = self._clean(row)
            if name := self._left_out(clean):
                draft.skipped[name] += 1
                return
            made = self._made(clean, payload or self.payload(row), place)
        except UnreadableRecordError as error:
            draft.unreadable.append(self._unreadable(row, error, place, payload))
            return
        if made:
            draft.records += made
            draft.mapped += 1
        else:
            draft.skipped["no_record"] += 1

    def _made(self, row: Row, payload: str, place: str) -> list[Record]:
        for name, get in self._require:
            if not get(row):
                raise UnreadableRecordError("required", f'"{name}" is empty')
        made = [record for make in self._makers if (record := make(row, payload, place)) is not None]
        if self._needs_subject and made and not any(map(_is_about_somebody, made)):
            raise UnreadableRecordError("no_subject", "names neither a person nor an account")
        return made

    def _left_out(self, row: Row) -> str:
        """Return the name of the rule that leaves a clean row out, if one does."""
        if not row[0] and not any(row):
            return "blank"
        for name, asks in self._skip:
            if asks(row):
                return name
        return ""

    def _fitted(self, row: Row | Broken) -> Row:
        """Return a row cut or padded to the header where nothing is lost or it is left out anyway; raises otherwise."""
        if isinstance(row, Broken):
            raise UnreadableRecordError(row.code, row.detail)
        rest = [cell for cell in row[self.width :] if cell.strip()]
        padded = row[: self.width] + [""] * (self.width - len(row))
        if not rest and (len(row) > self.width or self._left_out(self._clean(padded))):
            return padded
        raise misfit(row, self.width)

    def _unreadable(self, row: Row | Broken, error: UnreadableRecordError, place: str, payload: str) -> Unreadable:
        if isinstance(row, Broken) or len(row) != self.width:
            return Unreadable("", error.code, error.detail, misfit_payload(row, self.names, self._tag), place)
        key = self._ids[0](self._clean(row)) if self._ids else ""
        return Unreadable(key, error.code, error.detail, payload or self.payload(row), place)


def misfit(row: Row, width: int) -> UnreadableRecordError:
    """Return what says that a row has more or fewer cells than its header."""
    what = f"has {counted(len(row), 'cell')} where the header has {width}"
    return UnreadableRecordError("columns", f"{what}; is a delimiter or a quote missing?")


def misfit_payload(row: Row | Broken, names: Sequence[str], tag: str) -> str:
    """Return the payload of a row that does not fit its header: with the header, so that it can be mapped again."""
    what = {"#text": row.text} if isinstance(row, Broken) else {"#cells": row}
    marks = {"#table": tag} if tag else {}
    return json.dumps({**marks, "#names": list(names), **what}, separators=(",", ":"))


def _payload(names: Sequence[str], tag: str) -> Callable[[Row], str]:
    """Return what writes a row as a JSON object: one format string, four times as fast as json.dumps."""
    pairs = [("#table", encode_basestring(tag))] if tag else []
    pairs += [(name, "%s") for name in names]
    cells = [f"{encode_basestring(name).replace('%', '%%')}:{value}" for name, value in pairs]
    template = "{" + ",".join(cells) + "}"
    return lambda row: template % tuple(map(encode_basestring, row))


def _is_about_somebody(record: Record) -> bool:
    return bool(
        record.email or record.person_id or record.company_id or record.answer
        or any(record.fields.get(name) for name in _NAMES_AN_ACCOUNT)
    )  # fmt: skip


def _maker(columns: Columns, said: RecordPart) -> Maker:
    """Compile one record of a row."""
    activity = _with_origin(said) if said.activity else None
    when = columns.test(said.when) if said.when else None
    key_of = columns.whole(said.external_id) if said.external_id else None
    at = time_of(columns, said.at) if said.at else None
    email, person, company = (_word(columns, said, name) for name in _SUBJECT)
    fields = _fields(columns, said, {*_SUBJECT, *(_OF_THE_ACTIVITY if activity else ())})
    consent = consent_of(columns, said.consent, said.at) if said.consent else None
    happening, outcome, answer, listed = events = _events(columns, said, activity)
    acts = any(events)
    typed = said.typed

    def make(row: Row, raw: str, place: str) -> Record | None:
        if when is not None and not when(row):
            return None
        happened = happening(row) if happening else None
        became = outcome(row) if outcome else None
        answered = answer(row) if answer else None
        on = listed(row) if listed else None
        if acts and not (happened or became or answered or on):
            return None
        # By position: with names, building a record takes half as long again.
        return Record(
            _key(key_of(row), said.external_id) if key_of else "",
            at(row) if at else None,
            email(row) if email else "",
            person(row) if person else "",
            company(row) if company else "",
            fields(row),
            typed,
            happened,
            consent(row) if consent else None,
            answered,
            became,
            raw,
            place,
            on,
        )

    return make


def _events(
    columns: Columns, said: RecordPart, activity: Activity | None
) -> tuple[Reads[Happening], Reads[OutcomeSaid], Reads[Answer], Reads[Listed]]:
    """Return what reads an activity, an outcome, an answer and a place on a list; without any, a row says who it is."""
    return (
        activity_of(columns, activity) if activity else None,
        outcome_of(columns, said.outcome) if said.outcome else None,
        answer_of(columns, said.answer, said.at) if said.answer else None,
        listed_of(columns, said.target_list) if said.target_list else None,
    )


def _key(key: str, template: str) -> str:
    if not key:
        raise UnreadableRecordError("no_id", f'"{template}" is empty in part')
    return key


def _with_origin(said: RecordPart) -> Activity:
    """Return the activity with source and campaign from columns and constants, where it does not say them itself."""
    activity = said.activity or Activity()
    told = {**said.constants, **{name: _as_template(spec) for name, spec in said.columns.items()}}
    moved = {name: told[name] for name in _OF_THE_ACTIVITY if name in told and not getattr(activity, name)}
    return activity.model_copy(update=moved)


def _as_template(spec: str) -> str:
    return spec if columns_in(spec) else f"{{{spec}}}"


def _word(columns: Columns, said: RecordPart, name: str) -> Get | None:
    if name in said.columns:
        return columns.named(said.columns[name])
    return columns.text(said.constants[name]) if name in said.constants else None


def _fields(columns: Columns, said: RecordPart, but: set[str]) -> Callable[[Row], dict[str, str]]:
    """Return the reader of the profile fields: those that hold something."""
    always = {name: value for name, value in said.constants.items() if name not in but and value}
    gets: list[tuple[str, Get]] = [
        (name, columns.named(spec)) for name, spec in said.columns.items() if name not in but
    ]
    if not always:
        return lambda row: {name: value for name, get in gets if (value := get(row))}
    return lambda row: {**always, **{name: value for name, get in gets if (value := get(row))}}
