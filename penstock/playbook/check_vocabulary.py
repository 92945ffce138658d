"""Checks the vocabulary: every spelling means one thing, and what is written is read."""

from __future__ import annotations

from collections import Counter

from penstock.playbook.check_findings import Findings
from penstock.playbook.conditions import LIST_ORIGIN
from penstock.playbook.definition import ExceptionRule
from penstock.playbook.load_conditions import ROUTE_WORDS
from penstock.playbook.load_errors import fields_of
from penstock.playbook.load_places import meant
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.operations import Route
from penstock.playbook.rules import FitRule
from penstock.playbook.terms import OWN, SECTIONS, fold, spellings
from penstock.playbook.terms_countries import ISO_CODES
from penstock.playbook.terms_words import patterns_of
from penstock.playbook.vocabulary import Entry, Vocabulary
from penstock.records import ACTIVITY_KINDS, SUPPRESSING_KINDS

# What only some sections read.
_READ_BY = {
    "countries": ("regions",),
    "assets": ("lines",),
    "content_stage": ("assets",),
    "titles": ("functions", "seniorities"),
}


def check_vocabulary(playbook: Playbook, found: Findings) -> None:
    """Find spellings with two meanings, lists nobody reads, unknown countries, names that are taken."""
    vocabulary = playbook.deciding.vocabulary
    sections: dict[KeyPath, dict[str, Entry]] = {(one,): getattr(vocabulary, one) for one in SECTIONS.values()}
    for section, entries in (sections | {(OWN, field): own for field, own in vocabulary.terms.items()}).items():
        _one_meaning(section, entries, found)
        for term, entry in entries.items():
            _only_read(section, term, entry, found)
    _countries(vocabulary, found)
    _words(vocabulary, found)
    _names(vocabulary, found)


def _one_meaning(section: KeyPath, entries: dict[str, Entry], found: Findings) -> None:
    meanings: dict[str, str] = {}
    for term, entry in entries.items():
        for spelling in spellings(term, entry):
            other = meanings.setdefault(spelling, term)
            if other != term:
                place = ("vocabulary", *section, term, "spelt", _position(entry, spelling))
                found.error(place, f'"{spelling}" means {other} already', "keep it in one of them")


def _position(entry: Entry, spelling: str) -> int:
    folded = [fold(text) for text in entry.spelt]
    return folded.index(spelling) if spelling in folded else 0


def _only_read(section: KeyPath, term: str, entry: Entry, found: Findings) -> None:
    for name, readers in _READ_BY.items():
        if getattr(entry, name) and section[-1] not in readers:
            place = ("vocabulary", *section, term, name)
            found.error(place, f"{name} is read for {' and '.join(readers)} only", "write spelt: […] for spellings")


def _countries(vocabulary: Vocabulary, found: Findings) -> None:
    known = {*ISO_CODES, *vocabulary.countries}
    folded = {country.casefold() for country in known}
    for region, entry in vocabulary.regions.items():
        for number, country in enumerate(entry.countries):
            if country.casefold() not in folded:
                place = ("vocabulary", "regions", region, "countries", number)
                remedy = meant(country, vocabulary.countries, "write its two-letter ISO code, for example DE")
                found.error(place, f'"{country}" is no country', remedy)


def _words(vocabulary: Vocabulary, found: Findings) -> None:
    for name, phrases in vocabulary.words.items():
        if not any(patterns_of(phrase) for phrase in phrases):
            found.error(("vocabulary", "words", name), f"the word list {name} is empty", "add words, or leave it out")
        for number, phrase in enumerate(phrases):
            if "*" in phrase and not patterns_of(phrase):
                place = ("vocabulary", "words", name, number)
                found.error(place, f'"{phrase}" is every word there is', "write letters beside the *, or leave it out")


def _names(vocabulary: Vocabulary, found: Findings) -> None:
    for kind in vocabulary.kinds:
        if kind in (*ACTIVITY_KINDS, *SUPPRESSING_KINDS):
            found.error(("vocabulary", "kinds", kind), f"the kind {kind} is known already", "leave it out")
    # What a rule with conditions says of itself can be no condition beside it.
    own = {name for model in (FitRule, ExceptionRule, Route) for name in fields_of(model)}
    for name in vocabulary.fields:
        if name in {*ROUTE_WORDS, LIST_ORIGIN, *own}:
            found.error(("vocabulary", "fields", name), f"the field {name} is known already", "leave it out")
    texts = [name for name, kind in vocabulary.fields.items() if kind == "text"]
    for name in vocabulary.terms:
        found.refer(("vocabulary", OWN, name), "text field among the fields", name, texts)
    for feed, times in Counter(vocabulary.trust).items():
        if times > 1:
            found.error(("vocabulary", "trust"), f"the feed {feed} stands in trust {times} times", "keep the first")
