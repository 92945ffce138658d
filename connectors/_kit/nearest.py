"""Suggestions for what was misspelt; used wherever a name of the user's is not found."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

SHOWN = 12  # more names than fit on a line help nobody


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known name that looks most like ``word`` in any case, or nothing."""
    by_folded = {name.casefold(): name for name in known}
    # 0.5 still finds "E-Mail" for "Email Address" and leaves "Revenue" out; lower, and any name suggests any other.
    found = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.5)
    return by_folded[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean "…"?``, or the names there are when none looks like it."""
    names = sorted(set(known))
    if name := nearest(word, names):
        return f'did you mean "{name}"?'
    more = ", …" if len(names) > SHOWN else ""
    return f"known: {', '.join(names[:SHOWN])}{more}" if names else ""
