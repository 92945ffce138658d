"""The mapping of a file: which column says what. YAML of the user's, as pydantic models; read by load.py.

In ``columns`` a plain word is a column's name. Everywhere else a plain word stands for itself, and ``{Column}`` for
what the column holds.
"""

from __future__ import annotations

import codecs
import re
from datetime import date
from difflib import SequenceMatcher
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from connectors.csv_files.dates import compile_dates, has_zone, read_zone
from penstock.nearest import did_you_mean, nearest
from penstock.records import ACTIVITY_KINDS, ANSWERS, OUTCOME_KINDS, SUPPRESSING_KINDS

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_BRACES = re.compile(r"\{([^{}]+)\}")
KINDS = (*ACTIVITY_KINDS, *SUPPRESSING_KINDS)


def _text(value: Any) -> Any:  # noqa: ANN401 - what YAML gave
    """Take numbers and dates for the text they were written as; YAML reads 2026 and 2026-01-31 as more than text."""
    if isinstance(value, bool):
        raise ValueError(f'{str(value).lower()} is read as yes or no here; put it in "quotes"')  # noqa: TRY004 - pydantic reads ValueError
    return str(value) if isinstance(value, int | float | date) else value


def _texts(value: Any) -> Any:  # noqa: ANN401 - what YAML gave
    return value if isinstance(value, list) else [value]


def _template(value: Any) -> Any:  # noqa: ANN401 - what YAML gave
    text = _text(value)
    if isinstance(text, str) and re.search(r"[{}]", _BRACES.sub("", text)):
        raise ValueError(f'"{text}" has a brace without its partner; write {{Column}} for a column\'s value')
    return text


# What an editor may let pass is what the validators take, not what they make of it.
_WORD = {"type": ["string", "number"]}
_WORDS = WithJsonSchema({"anyOf": [_WORD, {"type": "array", "items": _WORD}]})
Text = Annotated[str, BeforeValidator(_text), WithJsonSchema(_WORD)]
Template = Annotated[str, BeforeValidator(_template), WithJsonSchema(_WORD)]
Texts = Annotated[list[Text], BeforeValidator(_texts), _WORDS]
Kinds = dict[Text, Text | None]
"""What a column says → the kind; null: no such record; ``*``: whatever else it says."""


class Part(BaseModel):
    """A part of a mapping: nothing unknown in it, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Test(Part):
    """A question about a row: a column is one of some texts, matches a pattern, or is absent."""

    column: Text
    is_: Annotated[Texts | None, Field(alias="is")] = None
    matches: str | None = None
    absent: bool | None = None

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if sum(asked is not None for asked in (self.is_, self.matches, self.absent)) != 1:
            raise ValueError(f'the test of "{self.column}" needs exactly one of is, matches, absent')
        return self

    @field_validator("matches")
    @classmethod
    def _is_pattern(cls, text: str | None) -> str | None:
        try:
            re.compile(text or "")
        except re.error as error:
            raise ValueError(f'"{text}" is no regular expression ({error})') from error
        return text


class At(Part):
    """Where the time stands. ``optional``: a row without it is dated by its arrival instead of refused."""

    column: Template
    formats: Annotated[list[str], BeforeValidator(_texts), _WORDS] = []
    zone: str = ""
    optional: bool = False

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        compile_dates(self.formats, self.zone)
        return self

    def needs_zone(self) -> bool:
        """Whether a zone must still be given."""
        return not self.zone and not has_zone(self.formats)


class Activity(Part):
    """What happened. ``kinds`` turns what a column says into kinds."""

    kind: Template = ""
    kinds: Kinds = {}
    channel: Template = ""
    source: Template = ""
    campaign: Template = ""
    asset: Template = ""
    line: Template = ""
    text: Template = ""

    @model_validator(mode="after")
    def _kinds_are_spelt_right(self) -> Self:
        for kind in _stated(self.kind, self.kinds):
            # A playbook may have kinds of its own; one that looks almost like ours is a slip.
            near = nearest(kind, KINDS) if kind not in KINDS else ""
            if near and _almost(kind, near):
                raise ValueError(f'there is no activity kind "{kind}"; did you mean "{near}"?')
        return self


class Consent(Part):
    """Consent with its purpose and the wording shown. ``granted``: yes or no, or the column that says so."""

    purpose: Template
    granted: bool | Template
    wording: Template
    date: Template = ""
    yes: Texts = ["yes", "y", "true", "1", "x", "ja", "oui", "sí", "si", "on", "opt-in", "granted"]
    no: Texts = ["no", "n", "false", "0", "nein", "non", "off", "opt-out", "withdrawn"]

    @model_validator(mode="after")
    def _date_exists(self) -> Self:
        _refuse_no_date(self.date, [])
        return self


class Outcome(Part):
    """What became of it, with the value in the units of the currency; ``decimal`` is its decimal sign."""

    kind: Template
    kinds: Kinds = {}
    value: Template = ""
    decimal: Literal[".", ","] = "."
    currency: Template = ""

    @model_validator(mode="after")
    def _kinds_are_known(self) -> Self:
        _refuse_unknown("outcome", _stated(self.kind, self.kinds), OUTCOME_KINDS)
        return self


class Answered(Part):
    """What sales said of a handoff."""

    handoff: Template
    answer: Template
    answers: Kinds = {}
    actor: Template = ""
    reason: Template = ""
    next_step: Template = ""
    next_on: Template = ""

    @model_validator(mode="after")
    def _answers_are_known(self) -> Self:
        _refuse_unknown("answer", _stated(self.answer, self.answers), ANSWERS)
        return self


class TargetList(Part):
    """The account's place on a target list, with who made the list. Without ``from`` it holds from when it is known,
    without ``until`` it has no end; a day stands for all of it. ``formats`` and ``zone`` as in ``at``.
    """

    name: Annotated[Template, Field(alias="list")]
    origin: Template = ""
    from_: Annotated[Template, Field(alias="from")] = ""
    until: Template = ""
    formats: Annotated[list[str], BeforeValidator(_texts), _WORDS] = []
    zone: str = ""

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        compile_dates(self.formats, self.zone)
        _refuse_no_date(self.from_, self.formats)
        _refuse_no_date(self.until, self.formats)
        return self

    def needs_zone(self) -> bool:
        """Whether a zone must still be given."""
        return bool(self.from_ or self.until) and not self.zone and not has_zone(self.formats)


class Said(Part):
    """What a row says. Parts inherit from the file to its tables to their records, key by key."""

    columns: dict[str, Template] = {}
    constants: dict[str, Text] = {}
    typed: bool = False
    external_id: Template = ""
    at: At | None = None
    activity: Activity | None = None
    consent: Consent | None = None
    outcome: Outcome | None = None
    answer: Answered | None = None
    target_list: TargetList | None = None


class RecordPart(Said):
    """One of several records that a row gives, ``when`` its test holds."""

    when: Test | None = None


class Header(Part):
    """The first ``rows`` rows are header; the ``names``-th of them has the names (the last unless told)."""

    rows: Annotated[int, Field(ge=1, le=50)] = 1
    names: Annotated[int, Field(ge=1)] = 0

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return its JSON Schema: the number that ``_from_number`` takes, or the whole."""
        return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 50}, handler(core)]}

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, value: Any) -> Any:  # noqa: ANN401 - what YAML gave
        asked = {"rows": value} if isinstance(value, int) and not isinstance(value, bool) else value
        return {"names": asked.get("rows", 1), **asked} if isinstance(asked, dict) else asked

    @model_validator(mode="after")
    def _names_are_inside(self) -> Self:
        if self.names > self.rows:
            raise ValueError(f"row {self.names} has the names, but only {self.rows} rows are header")
        return self


