"""The words that a condition may use, by where it stands; unknown ones are found while the playbook is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from penstock.errors import Problem
from penstock.playbook.conditions import ACTIVITY_FIELDS, NUMBER_FIELDS, ON_LIST, TEXT_FIELDS, Condition
from penstock.playbook.definition import Disqualifier, ExceptionRule, TriageRule
from penstock.playbook.load_errors import fields_of
from penstock.playbook.load_places import Places, meant
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.operations import Route
from penstock.playbook.rules import FitRule, IntentRule, People

# A rule's own title hides the profile's; functions and seniorities are read from that one.
PROFILE_WORDS = (*(field for field in TEXT_FIELDS if field != "title"), *NUMBER_FIELDS, ON_LIST)
ROUTE_WORDS = ("tier", "definition", "exception", "line", "account", *PROFILE_WORDS)
# Where a definition holds conditions.
_CONDITIONS: dict[KeyPath, type[Condition]] = {
    ("fit", "rules"): FitRule,
    ("intent", "rules"): IntentRule,
    ("intent", "people"): People,
    ("disqualify",): Disqualifier,
    ("triage",): TriageRule,
    ("exceptions",): ExceptionRule,
}


def words_for(model: type[Condition], own_fields: Mapping[str, str]) -> tuple[str, ...]:
    """Return the words that may begin a line of a condition, beside the fields of the model itself."""
    if model in (IntentRule, People):
        return tuple(ACTIVITY_FIELDS)
    return (*(ROUTE_WORDS if model is Route else PROFILE_WORDS), *own_fields)


class Words:
    """Goes through what YAML gave, complains of unknown words, and reads them as what was probably meant."""

    def __init__(self, own_fields: Mapping[str, str], places: Places) -> None:
        """Take the vocabulary's own profile fields."""
        self.own_fields = own_fields
        self.places = places
        self.problems: list[Problem] = []

    def of_definition(self, raw: dict[str, Any], root: KeyPath) -> dict[str, Any]:
        """Return a raw definition whose conditions hold known words only."""
        for path, model in _CONDITIONS.items():
            raw = self._below(raw, path, (*root, *path), model)
        return raw

    def of_routes(self, raw: Any) -> Any:  # noqa: ANN401 - what YAML gave
        """Return raw routes whose conditions hold known words only."""
        return self._each(raw, ("routes",), Route)

    def _below(self, raw: dict[str, Any], path: KeyPath, root: KeyPath, model: type[Condition]) -> dict[str, Any]:
        name, *rest = path
        inner = raw.get(str(name))
        if not isinstance(inner, dict):
            return raw
        found = self._below(inner, tuple(rest), root, model) if rest else self._each(inner, root, model)
        return {**raw, str(name): found}

    def _each(self, rules: Any, root: KeyPath, model: type[Condition]) -> Any:  # noqa: ANN401 - what YAML gave
        if not isinstance(rules, dict):
            return rules
        return {name: self._known(rule, (*root, name), model) for name, rule in rules.items()}

    def _known(self, rule: Any, path: KeyPath, model: type[Condition]) -> Any:  # noqa: ANN401 - what YAML gave
        return dict(self._words(rule, path, model)) if isinstance(rule, dict) else rule

    def _words(self, rule: dict[str, Any], path: KeyPath, model: type[Condition]) -> Iterator[tuple[str, Any]]:
        allowed = (*fields_of(model), *words_for(model, self.own_fields))
        for word, value in rule.items():
            if word in allowed:
                yield word, value
                continue
            remedy = meant(word, allowed, f"a condition speaks of {', '.join(words_for(model, self.own_fields))}")
            self.problems.append(self.places.problem((*path, word), f"{word} is unknown here", remedy))
            probably = remedy.removeprefix("did you mean ").removesuffix("?")
            if probably in allowed and probably not in rule:
                yield probably, value
