"""Stores to measure on: a fresh file for SQLite, a private server (fsync off) for PostgreSQL; used by every
benchmark.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from penstock.store.engine import Sessions, open_store
from penstock.store.migrate import upgrade
from tests import postgres as pg


def stores() -> Iterator[tuple[str, Sessions]]:
    """Yield (name, sessions) of an empty, migrated store on each database that is here."""
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as place:
        yield from _opened("sqlite", f"sqlite:///{Path(place) / 'bench.sqlite'}")
    binary = pg.binaries()
    if binary is None:
        print("postgres: left out, there is no PostgreSQL here")
        return
    server = pg.start(binary)
    try:
        yield from _opened("postgres", server.url(server.create()))
    finally:
        server.stop()


def _opened(name: str, url: str) -> Iterator[tuple[str, Sessions]]:
    upgrade(url)
    sessions = open_store(url)
    try:
        yield name, sessions
    finally:
        sessions.close()


@contextmanager
def timed() -> Iterator[list[float]]:
    """Give a list that holds the seconds once the block has ended."""
    taken: list[float] = []
    start = time.perf_counter()
    yield taken
    taken.append(time.perf_counter() - start)


def peak_memory() -> int:
    """Return this process's peak memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
