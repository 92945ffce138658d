"""From the words of the world to the vocabulary's terms; used where words are interned, and by the playbook's checks.

Pure and without a store: the same vocabulary gives the same terms for a text, whenever it is asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from itertools import chain

from penstock.identity.domains import of_company
from penstock.playbook.terms_countries import ISO_CODES
from penstock.playbook.terms_words import WordLists
from penstock.playbook.vocabulary import Entry, Vocabulary

# The field of a fact or activity → the section of the vocabulary that knows its words.
SECTIONS = {
    "source": "sources", "campaign": "campaigns", "channel": "channels", "industry": "industries",
    "company_type": "company_types", "email_type": "email_types", "country": "countries", "region": "regions",
    "line": "lines", "function": "functions", "seniority": "seniorities", "asset": "assets", "product": "products",
    "company": "companies", "on_list": "lists", "list_origin": "origins",
}  # fmt: skip
# Where the vocabulary has the terms of the playbook's own fields.
OWN = "terms"
# A word of these that the vocabulary does not know is a term by itself, folded: no list of them is ever complete.
OPEN_FIELDS = ("kind", "company", "domain")
# What an address is by its domain alone, where the vocabulary does not know better.
FREE, BUSINESS = EMAIL_TYPES = ("free", "business")
Found = tuple[tuple[str, str], ...]
Index = Mapping[str, tuple[str, ...]]


def fold(text: str) -> str:
    """Return a text as spellings are compared: compatible characters made one (NFKC), no case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def entries_of(vocabulary: Vocabulary, field: str) -> Mapping[str, Entry]:
    """Return the terms that the vocabulary lists for a field, none where it lists none."""
    if field in SECTIONS:
        entries: Mapping[str, Entry] = getattr(vocabulary, SECTIONS[field])
        return entries
    return vocabulary.terms.get(field, {})


def section_of(field: str) -> str:
    """Return where in the vocabulary the terms of a field stand."""
    return SECTIONS.get(field, f"{OWN}: {field}")


class Terms:
    """What every spelling means under one vocabulary; make it once, ask it often.

    A section that the vocabulary leaves out knows every word: its words are their own terms, folded.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Index the vocabulary."""
        self._vocabulary = vocabulary
        self._regions_of = _regions_of(vocabulary.regions)
        self._words = WordLists(vocabulary.words)
        self._readers: dict[str, Callable[[str], Found]] = {
            **{field: self._reader(field) for field in (*SECTIONS, *self._own_texts())},
            **{field: _own(field) for field in ("kind", "domain")},
            "country": self._country(),
            "email_type": self._email_type(),
            "title": self._title(),
            "asset": self._asset(),
            "text": lambda text: tuple(("text", term) for term in self._words.of(text)),
        }

    def of(self, field: str, text: str) -> Found:
        """Return the (field, term) pairs that a text of a field means, without repeats; () where it means nothing."""
        reader = self._readers.get(field)
        return () if reader is None else tuple(dict.fromkeys(reader(text)))

    def knows_all(self, field: str) -> bool:
        """Whether every word of a field is a term, so that a condition may name any (folded)."""
        may_be_left_out = (
            field in SECTIONS and field not in ("country", "email_type", "asset")
        ) or field in self._own_texts()
        return field in OPEN_FIELDS or (may_be_left_out and not entries_of(self._vocabulary, field))

    def _own_texts(self) -> tuple[str, ...]:
        return tuple(name for name, kind in self._vocabulary.fields.items() if kind == "text")

    def _reader(self, field: str) -> Callable[[str], Found]:
        find = _finder(entries_of(self._vocabulary, field))
        own = _own(field) if self.knows_all(field) else (lambda _: ())

        def read(text: str) -> Found:
            return tuple((field, term) for term in find(fold(text))) or own(text)

        return read

    def _country(self) -> Callable[[str], Found]:
        find = _finder(self._vocabulary.countries)

        def read(text: str) -> Found:
            folded = fold(text)
            code = folded.upper()
            known = find(folded) or ((code,) if code in ISO_CODES else ())
            regions = chain.from_iterable(self._regions_of.get(term.casefold(), ()) for term in known)
            return (*(("country", term) for term in known), *(("region", region) for region in regions))

        return read

    def _email_type(self) -> Callable[[str], Found]:
        find = _finder(self._vocabulary.email_types)

        def read(text: str) -> Found:
            domain = fold(text)
            terms = find(domain) or ((BUSINESS if of_company(domain) else FREE),)
            return tuple(("email_type", term) for term in terms)

        return read

    def _title(self) -> Callable[[str], Found]:
        fields = {"function": self._vocabulary.functions, "seniority": self._vocabulary.seniorities}
        patterns = {field: _first_that_fits(_patterns(entries, "titles")) for field, entries in fields.items()}

        def read(text: str) -> Found:
            folded = fold(text)
            found = ((field, first(folded)) for field, first in patterns.items())
            return tuple((field, term) for field, term in found if term is not None)

        return read

    def _asset(self) -> Callable[[str], Found]:
        kind = _first_that_fits(_asset_patterns(self._vocabulary.assets))
        stages = {name: entry.content_stage for name, entry in self._vocabulary.assets.items() if entry.content_stage}
        lines = {line: _regex(globs) for line, globs in _patterns(self._vocabulary.lines, "assets").items()}

        def read(text: str) -> Found:
            folded = fold(text)
            first = kind(folded)
            of_lines = tuple(("line", line) for line, regex in lines.items() if regex.fullmatch(folded))
            of_kind = (("asset", first),) if first else ()
            of_stage = (("content_stage", stages[first]),) if first in stages else ()
            return (*of_kind, *of_stage, *of_lines)

        return read


