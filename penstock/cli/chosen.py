"""Names chosen from a list: a wrong one is a mistake of usage, told with what was probably meant."""

from __future__ import annotations

from collections.abc import Collection

from penstock.errors import UsageError
from penstock.nearest import did_you_mean


def one_of(name: str | None, known: Collection[str], what: str) -> None:
    """Raise UsageError where a name is given that is not known."""
    if name is not None and name not in known:
        raise UsageError(f'{what} "{name}" is not known: {did_you_mean(name, known)}')
