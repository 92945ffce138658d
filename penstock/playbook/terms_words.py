"""Word lists: which of them a text speaks of; used where texts are interned, and by the playbook's checks.

A text speaks of a list that has one of its words, or several of them in a row: whole words, in any case, with or
without accents. A ``*`` stands for any letters of a word, as German writes *Pumpenausfall* for a pump's failure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache

Words = tuple[str, ...]
MOST_MET = 100_000
_WORD, _PATTERN = re.compile(r"\w+"), re.compile(r"[\w*]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def words_of(text: str) -> Words:
    """Return the words of a text without case and accents: "Délai de livraison?" gives delai, de, livraison."""
    return tuple(_WORD.findall(_bare(text)))


def patterns_of(phrase: str) -> Words:
    """Return the words of a list's phrase as words_of does, each with its ``*``; () where it asks for no letter."""
    found = tuple(_PATTERN.findall(_bare(phrase)))
    return found if any(word.strip("*") for word in found) else ()


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _transcribed(phrase: str) -> str:
    """Return a phrase as it is typed where there are no umlauts: Störung gives Stoerung."""
    return unicodedata.normalize("NFKC", phrase).translate(_UMLAUTS)


class WordLists:
    """Finds the word lists that a text speaks of, by the first word of each phrase: a text is walked once."""

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        """Index the lists by name."""
        self._order = tuple(lists)
        self._starting: dict[str, list[tuple[Words, str]]] = {}
        self._open: list[tuple[Words, str]] = []
        for name, phrases in lists.items():
            spelt = dict.fromkeys(patterns_of(way) for phrase in phrases for way in (phrase, _transcribed(phrase)))
            for phrase in filter(None, spelt):
                begins_alike = self._open if "*" in phrase[0] else self._starting.setdefault(phrase[0], [])
                begins_alike.append((phrase, name))
        # People use few words: most have been met before, and no pattern is tried on them again.
        self._beginning = lru_cache(MOST_MET)(self._find)

    def of(self, text: str) -> Words:
        """Return the names of the lists that a text speaks of, in their order."""
        words = words_of(text)
        found = {
            name
            for start, word in enumerate(words)
            for phrase, name in self._beginning(word)
            if _says(words[start : start + len(phrase)], phrase)
        }
        return tuple(name for name in self._order if name in found)

    def _find(self, word: str) -> tuple[tuple[Words, str], ...]:
        """Return the phrases that may begin with a word, each with its list."""
        fitting = (one for one in self._open if _is(word, one[0][0]))
        return (*self._starting.get(word, ()), *fitting)


def _says(words: Words, phrase: Words) -> bool:
    return len(words) == len(phrase) and all(map(_is, words, phrase))


def _is(word: str, pattern: str) -> bool:
    return word == pattern or ("*" in pattern and fnmatchcase(word, pattern))
