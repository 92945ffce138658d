"""Checks rules over the people of an account: their roles are functions of the vocabulary, and fit among so many."""

from __future__ import annotations

from penstock.playbook.check_findings import Findings
from penstock.playbook.definition import Definition
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook


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


def _once(path: KeyPath, definition: Definition, found: Findings) -> None:
    if path[-1] in {*definition.intent.rules, *definition.intent.related}:
        found.error(path, f"there is a rule {path[-1]} already", "give one of them another id")
