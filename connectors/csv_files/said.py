"""The parts of a record as functions of a row: time, kind, activity, consent, outcome, answer. Used by plan.py."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from connectors.csv_files.columns import Columns, Get, Row
from connectors.csv_files.dates import compile_dates, date_in
from connectors.csv_files.mapping import Activity, Answered, At, Consent, Kinds, Outcome, columns_in
from penstock.errors import UnreadableRecordError
from penstock.records import ANSWERS, OUTCOME_KINDS, Answer, ConsentSaid, Happening, OutcomeSaid

KindOf = Callable[[Row], "str | None"]


def time_of(columns: Columns, at: At) -> Callable[[Row], datetime | None]:
    """Return the reader of a record's time; it raises UnreadableRecordError for what is no date, and for none."""
    cell, parse = columns.named(at.column), compile_dates(at.formats, at.zone)

    def read(row: Row) -> datetime | None:
        text = cell(row)
        if text:
            return date_in(text, parse, at.column, at.formats)
        if at.optional:
            return None
        raise UnreadableRecordError("no_date", f'"{at.column}" is empty; `optional: true` dates such rows by arrival')

    return read


def kind_of(columns: Columns, template: str, kinds: Kinds, known: tuple[str, ...] = ()) -> KindOf:
    """Return the reader of a kind: a constant, or what a column says, by the table where there is one."""
    if not columns_in(template):
        return lambda _: template
    cell = columns.text(template)
    table = dict(kinds) if kinds else {word: word for word in known}
    rest = table.pop("*", "")

    def read(row: Row) -> str | None:
        text = cell(row)
        found = table.get(text, rest) if table or kinds else text
        if found == "":
            raise UnreadableRecordError(
                "unknown_kind", f'"{text}" is no kind here; add it to the table of "{template}"'
            )
        return found

    return read


def activity_of(columns: Columns, activity: Activity) -> Callable[[Row], Happening | None]:
    """Return the reader of an activity; None where the table of kinds says so."""
    kind = kind_of(columns, activity.kind, activity.kinds)
    words = [activity.channel, activity.source, activity.campaign, activity.asset, activity.line, activity.text]
    gets = [columns.text(word) for word in words]
    if not any(columns_in(word) for word in [activity.kind, *words]):
        always = Happening(activity.kind, *words)
        return lambda _: always

    def read(row: Row) -> Happening | None:
        found = kind(row)
        return None if found is None else Happening(found, *[get(row) for get in gets])

    return read


def consent_of(columns: Columns, consent: Consent, at: At | None) -> Callable[[Row], ConsentSaid | None]:
    """Return the reader of consent; None where the column says nothing."""
    granted = _granted(columns, consent)
    purpose, wording = columns.text(consent.purpose), columns.text(consent.wording)
    said_at = _date_of(columns, consent.date, at)

    def read(row: Row) -> ConsentSaid | None:
        answer = granted(row)
        return None if answer is None else ConsentSaid(purpose(row), answer, wording(row), said_at(row))

    return read


def _granted(columns: Columns, consent: Consent) -> Callable[[Row], bool | None]:
    if isinstance(consent.granted, bool):
        always = consent.granted
        return lambda _: always
    cell = columns.text(consent.granted)
    answers = {word.casefold(): True for word in consent.yes} | {word.casefold(): False for word in consent.no}

    def read(row: Row) -> bool | None:
        text = cell(row)
        if text and text.casefold() not in answers:
            what = f'"{text}" in "{consent.granted}" is neither yes nor no; add it to `yes:` or `no:`'
            raise UnreadableRecordError("bad_consent", what)
        return answers.get(text.casefold())

    return read


def _date_of(columns: Columns, template: str, at: At | None) -> Callable[[Row], datetime | None]:
    """Return the reader of a second date of the row, written as its time is."""
    if not template:
        return lambda _: None
    formats = at.formats if at and columns_in(template) else []
    cell, parse = columns.text(template), compile_dates(formats, at.zone if at else "")

    def read(row: Row) -> datetime | None:
        text = cell(row)
        return date_in(text, parse, template, formats) if text else None

    return read


def outcome_of(columns: Columns, outcome: Outcome) -> Callable[[Row], OutcomeSaid | None]:
    """Return the reader of an outcome; None where the table of kinds says so."""
    kind = kind_of(columns, outcome.kind, outcome.kinds, OUTCOME_KINDS)
    value, currency = columns.text(outcome.value), columns.text(outcome.currency)

    def read(row: Row) -> OutcomeSaid | None:
        found = kind(row)
        return None if found is None else OutcomeSaid(found, thousandths(value(row), outcome.decimal), currency(row))

    return read


def thousandths(text: str, decimal: str) -> int | None:
    """Return an amount in thousandths, None for none; ``1.234,50 €`` with a decimal comma is 1234500."""
    if not text:
        return None
    bare = re.sub(r"[^\d.,-]", "", text)
    # Groups have three digits: "1,5" under a decimal point is a slip, not fifteen.
    grouped = rf"-?(?:\d+|\d{{1,3}}(?:{'[.]' if decimal == ',' else ','}\d{{3}})+)(?:[{decimal}]\d+)?"
    if not re.fullmatch(grouped, bare):
        raise UnreadableRecordError("bad_number", f'"{text}" is no amount with "{decimal}" as its decimal sign')
    whole, _, part = bare.partition(decimal)
    amount = Decimal(f"{re.sub('[.,]', '', whole)}.{part or 0}")
    return int((amount * 1000).to_integral_value())


def answer_of(columns: Columns, answered: Answered, at: At | None) -> Callable[[Row], Answer | None]:
    """Return the reader of an answer of sales; None where the table says so."""
    said = kind_of(columns, answered.answer, answered.answers, ANSWERS)
    handoff, actor = columns.text(answered.handoff), columns.text(answered.actor)
    reason, step = columns.text(answered.reason), columns.text(answered.next_step)
    on: Get = columns.text(answered.next_on)
    # The day as it is written, in whatever zone: midnight in Berlin is the day before in UTC.
    day = _date_of(columns, answered.next_on, at and at.model_copy(update={"zone": "UTC"}))

    def read(row: Row) -> Answer | None:
        found = said(row)
        if found is None:
            return None
        next_on = day(row) if on(row) else None
        return Answer(handoff(row), found, actor(row), reason(row), step(row), next_on.date() if next_on else None)

    return read
