"""Checks sequences, content, reasons, consent, talk tracks: every interest has mails, every word leads somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from penstock.playbook.check_findings import Findings
from penstock.playbook.load_places import meant
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.operations import Operations, Sequence
from penstock.playbook.terms_countries import ISO_CODES
from penstock.playbook.vocabulary import Vocabulary


def check_sequences(playbook: Playbook, found: Findings) -> None:
    """Find interests without a sequence or with two, steps without mail, and references that lead nowhere."""
    operations, vocabulary = playbook.operations, playbook.deciding.vocabulary
    for name, sequence in operations.sequences.items():
        _steps(("sequences", name), sequence, operations, found)
        _lines(("sequences", name, "interest"), sequence.interest, vocabulary, found)
    _served(playbook, found)
    for name, content in operations.content.items():
        _lines(("content", name, "interest"), content.interest, vocabulary, found)
        if vocabulary.assets:
            found.refer(("content", name, "kind"), "kind of asset", content.kind, vocabulary.assets)
        if not content.url.startswith(("https://", "http://")):
            found.error(("content", name, "url"), f'"{content.url}" is no web address', "begin it with https://")
    _reasons(playbook, found)
    _consent(playbook, found)
    for line in operations.talk_tracks:
        _lines(("talk_tracks", line), (line,), vocabulary, found, is_key=True)


def _steps(path: KeyPath, sequence: Sequence, operations: Operations, found: Findings) -> None:
    for name, step in sequence.steps.items():
        place = (*path, "steps", name)
        if step.mail not in operations.mails:
            write = f"write it: mails/{step.mail}.md, with `Subject: …`, a blank line and the text"
            found.error((*place, "mail"), f'there is no mail "{step.mail}"', meant(step.mail, operations.mails, write))
        for number, content in enumerate(step.content):
            found.refer((*place, "content", number), "content", content, operations.content)
        if step.after.business:
            found.error((*place, "after"), "steps count plain time, not business time", "write for example 3d")


def _lines(
    path: KeyPath, lines: Iterable[str], vocabulary: Vocabulary, found: Findings, *, is_key: bool = False
) -> None:
    if vocabulary.lines:
        for number, line in enumerate(lines):
            found.refer(path if is_key else (*path, number), "line", line, vocabulary.lines)


def _served(playbook: Playbook, found: Findings) -> None:
    sequences = playbook.operations.sequences
    by_line: dict[str, str] = {}
    for name, sequence in sequences.items():
        for number, line in enumerate(sequence.interest):
            other = by_line.setdefault(line, name)
            if other != name:
                what = f"{other} is for {line} already, and a lead is in one sequence at a time"
                found.error(("sequences", name, "interest", number), what, "keep it in one of them")
    general = [name for name, sequence in sequences.items() if not sequence.interest]
    if not general:
        for path, line in _interests(playbook):
            if line not in by_line:
                remedy = f"add a sequence with interest: [{line}], or one without interest for all the others"
                found.error(path, f"no sequence is for {line}", remedy)
    named = {reason.sequence for reason in playbook.operations.reasons.values()}
    for definition in playbook.deciding.definitions.values():
        named |= {tier.sequence for tier in definition.tiers.values()}
        named |= {rule.sequence for rule in definition.exceptions.values()}
    for name in general[1:]:
        if name not in named:
            what = f"nobody gets {name}: {general[0]} is for every other interest already"
            found.warn(("sequences", name), what, "give it an interest, or name it in a reason")


def _interests(playbook: Playbook) -> Iterator[tuple[KeyPath, str]]:
    """Yield the lines that are nurtured, each where it is said."""
    for name, definition in playbook.deciding.definitions.items():
        if not any(tier.branch == "nurture" for tier in definition.tiers.values()):
            continue
        if definition.applies.line is not None:
            yield ("definitions", name, "for", "line"), definition.applies.line
        else:
            yield from ((("vocabulary", "lines", line), line) for line in playbook.deciding.vocabulary.lines)


def _reasons(playbook: Playbook, found: Findings) -> None:
    operations = playbook.operations
    for name, reason in operations.reasons.items():
        path = ("reasons", name, "sequence")
        found.refer(path, "sequence", reason.sequence, operations.sequences)
        if reason.to == "out" and reason.sequence is not None:
            found.error(path, "whoever is out gets no mail", "leave the sequence out, or write to: nurture")
    sells = any(tier.branch == "sales" for d in playbook.deciding.definitions.values() for tier in d.tiers.values())
    if sells and not operations.reasons:
        found.error(("queues",), "there are no reasons, so sales cannot say no to a handoff", "add the section reasons")


def _consent(playbook: Playbook, found: Findings) -> None:
    purposes = {sequence.purpose for sequence in playbook.operations.sequences.values()}
    countries = playbook.deciding.vocabulary.countries
    for purpose, bases in playbook.operations.consent.basis.items():
        path: KeyPath = ("consent", "basis", purpose)
        if purpose not in purposes:
            found.warn(path, f"no sequence has the purpose {purpose}", meant(purpose, purposes))
        for country in bases:
            if country not in ISO_CODES and country not in countries:
                remedy = meant(country, countries, "write its two-letter ISO code, for example DE")
                found.error((*path, country), f'"{country}" is no country', remedy)
