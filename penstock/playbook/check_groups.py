"""Checks groups of rules: each rule names one that is there, and each does something."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.playbook.check_findings import Findings
from penstock.playbook.compiled import CompiledGroup, compile_definition
from penstock.playbook.definition import Definition
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.most import ENDLESS
from penstock.playbook.rules import Fit, Intent
from penstock.playbook.values import points_text


def check_groups(playbook: Playbook, found: Findings) -> None:
    """Find rules of no group, groups of no rules, caps that nothing reaches."""
    for name, definition in playbook.deciding.definitions.items():
        for word, side in (("fit", definition.fit), ("intent", definition.intent)):
            root: KeyPath = ("definitions", name, word)
            for rule_id, rule in side.rules.items():
                found.refer((*root, "rules", rule_id, "group"), "group", rule.group, side.groups)
            _groups((*root, "groups"), side, found)
        more = [("related", id_, one.group) for id_, one in definition.intent.related.items()]
        more += [("people", id_, one.group) for id_, one in definition.intent.people.items()]
        for word, id_, group in more:
            path: KeyPath = ("definitions", name, "intent", word, id_, "group")
            found.refer(path, "group", group, definition.intent.groups)
        _never_capped(("definitions", name), definition, found)


def _groups(root: KeyPath, side: Fit | Intent, found: Findings) -> None:
    rules = side.all_rules if isinstance(side, Intent) else side.rules
    named = {rule.group for rule in rules.values()}
    for name, group in side.groups.items():
        if name not in named:
            found.error((*root, name), f"no rule is in the group {name}", f"write group: {name} in some rules")
        if group.at_most is not None and group.at_most <= 0:
            found.error((*root, name, "at_most"), "at most so little is nothing", "raise it")
    if isinstance(side, Intent):
        for name, group in side.groups.items():
            if group.at_most is None and group.fades is None:
                found.error((*root, name), f"the group {name} changes nothing", "give it at_most or fades")


def _never_capped(root: KeyPath, definition: Definition, found: Findings) -> None:
    compiled = compile_definition(definition)
    fit = {rule.id: abs(rule.points) for rule in compiled.fit}
    intent = {rule.id: ENDLESS if rule.cap is None else rule.cap for rule in compiled.intent}
    for word, groups, most in (("fit", compiled.fit_groups, fit), ("intent", compiled.intent_groups, intent)):
        for group in (one for one in groups if not one.beside):
            _reached((*root, word, "groups", group.id, "at_most"), group, most, found)


def _reached(path: KeyPath, group: CompiledGroup, each: Mapping[str, int], found: Findings) -> None:
    most = sum(each[name] for name in group.rules)
    if group.cap > 0 and most <= group.cap:
        what = f"the cap of {group.id} is never reached: its rules give at most {points_text(most)}"
        found.warn(path, what, "lower it, or leave the group out")
