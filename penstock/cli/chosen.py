"""Names chosen from a list: a wrong one is a mistake of usage, told with what was probably meant."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from penstock.errors import UsageError


def one_of(name: str | None, known: Collection[str], what: str) -> None:
    """Raise UsageError where a name is given that is not known."""
    if name is None or name in known:
        return
    meant = get_close_matches(name, known, n=1)
    hint = f'did you mean "{meant[0]}"?' if meant else f"there are {', '.join(known) or 'none'}"
    raise UsageError(f'{what} "{name}" is not known: {hint}')
