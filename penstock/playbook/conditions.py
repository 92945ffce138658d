"""The one condition language: the same words in fit, intent, gates, disqualifiers, triage, routes.

A condition is a mapping of field → matcher; all of them must hold. Parsed here to frozen nodes, which compile.py turns
into SQL and reference.py into Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

from penstock.playbook.values import points_text, written

# Fields of a profile whose values are canonical terms of the vocabulary, or texts.
TEXT_FIELDS = (
    "industry", "country", "region", "function", "seniority", "company_type", "email_type", "source", "campaign",
    "title", "domain", "company",
)  # fmt: skip
NUMBER_FIELDS = ("employees", "revenue", "year_established")
# Words for what an activity is; ``did`` and ``says`` read better aloud than kind and text.
ACTIVITY_FIELDS = {
    "did": "kind", "channel": "channel", "source": "source", "campaign": "campaign", "asset": "asset",
    "content_stage": "content_stage", "line": "line", "says": "text",
}  # fmt: skip
# Asked of the dated target lists that the account is on; under these two, its words are interned and have their terms.
ON_LIST, LIST_ORIGIN = "on_list", "list_origin"


@dataclass(frozen=True, slots=True)
class Among:
    """The field's value is one of ``terms``; ``negated``: it has a value, and that is none of them (a missing one never
    counts).
    """

    field: str
    terms: tuple[str, ...]
    negated: bool = False

    def __post_init__(self) -> None:
        """Refuse a condition that nothing could meet."""
        if not self.terms:
            msg = f"{self.field}: needs at least one value"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Between:
    """The field's number lies in [low, high] (thousandths, either may be None); an unknown number does not."""

    field: str
    low: int | None
    high: int | None

    def __post_init__(self) -> None:
        """Refuse an empty range."""
        if self.low is not None and self.high is not None and self.low > self.high:
            msg = f"{self.field}: from {points_text(self.low)} lies above to {points_text(self.high)}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Known:
    """The field has a value that the vocabulary knows (``known``), a value that it does not (``unknown``), or none
    (``missing``).
    """

    field: str
    state: str

    def __post_init__(self) -> None:
        """Refuse any other state."""
        if self.state not in ("known", "unknown", "missing"):
            msg = f"{self.field}: is known, unknown or missing, not {self.state}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class OnList:
    """The account is at that moment on one of ``lists`` (none named: on any) that comes from one of ``origins`` (none
    named: wherever from); ``negated``: on no such list, which also holds for an account on no list at all.
    """

    lists: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    negated: bool = False

    @property
    def field(self) -> str:
        """Return the word that it is written under."""
        return ON_LIST

    @property
    def asked(self) -> OnList:
        """Return what it asks, without the not: two that differ in nothing else are worked out once."""
        return OnList(self.lists, self.origins)

    @property
    def key(self) -> str:
        """Return what its column is known by."""
        return f"{ON_LIST} {', '.join(self.lists)} from {', '.join(self.origins)}"


Node = Among | Between | Known | OnList


def read_matcher(field: str, matcher: Any) -> Node:  # noqa: ANN401 - what YAML gave
    """Read one ``field: matcher`` pair of a condition; raises ValueError with what is allowed."""
    if field == ON_LIST:
        return _read_lists(matcher)
    if isinstance(matcher, dict):
        return _read_mapping(field, matcher)
    if isinstance(matcher, list):
        return Among(field, tuple(str(term) for term in matcher))
    if isinstance(matcher, str):
        return Among(field, (matcher,))
    if isinstance(matcher, int | float) and not isinstance(matcher, bool):
        remedy = f'write {{from: {matcher}, to: {matcher}}} for the number itself, "{matcher}" in quotes for a text'
    else:
        remedy = "write a text, a list of texts, {from: …, to: …}, {not: …} or {is: known}"
    msg = f"{field}: {written(matcher)} is neither text nor range: {remedy}"
    raise ValueError(msg)


def _read_mapping(field: str, matcher: dict[str, Any]) -> Node:
    keys = set(matcher)
    if keys and keys <= {"from", "to"}:
        low, high = (None if matcher.get(end) is None else _bound(field, matcher[end]) for end in ("from", "to"))
        return Between(field, low, high)
    if keys == {"not"}:
        terms = matcher["not"] if isinstance(matcher["not"], list) else [matcher["not"]]
        return Among(field, tuple(str(term) for term in terms), negated=True)
    if keys == {"is"}:
        return Known(field, str(matcher["is"]))
    msg = f"{field}: expects {{from: …, to: …}}, {{not: …}} or {{is: known|unknown|missing}}, got {matcher!r}"
    raise ValueError(msg)


def _bound(field: str, value: Any) -> int:  # noqa: ANN401 - what YAML gave
    """Return an end of a range in thousandths, exactly: facts are read to three places as well."""
    try:
        exact = Decimal("NaN" if isinstance(value, bool) else str(value)) * 1000
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite() or exact != exact.to_integral_value():
        msg = f"{field}: {value} is no number with at most three decimals"
        raise ValueError(msg)
    return int(exact)


def _read_lists(matcher: Any) -> OnList:  # noqa: ANN401 - what YAML gave
    """Read what stands after ``on_list``: true, a list, several, ``{list: …, origin: …}``, or not any of these."""
    if isinstance(matcher, bool):
        return OnList(negated=not matcher)
    if isinstance(matcher, dict) and set(matcher) == {"not"}:
        inner = _read_lists(matcher["not"])
        if not inner.negated:
            return OnList(inner.lists, inner.origins, negated=True)
    elif isinstance(matcher, dict) and matcher and set(matcher) <= {"list", "origin"}:
        return OnList(_several(matcher.get("list")), _several(matcher.get("origin")))
    elif isinstance(matcher, str | list) and matcher:
        return OnList(_several(matcher))
    msg = f"on_list: expects true, false, a list, several, {{list: …, origin: …}} or {{not: …}}, got {matcher!r}"
    raise ValueError(msg)


def _several(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - what YAML gave
    if value is None:
        return ()
    return tuple(str(one) for one in (value if isinstance(value, list) else [value]))


class Condition(BaseModel):
    """Base of everything that holds a condition: keys that are no own field of the class are matchers.

    ``renamed`` maps the word in YAML to the field of the node (``did`` → kind).
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    @classmethod
    def renamed(cls) -> dict[str, str]:
        """Return YAML word → field; empty where they are the same."""
        return {}

    @model_validator(mode="after")
    def _reads(self) -> Self:
        _ = self.nodes
        return self

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Return the condition's nodes, in the order written."""
        names = self.renamed()
        return tuple(read_matcher(names.get(word, word), matcher) for word, matcher in (self.model_extra or {}).items())
