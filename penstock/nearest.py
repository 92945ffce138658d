"""What was probably meant by a name that nobody knows; used wherever a person or a file names something."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

SHOWN = 12  # more names than fit on a line help nobody
# Lower, and short words suggest each other: sqlite for mysql.
ALIKE = 0.6


def nearest(word: str, known: Iterable[str], *, alike: float = ALIKE) -> str:
    """Return the known name that looks most like ``word`` in any case, or ''; of two alike the first.

    ``alike`` is how alike they must be, from 0 to 1 (difflib's ratio).
    """
    by_folded = {name.casefold(): name for name in reversed(list(known))}
    found = get_close_matches(word.casefold(), by_folded, n=1, cutoff=alike)
    return by_folded[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean "…"?``, or the names there are when none looks like it."""
    names = list(dict.fromkeys(known))
    if name := nearest(word, names):
        return f'did you mean "{name}"?'
    more = ", …" if len(names) > SHOWN else ""
    return f"there are {', '.join(names[:SHOWN])}{more}" if names else "there are none"
