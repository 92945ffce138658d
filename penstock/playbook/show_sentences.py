"""Conditions, spans and decay as sentences; for the playbook's page and whoever explains a rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from penstock.counts import counted
from penstock.playbook.conditions import ACTIVITY_FIELDS, LIST_ORIGIN, ON_LIST, Among, Between, Known, Node, OnList
from penstock.playbook.definition import Needs, Stays
from penstock.playbook.rules import People, Related, bands
from penstock.playbook.terms import entries_of
from penstock.playbook.values import Share, Span, points_text
from penstock.playbook.vocabulary import Vocabulary

_WRITTEN = {field: word for word, field in ACTIVITY_FIELDS.items()}
_STATES = {
    "known": "{} is known",
    "unknown": "{} is spelt in a way that the vocabulary does not know",
    "missing": "{} is not known",
}


def condition_sentence(nodes: Sequence[Node], vocabulary: Vocabulary) -> str:
    """Return a condition as a sentence without its full stop: "industry is water or chemicals, and …"."""
    return ", and ".join(_node(node, vocabulary) for node in nodes)


def _node(node: Node, vocabulary: Vocabulary) -> str:
    word = _WRITTEN.get(node.field, node.field).replace("_", " ")
    if isinstance(node, Between):
        return f"{word} {_range(node)}"
    if isinstance(node, Known):
        return _STATES[node.state].format(word)
    if isinstance(node, OnList):
        return _on_list(node, vocabulary)
    return _among(word, node, [term_title(node.field, term, vocabulary) for term in node.terms])


def _among(word: str, node: Among, terms: Iterable[str]) -> str:
    if node.field == "account":
        return "the account has an owner"
    if node.field in ("kind", "text") and not node.negated:
        return f"{word} {either(terms)}"
    return f"{word} is {'neither ' if node.negated else ''}{either(terms, 'nor' if node.negated else 'or')}"


def _on_list(node: OnList, vocabulary: Vocabulary) -> str:
    """Return "the account is on the list A or B, made by a partner"."""
    names = [term_title(ON_LIST, term, vocabulary) for term in node.lists]
    origins = [term_title(LIST_ORIGIN, term, vocabulary) for term in node.origins]
    named = f"the list {either(names)}" if names else "a target list"
    by = f" made by {either(origins)}" if origins else ""
    return f"the account is {'not ' if node.negated else ''}on {named}{by}"


def _range(node: Between) -> str:
    low, high = (None if end is None else points_text(end) for end in (node.low, node.high))
    if low is not None and high is not None:
        return f"from {low} to {high}"
    return f"at least {low}" if high is None else f"at most {high}"


def term_title(field: str, term: str, vocabulary: Vocabulary) -> str:
    """Return what people call a term."""
    if field == "kind":
        return vocabulary.kinds.get(term) or term.replace("_", " ")
    entry = entries_of(vocabulary, field).get(term)
    return (entry.title if entry is not None else "") or term


def either(words: Iterable[str], last: str = "or") -> str:
    """Return "a, b or c"."""
    *most, final = list(words)
    return f"{', '.join(most)} {last} {final}" if most else final


def fades_sentence(fades: Mapping[str, Share]) -> str:
    """Return decay as "100 % for 30 days, 60 % until 60 days, then nothing"."""
    read = bands(dict(fades))
    first, *_ = read
    later = [f"{points_text(share * 100)} % until {edge}" for _, (edge, share) in pairwise(read)]
    return ", ".join([f"{points_text(first[1] * 100)} % for {first[0]}", *later, "then nothing"])


def people_sentence(rule: People, vocabulary: Vocabulary) -> str:
    """Return what a rule over people asks: "2 people of the account within 90 days, where did … , among them …"."""
    who = counted(rule.at_least, "person")
    roles = [term_title("function", role, vocabulary) for role in rule.roles]
    among = f"; among them {either(roles, 'and')}" if roles else ""
    return f"{who} of the account within {rule.within}: {condition_sentence(rule.nodes, vocabulary)}{among}"


def related_sentence(rule: Related) -> str:
    """Return what a related rule counts, and how it fades."""
    fades = f"; {fades_sentence(rule.fades)}" if rule.fades is not None else ""
    return f"{related_asks(rule)}{fades}"


def related_asks(rule: Related) -> str:
    """Return what a related rule counts as "2 of sheet or webinar on the same line within 30 days"."""
    interest = "line" if rule.same == "line" else "kind of asset"
    parts = [f"{rule.at_least} of {either(rule.of)} on the same {interest}"]
    parts += [f"within {rule.within}"] if rule.within is not None else []
    parts += [f"over at least {rule.over}"] if rule.over is not None else []
    return " ".join(parts)


def needs_sentence(needs: Needs) -> str:
    """Return the gates of a tier; "nothing" where there are none."""
    thresholds = thresholds_sentence(needs)
    parts = [thresholds] if thresholds else []
    parts += [f"one of {either(needs.any)}"] if needs.any else []
    parts += [f"all of {', '.join(needs.all)}"] if needs.all else []
    if needs.signals is not None:
        counts = ((needs.signals.high, "high"), (needs.signals.medium, "medium"), (needs.signals.low, "low"))
        said = either(_signals(count, strength) for count, strength in counts if count is not None)
        parts.append(f"{said} of different kinds" if needs.signals.different == "kinds" else said)
    return "; ".join(parts) or "nothing"


def thresholds_sentence(needs: Needs | Stays) -> str:
    """Return points and grades of what a tier needs, or of what is enough to stay in it."""
    points = (("fit", needs.fit), ("intent", needs.intent), ("fit and intent together", needs.total))
    parts = [f"{name} {points_text(least)}" for name, least in points if least is not None]
    parts += [f"grade {either(needs.grades)}"] if needs.grades else []
    return "; ".join(parts)


def _signals(count: int, strength: str) -> str:
    return counted(count, f"{strength} signal")


def span_sentence(span: Span | None) -> str:
    """Return a span, or "at once" for none at all."""
    return "at once" if span is None or span.amount == 0 else str(span)