def _own(field: str) -> Callable[[str], Found]:
    def read(text: str) -> Found:
        folded = fold(text)
        return ((field, folded),) if folded else ()

    return read


def spellings(term: str, entry: Entry) -> tuple[str, ...]:
    """Return every spelling of a term, folded: its id, its title, and those listed; ``*`` stands for anything."""
    return tuple(dict.fromkeys(fold(text) for text in (term, entry.title, *entry.spelt) if text.strip()))


def _finder(entries: Mapping[str, Entry]) -> Callable[[str], tuple[str, ...]]:
    """Return what finds the terms that are spelt so; a spelling with ``*`` is asked only where none is exact."""
    exact: dict[str, tuple[str, ...]] = {}
    patterns: dict[str, list[str]] = {}
    for term, entry in entries.items():
        for spelling in spellings(term, entry):
            if "*" in spelling:
                patterns.setdefault(term, []).append(spelling)
            else:
                exact[spelling] = (*exact.get(spelling, ()), term)
    first = _first_that_fits(patterns)

    def find(folded: str) -> tuple[str, ...]:
        if folded in exact:
            return exact[folded]
        fits = first(folded)
        return (fits,) if fits else ()

    return find


def _regions_of(regions: Mapping[str, Entry]) -> Index:
    found: dict[str, tuple[str, ...]] = {}
    for region, entry in regions.items():
        for country in entry.countries:
            found[country.casefold()] = (*found.get(country.casefold(), ()), region)
    return found


def _patterns(entries: Mapping[str, Entry], where: str) -> dict[str, list[str]]:
    found = {term: list(getattr(entry, where)) for term, entry in entries.items()}
    return {term: globs for term, globs in found.items() if globs}


def _asset_patterns(assets: Mapping[str, Entry]) -> dict[str, list[str]]:
    return {kind: list(spellings(kind, entry)) for kind, entry in assets.items()}


def _glob(pattern: str) -> str:
    return ".*".join(re.escape(part) for part in fold(pattern).split("*"))


def _regex(globs: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(_glob, globs)), re.DOTALL)


def _first_that_fits(patterns: Mapping[str, Iterable[str]]) -> Callable[[str], str | None]:
    """Return what finds the first term with a pattern that fits; all patterns are one regular expression."""
    if not patterns:
        return lambda _: None
    terms = tuple(patterns)
    groups = (f"({'|'.join(map(_glob, globs))})" for globs in patterns.values())
    regex = re.compile("|".join(groups), re.DOTALL)

    def first(folded: str) -> str | None:
        found = regex.fullmatch(folded)
        return terms[found.lastindex - 1] if found and found.lastindex else None

    return first
