"""Work in chunks, a transaction each; used by operations that go on until a round finds nothing to do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from sqlalchemy import Connection

from penstock.store.engine import Sessions

Round = Callable[[Connection], int]


def until_nothing(sessions: Sessions, work: Round) -> int:
    """Call ``work`` in a transaction of its own until it returns 0; return the sum.

    A dry run goes on in one transaction, which is rolled back with it: else it would meet the same rows for ever.
    """
    if sessions.dry_run:
        with sessions.write() as tx:
            return _repeat(lambda: nullcontext(tx), work)
    return _repeat(sessions.write, work)


def _repeat(begin: Callable[[], AbstractContextManager[Connection]], work: Round) -> int:
    total = 0
    while True:
        with begin() as tx:
            done = work(tx)
        if not done:
            return total
        total += done
