"""Checks rules over the people of an account: their roles are functions of the vocabulary, and fit among so many."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from penstock.playbook.check_findings import Findings
from penstock.playbook.check_nodes import same
from penstock.playbook.conditions import Among
from penstock.playbook.definition import Definition
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.rules import People


def check_people_rules(playbook: Playbook, found: Findings) -> None:
    """Find rules over people that count nobody, or never can hold."""
    path: KeyPath
    for name, definition in playbook.deciding.definitions.items():
        if definition.subject == "lead" and definition.intent.whose == "people":
            path = ("definitions", name, "intent", "whose")
            found.error(path, "a lead's activities are its own", "add rules below intent.people, or leave whose out")
        for id_, rule in definition.intent.people.items():
            path = ("definitions", name, "intent", "people", id_)
            if rule.points == 0:
                found.error((*path, "points"), "0 never counts", "leave the rule out, or give it points")
            if rule.within.business:
                found.error((*path, "within"), "within counts plain days, not business days", "write for example 90d")
            if playbook.deciding.vocabulary.functions:
                for number, role in enumerate(rule.roles):
                    found.refer((*path, "roles", number), "function", role, playbook.deciding.vocabulary.functions)
            _once(path, definition, found)
            _counts(path, rule, definition, found)
        _pairs(("definitions", name, "intent", "people"), definition.intent.people, found)


def _counts(path: KeyPath, rule: People, definition: Definition, found: Findings) -> None:
    """Find rules whose number of people says nothing beside their roles, or counts nobody but the lead itself."""
    line = definition.applies.line
    for node in rule.nodes:
        if line and node.field == "line" and isinstance(node, Among) and (line in node.terms) == node.negated:
            what = f"{path[-1]} can never count: this definition is for {line} only"
            found.error((*path, "line"), what, "leave the line out")
    roles = len(set(rule.roles))
    if "at_least" in rule.model_fields_set and 1 < rule.at_least < roles:
        what = f"at_least {rule.at_least} says nothing: {roles} roles take {roles} people"
        found.warn((*path, "at_least"), what, f"leave it out, or write more than {roles}")
    if rule.at_least == 1 and not rule.roles and definition.subject == "lead":
        what = f"{path[-1]} holds for whoever did it alone: the lead is one of the account's people"
        found.warn((*path, "at_least"), what, "write 2 or more, name roles, or make an intent rule of it")


def _pairs(root: KeyPath, rules: Mapping[str, People], found: Findings) -> None:
    for (first, one), (name, other) in combinations(rules.items(), 2):
        alike = (one.at_least, set(one.roles), one.within) == (other.at_least, set(other.roles), other.within)
        if alike and same(one.nodes, other.nodes):
            found.warn((*root, name), f"{name} asks the same as {first}", "make one rule of the two")


def _once(path: KeyPath, definition: Definition, found: Findings) -> None:
    if path[-1] in {*definition.intent.rules, *definition.intent.related}:
        found.error(path, f"there is a rule {path[-1]} already", "give one of them another id")
