"""How many of what, as people say it: one place for all that artifacts, commands and pages count."""

from __future__ import annotations

_OTHERWISE = {"person": "people"}


def counted(count: int, name: str) -> str:
    """Return ``1 row``, ``2 rows``, ``1,200 new accounts``; ``name`` is that of one, its last word takes the plural."""
    return f"{count:,} {name if count == 1 else several(name)}"


def several(name: str) -> str:
    """Return the plural of an English noun, of its last word where it has more."""
    if name in _OTHERWISE:
        return _OTHERWISE[name]
    if name.endswith("y") and name[-2] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "ch", "sh")) else f"{name}s"
