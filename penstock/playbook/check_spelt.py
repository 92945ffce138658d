"""Checks lists of spellings that were probably meant as something else: countries of a region, titles of a function,
assets of a line.

A plain list below a term is how the world spells the term itself. Whoever means more writes it under its own word; left
plain, it is in order, and nobody is ever found by it.
"""

from __future__ import annotations

from penstock.playbook.check_findings import Findings
from penstock.playbook.model import Playbook
from penstock.playbook.terms import fold
from penstock.playbook.terms_countries import ISO_CODES
from penstock.playbook.vocabulary import Entry, Vocabulary

# Section → one of its terms, and the word below it that patterns were probably meant for.
_PATTERNS = {"functions": ("function", "titles"), "seniorities": ("seniority", "titles"), "lines": ("line", "assets")}


def check_spelt(playbook: Playbook, found: Findings) -> None:
    """Find countries and patterns among the spellings of a term that has none where they are read."""
    vocabulary = playbook.deciding.vocabulary
    _regions(vocabulary, found)
    for section, (one, word) in _PATTERNS.items():
        entries: dict[str, Entry] = getattr(vocabulary, section)
        for term, entry in entries.items():
            patterns = [text for text in entry.spelt if "*" in text]
            if patterns and not getattr(entry, word):
                what = f'"{patterns[0]}" is read where something names the {one} itself, not in {word}'
                found.warn(("vocabulary", section, term), what, f"write {term}: {{{word}: […]}}")


def _regions(vocabulary: Vocabulary, found: Findings) -> None:
    countries = {fold(name) for name in (*ISO_CODES, *vocabulary.countries)}
    for region, entry in vocabulary.regions.items():
        meant = [text for text in entry.spelt if fold(text) in countries]
        if meant and not entry.countries:
            what = f'"{meant[0]}" is a spelling of {region} here, so nobody is in it by their country'
            found.warn(("vocabulary", "regions", region), what, f"write {region}: {{countries: [{', '.join(meant)}]}}")
