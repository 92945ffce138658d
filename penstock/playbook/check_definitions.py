"""Checks each definition's references and rules: what it is for, what its tiers need, rules that can never count."""

from __future__ import annotations

from penstock.playbook.check_findings import Findings
from penstock.playbook.conditions import Among
from penstock.playbook.definition import ENROLLING, EXCEPTED, MOTIONS, Definition, ExceptionRule, Tier
from penstock.playbook.load_places import meant
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.operations import Operations
from penstock.playbook.rules import IntentRule
from penstock.playbook.vocabulary import Vocabulary


def check_definitions(playbook: Playbook, found: Findings) -> None:
    """Find references that lead nowhere, rules that can never count, branches without what they lead to."""
    for name, definition in playbook.deciding.definitions.items():
        root: KeyPath = ("definitions", name)
        _for(root, definition, playbook.deciding.vocabulary, found)
        _tiers(root, definition, playbook.operations, found)
        for rule_id, rule in definition.intent.rules.items():
            _rule((*root, "intent", "rules", rule_id), rule, definition, found)


def _for(root: KeyPath, definition: Definition, vocabulary: Vocabulary, found: Findings) -> None:
    if vocabulary.lines:
        found.refer((*root, "for", "line"), "line", definition.applies.line, vocabulary.lines)
    for number, motion in enumerate(definition.applies.motion):
        if motion not in MOTIONS:
            remedy = meant(motion, MOTIONS, f"write one of {', '.join(MOTIONS)}, so that both teams read the same")
            found.warn((*root, "for", "motion", number), f'there is no motion "{motion}"', remedy)
    if vocabulary.channels:
        for channel in definition.intent.channels:
            found.refer((*root, "intent", "channels", channel), "channel", channel, vocabulary.channels)
    for channel, weight in definition.intent.channels.items():
        if weight < 0:
            found.error((*root, "intent", "channels", channel), f"{channel}: {weight} is below 0", "write 0 or more")
    if not definition.fit.rules and not definition.intent.all_rules:
        found.error(root, "the definition has no rules, so everybody is the same", "add rules below fit and intent")
    if definition.cooldown.business:
        found.error((*root, "cooldown"), "cooldown counts plain days, not business days", "write for example 90d")


def _tiers(root: KeyPath, definition: Definition, operations: Operations, found: Findings) -> None:
    if not definition.tiers:
        found.error((*root, "tiers"), "there is no tier, so nobody ever qualifies", "add at least one")
    for name, tier in definition.tiers.items():
        place = (*root, "tiers", name)
        for word, rules in (("any", tier.needs.any), ("all", tier.needs.all)):
            for number, rule in enumerate(rules):
                found.refer((*place, "needs", word, number), "intent rule", rule, definition.intent.all_rules)
        _leads_on(place, tier, operations, found)
    for name, exception in definition.exceptions.items():
        place = (*root, "exceptions", name)
        for number, intent in enumerate(exception.any):
            found.refer((*place, "any", number), "intent rule", intent, definition.intent.all_rules)
        _leads_on(place, exception, operations, found)
    if definition.exceptions and not any(tier.branch in EXCEPTED for tier in definition.tiers.values()):
        what = "no tier is for sales, so there is nobody to make an exception of"
        found.warn((*root, "exceptions"), what, "leave them out")


def _leads_on(path: KeyPath, of: Tier | ExceptionRule, operations: Operations, found: Findings) -> None:
    """Check that there is what a branch leads to."""
    if of.branch == "sales" and not operations.routes:
        found.error((*path, "branch"), "there are no routes, so nobody in sales gets it", "add the section routes")
    if of.branch == "nurture" and not operations.sequences:
        found.error((*path, "branch"), "there are no sequences to nurture with", "add the section sequences")
    found.refer((*path, "sequence"), "sequence", of.sequence, operations.sequences)
    if of.sequence is None and of.branch in ("ask", "assisted"):
        what = f"{of.branch} needs a sequence of its own"
        remedy = {"ask": "one that asks for what is missing", "assisted": "one in the owner's name"}[of.branch]
        found.error((*path, "branch"), what, f"add sequence: ID, {remedy}")
    if of.sequence is not None and of.branch not in ENROLLING:
        what = f"nobody is enrolled: the branch is {of.branch}"
        found.error((*path, "sequence"), what, "leave the sequence out, or write branch: nurture, assisted or ask")


def _rule(path: KeyPath, rule: IntentRule, definition: Definition, found: Findings) -> None:
    never = _never(rule, definition)
    if never is not None:
        word, what, remedy = never
        found.error((*path, word), f"{path[-1]} can never count: {what}", remedy)


def _never(rule: IntentRule, definition: Definition) -> tuple[str, str, str] | None:
    """Return why a rule can never count (key, what, remedy), None where it can."""
    line = definition.applies.line
    for node in rule.nodes:
        if line and node.field == "line" and isinstance(node, Among) and (line in node.terms) == node.negated:
            return "line", f"this definition is for {line} only", "leave the line out"
    if rule.fades is not None and not any(rule.fades.values()):
        return "fades", "every share is 0 %", "leave fades out, or give shares"
    if rule.at_most == 0 or (rule.at_most is not None and rule.points > 0 > rule.at_most):
        return "at_most", "at most so little is nothing", "leave at_most out, or raise it"
    return None
