"""Work in chunks, a transaction each; used by operations that go on until a round finds nothing to do."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from threading import Event

from sqlalchemy import Connection

from penstock.store.engine import Sessions

Round = Callable[[Connection], int]
# Rounds at once on PostgreSQL, where the work is the server's, a process of its own for each connection. SQLite has one
# writer, and what only reads gains a tenth by a second thread: all memory is taken under one lock.
SIDE_BY_SIDE = 4


def until_nothing(sessions: Sessions, work: Round, *, most: int | None = None) -> int:
    """Call ``work`` in a transaction of its own until it returns 0; return the sum.

    A dry run goes on in one transaction, which is rolled back with it: else it would meet the same rows for ever.
    ``most``: what a round does at most. Where the first did all of it, others go on beside each other, if the rows that
    one holds are passed over by the others.
    """
    if sessions.dry_run:
        with sessions.write() as tx:
            return _repeat(lambda: nullcontext(tx), work)
    with sessions.write() as tx:
        first = work(tx)
    if first != most or sessions.is_sqlite:
        return first and first + _repeat(sessions.write, work)
    return first + _beside_each_other(sessions, work)


def _beside_each_other(sessions: Sessions, work: Round) -> int:
    stopped = Event()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        try:
            return sum(threads.map(lambda _: _repeat(sessions.write, work, stopped), range(SIDE_BY_SIDE)))
        finally:
            # Whoever interrupts the run, or a round that fails, waits for the rounds under way and no longer.
            stopped.set()


def _repeat(begin: Callable[[], AbstractContextManager[Connection]], work: Round, stopped: Event | None = None) -> int:
    total = 0
    while stopped is None or not stopped.is_set():
        with begin() as tx:
            done = work(tx)
        if not done:
            break
        total += done
    return total
