"""Checks what is said of opened mails: switched on by name, a person's, low, and nothing that qualifies by itself."""

from __future__ import annotations

from penstock.playbook.check_findings import Findings
from penstock.playbook.compiled import OPENED
from penstock.playbook.definition import Definition
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.rules import IntentRule, Opens
from penstock.playbook.vocabulary import Vocabulary


def check_opens(playbook: Playbook, found: Findings) -> None:
    """Find opened mails that count where they should not, or nowhere."""
    for name, definition in playbook.deciding.definitions.items():
        root: KeyPath = ("definitions", name)
        counted = [id_ for id_, rule in definition.intent.rules.items() if OPENED in rule.kinds]
        for id_ in counted:
            _rule((*root, "intent", "rules", id_), definition.intent.rules[id_], definition, found)
        _named(root, set(counted), definition, found)
        if definition.intent.opens is not None:
            _switch(root, definition.intent.opens, playbook.deciding.vocabulary, found)
            if not counted:
                what = "no rule counts opened mails"
                found.error((*root, "intent", "opens"), what, f"add a rule with did: {OPENED}, or leave opens out")


def _switch(root: KeyPath, opens: Opens, vocabulary: Vocabulary, found: Findings) -> None:
    path = (*root, "intent", "opens")
    if opens.at_most <= 0:
        found.error((*path, "at_most"), "at most so little is nothing", "raise it")
    if vocabulary.channels:
        for number, channel in enumerate(opens.human):
            found.refer((*path, "human", number), "channel", channel, vocabulary.channels)


def _rule(path: KeyPath, rule: IntentRule, definition: Definition, found: Findings) -> None:
    if definition.intent.opens is None:
        remedy = "write opens: {at_most: 5, human: [channel]} below intent, or leave the rule out"
        found.error((*path, "did"), "opened mails are not switched on", remedy)
    elif rule.kinds != (OPENED,):
        found.error((*path, "did"), "opened mails share a rule with something else", "give them a rule of their own")
    elif rule.strength != "low":
        found.error((*path, "strength"), "an opened mail is a low signal", "write strength: low")
    elif rule.group is not None:
        found.error((*path, "group"), "opened mails have the cap that opens says", "leave the group out")


def _named(root: KeyPath, counted: set[str], definition: Definition, found: Findings) -> None:
    """Find gates and related rules that would let an opened mail qualify."""
    for tier, one in definition.tiers.items():
        for word, rules in (("any", one.needs.any), ("all", one.needs.all)):
            for number, rule in enumerate(rules):
                if rule in counted:
                    path = (*root, "tiers", tier, "needs", word, number)
                    found.error(path, f"{rule} counts opened mails, which qualify nobody", "name another rule")
    for id_, related in definition.intent.related.items():
        for number, rule in enumerate(related.of):
            if rule in counted:
                path = (*root, "intent", "related", id_, "of", number)
                found.error(path, f"{rule} counts opened mails, which are no signal", "name another rule")
