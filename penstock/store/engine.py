"""Engines and sessions: how operations open their short transactions on SQLite and PostgreSQL.

SQLite is driven with our own BEGIN: by default its driver commits ``WITH … UPDATE … RETURNING`` at once, and a claim
survives the rollback. Writing sessions take the write lock first (BEGIN IMMEDIATE), reading sessions never wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.engine import make_url

from penstock.store.types import Row

# 64 MB of page cache; no mmap, which cost 1 GB of resident memory and was no faster.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA busy_timeout = 60000",
    "PRAGMA cache_size = -65536",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA foreign_keys = ON",
)


def table(model: type[Row]) -> Table:
    """Return the Core table of a row class; every statement is built on it."""
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found


class Sessions:
    """Opens short transactions on one store; what every operation is given.

    ``write`` commits when its block ends and rolls back when it raises; ``read`` always rolls back. With ``dry_run``
    nothing is ever committed.
    """

    def __init__(self, engine: Engine, *, dry_run: bool = False) -> None:
        """Wrap an engine made by ``open_store``."""
        self.engine = engine
        self.dry_run = dry_run

    @property
    def is_sqlite(self) -> bool:
        """Whether the store is SQLite (landing and bulk statements choose by it)."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a writing transaction."""
        with self.engine.connect() as tx:
            if self.is_sqlite:
                tx.exec_driver_sql("BEGIN IMMEDIATE")
            yield tx
            if self.dry_run:
                tx.rollback()
            else:
                tx.commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a reading transaction."""
        with self.engine.connect() as tx:
            if self.is_sqlite:
                tx.exec_driver_sql("BEGIN")
            yield tx
            tx.rollback()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_store(url: str, *, dry_run: bool = False) -> Sessions:
    """Return sessions on the store at a database URL (``sqlite:///…`` or ``postgresql+psycopg://…``)."""
    engine = _sqlite(url) if make_url(url).get_backend_name() == "sqlite" else _postgres(url)
    return Sessions(engine, dry_run=dry_run)


# Just-in-time compilation costs half a second per statement here, more than it ever saves on our sets.
# A plan that is kept knows no values: it compares each row with each of 5,000 keys, one by one, where one made for them
# hashes them (ingest took 2 to 5 times as long).
POSTGRES_OPTIONS = "-c timezone=UTC -c jit=off -c plan_cache_mode=force_custom_plan"


# The driver would prepare statements by itself, and with the first rollback have the server forget all prepared ones:
# ours too (penstock.playbook.judge).
POSTGRES_ARGUMENTS = {"options": POSTGRES_OPTIONS, "prepare_threshold": None}


def _postgres(url: str) -> Engine:
    return create_engine(url, connect_args=POSTGRES_ARGUMENTS, pool_pre_ping=True)


def _sqlite(url: str) -> Engine:
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own connection
        connection.isolation_level = None
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)

    return engine
