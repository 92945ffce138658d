"""Names in the vocabulary's `trust` that no feed has, for `penstock playbook check`: what such a feed says is trusted
least of all, and nothing else shows the slip.

A name for a feed to come is no slip: one is said only where it looks like a feed that `trust` leaves out, or where
there are several feeds and one of them is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import select

from penstock.errors import Problem
from penstock.operations.open_checked import read_if_fit
from penstock.playbook.load_files import Loaded
from penstock.playbook.load_places import closest, listed
from penstock.settings import BY_HAND
from penstock.store.engine import table
from penstock.store.tables import Batch

BATCH = table(Batch)


def odd_in_trust(url: str, loaded: Loaded, feeds: Collection[str]) -> tuple[Problem, ...]:
    """Return the names in `trust` that neither the settings (``feeds``) nor what landed knows, with what was meant."""
    landed = read_if_fit(url, lambda tx: list(tx.scalars(select(BATCH.c.feed).distinct()))) or []
    return tuple(
        loaded.places.problem(("vocabulary", "trust", number), f'there is no feed "{name}"', remedy)
        for number, name, remedy in _odd(loaded.playbook.deciding.vocabulary.trust, list(feeds), sorted(landed))
    )


def _odd(trust: list[str], feeds: list[str], landed: list[str]) -> Iterator[tuple[int, str, str]]:
    """Yield place, name and remedy; a feed that is read no more has its facts still."""
    left_out = [feed for feed in feeds if feed not in trust]
    for number, name in enumerate(trust):
        if name in (*feeds, *landed, BY_HAND):
            continue
        if near := closest(name, [feed for feed in (*feeds, *landed) if feed not in trust]):
            yield number, name, f"did you mean {near}?"
        # Of one feed alone the order says nothing.
        elif left_out and len(feeds) > 1:
            yield number, name, f"write it as penstock.toml calls it; trust leaves out {listed(left_out)}"