class Fold(Part):
    """Rows that are one: equal in ``by``. Each cell is that of the ``first`` row that has it; ``sum`` adds up."""

    by: Template
    first: At
    sum: Texts = []


class Rows(Said):
    """How the rows of one table are read."""

    header: Header = Header(rows=1, names=1)
    absent: Texts = []
    optional: Texts = []
    """Columns that may be missing from the header."""
    require: Texts = []
    """Columns whose absence in a row sends it to quarantine."""
    skip: dict[str, Test] = {}
    """Rows left out, each reason with the name it is counted under."""
    records: list[RecordPart] = []
    """Several records of one row; none: the row is one."""

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [record.external_id or self.external_id for record in self.records]
        twice = next((one for one in ids if one and ids.count(one) > 1), None)
        if twice is not None:
            raise ValueError(
                f'two records of a row have the id "{twice}"; add what tells them apart, such as "{twice}:2"'
            )
        return self


class Table(Rows):
    """A table inside a file of stacked tables, from the row whose first cell is ``marker``."""

    name: Annotated[str, Field(pattern=_NAME.pattern)]
    marker: Text
    skipped: bool = False
    """Every row is left out, counted under the table's name."""
    context: dict[str, Text] = {}
    """Values of its one row that later tables may use as ``{name}``; the row is counted under the table's name."""
    may_be_missing: bool = False
    fold: Fold | None = None


class Mapping(Rows):
    """A whole mapping: one stream, read from the files that match."""

    stream: Annotated[str, Field(pattern=f"^{_NAME.pattern}$")]
    files: str = "*.csv"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    encoding: str = ""
    zone: str = ""
    tables: list[Table] = []
    preset: str = ""

    @field_validator("encoding")
    @classmethod
    def _is_encoding(cls, name: str) -> str:
        try:
            return codecs.lookup(name).name if name else ""
        except LookupError as error:
            near = did_you_mean(name, ("utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15", "mac-roman"))
            raise ValueError(f'"{name}" is no encoding; {near}') from error

    @field_validator("zone")
    @classmethod
    def _is_zone(cls, name: str) -> str:
        return read_zone(name).key if name else ""


def mapping_schema() -> dict[str, Any]:
    """Return the JSON Schema of mappings, for editors."""
    made = Mapping.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "A mapping of penstock"}


def columns_in(template: str) -> list[str]:
    """Return the columns that a template names in braces."""
    return _BRACES.findall(template)


def split_template(template: str) -> list[str]:
    """Return texts and column names in turn, a text first."""
    return _BRACES.split(template)


def _stated(kind: str, kinds: Kinds) -> list[str]:
    """Return the kinds that a mapping states itself."""
    return [told for told in kinds.values() if told] or ([kind] if kind and not columns_in(kind) else [])


def _refuse_unknown(what: str, stated: list[str], known: tuple[str, ...]) -> None:
    for word in stated:
        if word not in known:
            raise ValueError(f'there is no {what} "{word}"; {did_you_mean(word, known)}')


def _refuse_no_date(template: str, formats: list[str]) -> None:
    """Refuse a date that the mapping states itself and that is none; else every row would go to quarantine for it."""
    if not template or columns_in(template):
        return
    remedy = f"write for example {' or '.join(formats) or '2026-01-31'}"
    try:
        found = compile_dates(formats, "")(template)
    except ValueError as error:
        raise ValueError(f"{error}; {remedy}") from error
    if found is None:
        raise ValueError(f'"{template}" is no date; {remedy}')


def _almost(word: str, near: str) -> bool:
    """Whether two words differ by a slip: ``form_submited`` does, a playbook's ``form_submitted_at_fair`` does not."""
    return SequenceMatcher(None, word, near).ratio() > 0.92  # noqa: PLR2004 - one letter of a dozen
