"""Checks rules over what belongs together: they count what there is, and can ever hold."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from penstock.playbook.check_findings import Findings
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.rules import Intent, Related, bands
from penstock.playbook.vocabulary import Vocabulary


def check_related(playbook: Playbook, found: Findings) -> None:
    """Find related rules that count nothing, or never can hold."""
    for name, definition in playbook.deciding.definitions.items():
        intent = definition.intent
        for id_, rule in intent.related.items():
            path: KeyPath = ("definitions", name, "intent", "related", id_)
            _counted(path, rule, intent, found)
            _spans(path, rule, intent, found)
            _interest(path, rule, playbook.deciding.vocabulary, found)
            if id_ in intent.rules:
                found.error(path, f"there is an intent rule {id_} already", "give one of them another id")
            if rule.points <= 0:
                found.error((*path, "points"), "what belongs together gives points for a lead", "write 1 or more")
        _pairs(("definitions", name, "intent", "related"), intent.related, found)


def _pairs(root: KeyPath, rules: Mapping[str, Related], found: Findings) -> None:
    for (first, one), (name, other) in combinations(rules.items(), 2):
        if _asks(one) == _asks(other):
            found.warn((*root, name), f"{name} asks the same as {first}", "make one rule of the two")


def _asks(rule: Related) -> tuple[object, ...]:
    return frozenset(rule.of), rule.same, rule.at_least, rule.within, rule.over


def _counted(path: KeyPath, rule: Related, intent: Intent, found: Findings) -> None:
    for number, of in enumerate(rule.of):
        known = found.refer((*path, "of", number), "intent rule", of, intent.rules)
        if known and intent.rules[of].points < 0:
            found.error((*path, "of", number), f"{of} counts against a lead", "name rules that speak for it")


def _spans(path: KeyPath, rule: Related, intent: Intent, found: Findings) -> None:
    for word, span in (("within", rule.within), ("over", rule.over)):
        if span is not None and span.business:
            found.error((*path, word), f"{word} counts plain days, not business days", "write for example 30d")
            return
    counting = [edge for edge, share in bands(intent.fades_of(rule)) if share]
    if not counting:
        found.error(path, f"{path[-1]} can never count: every share is 0 %", "give shares")
        return
    last = counting[-1]
    if rule.within is not None and rule.within.length > last.length:
        what = f"within {rule.within} says nothing: what is older than {last} no longer counts"
        found.warn((*path, "within"), what, "write less, or let the rule fade later")
    if rule.over is not None and rule.over.length >= last.length:
        what = f"over {rule.over} can never hold: nothing older than {last} counts"
        found.error((*path, "over"), what, "write less, or let the rule fade later")


def _interest(path: KeyPath, rule: Related, vocabulary: Vocabulary, found: Findings) -> None:
    if rule.same == "asset" and not vocabulary.assets:
        found.error((*path, "same"), "the vocabulary has no kinds of assets", "add them below assets, or write line")
