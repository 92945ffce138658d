"""Checks every condition of the definitions and routes: its words are terms, and something can meet it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from penstock.playbook.check_findings import Findings
from penstock.playbook.conditions import (
    ACTIVITY_FIELDS,
    LIST_ORIGIN,
    NUMBER_FIELDS,
    ON_LIST,
    Among,
    Between,
    Condition,
    Known,
    Node,
    OnList,
)
from penstock.playbook.definition import Definition
from penstock.playbook.load_places import meant
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.terms import EMAIL_TYPES, Terms, entries_of, fold, section_of
from penstock.playbook.terms_countries import ISO_CODES
from penstock.playbook.vocabulary import Vocabulary
from penstock.records import ACTIVITY_KINDS, SUPPRESSING_KINDS

_WRITTEN = {field: word for word, field in ACTIVITY_FIELDS.items() if word != field} | {LIST_ORIGIN: "origin"}
# Routes ask these of the decision and the account; check_routes knows them.
_OF_DECISIONS = ("tier", "definition", "exception", "account")
_OF_PEOPLE = ("function", "seniority")


def conditions(playbook: Playbook) -> Iterator[tuple[KeyPath, Condition, Definition | None]]:
    """Yield every condition of a playbook with its path and, where it has one, its definition."""
    for name, definition in playbook.deciding.definitions.items():
        root: KeyPath = ("definitions", name)
        for path, rules in _rules(definition).items():
            yield from (((*root, *path, rule), condition, definition) for rule, condition in rules.items())
    yield from ((("routes", name), route, None) for name, route in playbook.operations.routes.items())


def _rules(definition: Definition) -> dict[KeyPath, dict[str, Condition]]:
    return {
        ("fit", "rules"): dict(definition.fit.rules),
        ("intent", "rules"): dict(definition.intent.rules),
        ("intent", "people"): dict(definition.intent.people),
        ("disqualify",): dict(definition.disqualify),
        ("triage",): dict(definition.triage),
        ("exceptions",): dict(definition.exceptions),
    }


def check_conditions(playbook: Playbook, found: Findings) -> None:
    """Find unknown terms, and conditions that nothing can meet."""
    asked = _Asked(playbook.deciding.vocabulary, found)
    for path, condition, definition in conditions(playbook):
        for word, node in zip(condition.model_extra or {}, condition.nodes, strict=True):
            asked.node((*path, word), node)
            if definition is not None and definition.subject == "account" and node.field in _OF_PEOPLE:
                found.error((*path, word), f"an account has no {word}", "ask that in a definition with subject: lead")
        asked.together(path, condition.nodes)
        if not condition.nodes and definition is not None and not getattr(condition, "any", None):
            found.error(path, f"{path[-1]} has no condition, so it would always hold", "say when, or leave it out")


class _Asked:
    """What conditions ask of the vocabulary."""

    def __init__(self, vocabulary: Vocabulary, found: Findings) -> None:
        self.vocabulary = vocabulary
        self.terms = Terms(vocabulary)
        self.found = found
        own = {name for name, kind in vocabulary.fields.items() if kind == "number"}
        self.numbers = own | set(NUMBER_FIELDS)

    def node(self, path: KeyPath, node: Node) -> None:
        if isinstance(node, OnList):
            self._on_list(path, node)
        if node.field in _OF_DECISIONS:
            return
        word = _WRITTEN.get(node.field, node.field)
        if isinstance(node, Between) and node.field not in self.numbers:
            self.found.error(path, f"{word} is no number", f"write {word}: [one, two]")
        if isinstance(node, Among):
            self._among(path, node)
        if isinstance(node, Known) and node.state == "unknown" and self.terms.knows_all(node.field):
            what = f"no {word} is ever unknown: the vocabulary lists none"
            self.found.error(path, what, f"list {section_of(node.field)} in the vocabulary")

    def _on_list(self, path: KeyPath, node: OnList) -> None:
        for field, terms in ((ON_LIST, node.lists), (LIST_ORIGIN, node.origins)):
            for term in terms:
                self._term(path, field, term)

    def _among(self, path: KeyPath, node: Among) -> None:
        if node.field in self.numbers:
            remedy = f"write {node.field}: {{from: 50, to: 5000}}, or only one of them"
            self.found.error(path, f"{node.field} is a number", remedy)
            return
        inner = (*path, "not") if node.negated else path
        for number, term in enumerate(node.terms):
            self._term((*inner, number), node.field, term)

    def _term(self, path: KeyPath, field: str, term: str) -> None:
        word = _WRITTEN.get(field, field)
        if field in ("kind", "text"):
            self._listed(path, field, term)
        elif field == "content_stage":
            stages = {entry.content_stage for entry in self.vocabulary.assets.values() if entry.content_stage}
            self.found.refer(path, "content stage among the assets", term, sorted(stages))
        elif self.terms.knows_all(field):
            if term != fold(term):
                self.found.error(path, f'{word}: "{term}" is never met: words are compared in lower case', _write(term))
        elif not self._is_term(field, term):
            section, known = section_of(field), (*entries_of(self.vocabulary, field), *_given(field))
            # Any word is an address of some type, so only a domain says which one is meant.
            is_spelling = field != "email_type" or "." in term
            spelt = [found for of, found in self.terms.of(field, term) if of == field and is_spelling]
            remedy = f"did you mean {spelt[0]}?" if spelt else meant(term, known, f"add it to {section}")
            self.found.error(path, f'{word}: the vocabulary has no "{term}" in {section}', remedy)

    def _is_term(self, field: str, term: str) -> bool:
        return term in _given(field) or term in entries_of(self.vocabulary, field)

    def _listed(self, path: KeyPath, field: str, term: str) -> None:
        if field == "text":
            self.found.refer(path, "word list", term, self.vocabulary.words)
        elif term in SUPPRESSING_KINDS:
            what = f"{term} is a suppression and never counts"
            self.found.error(path, what, "leave it out: no mail goes there any more")
        else:
            self.found.refer(path, "activity kind", term, (*ACTIVITY_KINDS, *self.vocabulary.kinds))

    def together(self, path: KeyPath, nodes: tuple[Node, ...]) -> None:
        """Find a country outside the region that stands beside it."""
        plain = {node.field: node.terms for node in nodes if isinstance(node, Among) and not node.negated}
        countries, regions = plain.get("country", ()), plain.get("region", ())
        meant_by = {pair for country in countries for pair in self.terms.of("country", country)}
        if countries and regions and not meant_by & {("region", region) for region in regions}:
            what = f"nothing can meet this: {', '.join(countries)} is not in {', '.join(regions)}"
            self.found.error((*path, "country"), what, "keep one of the two")


def _given(field: str) -> Collection[str]:
    """Return the terms that every vocabulary has."""
    return {"country": ISO_CODES, "email_type": EMAIL_TYPES}.get(field, ())


def _write(term: str) -> str:
    return f'write "{fold(term)}"'
