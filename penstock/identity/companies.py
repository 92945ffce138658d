"""Company names: what two spellings of one company have in common. Used by matching."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from penstock.identity.domains import KEPT

# Legal forms at the end of a name; "Brunner AG" and "Brunner" are one company in two systems.
_FORMS = frozenset({
    "ab", "ag", "aps", "as", "asa", "bv", "bvba", "co", "company", "corp", "corporation", "doo", "eg", "eirl", "ek",
    "gmbh", "hf", "inc", "incorporated", "kft", "kg", "kgaa", "kk", "lda", "limited", "llc", "llp", "lp", "ltd", "ltda",
    "mbh", "nv", "ohg", "oy", "oyj", "plc", "pte", "pty", "pvt", "rt", "sa", "sarl", "sas", "se", "sl", "spa", "spol",
    "sprl", "srl", "sro", "ug", "und", "zrt",
})  # fmt: skip
_PUNCTUATION = re.compile(r"[^\w]+|_+")
# d.o.o., S.p.A., s.r.o.: letters with full stops are one word.
_DOTTED = re.compile(r"\b((?:\w\.){2,})")


@lru_cache(maxsize=KEPT)
def name_key(name: str) -> str:
    """Return a company's name without case, accents kept, punctuation and legal forms at its end.

    A name of nothing else stays whole: "AG" and "Co." are companies too.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    joined = _DOTTED.sub(lambda found: found[1].replace(".", "") + " ", folded)
    words = _PUNCTUATION.sub(" ", joined).split()
    end = len(words)
    while end > 1 and words[end - 1] in _FORMS:
        end -= 1
    return " ".join(words[:end])
