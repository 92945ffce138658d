"""Upgrading a store to the tables of this version; called by ``init``, ``demo``, ``up``, ``store upgrade`` and tests.

Foreign keys are off while SQLite migrates (Alembic's batch mode deletes child rows with them on), and an older store is
upgraded, never dropped.
"""

from __future__ import annotations

from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from penstock.store.engine import open_store


def _config(tx: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "penstock.store:migrations")
    config.attributes["connection"] = tx
    return config


def head() -> str:
    """Return the newest revision that this version knows."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    assert found is not None  # noqa: S101 - the package ships its migrations
    return found


def revision(url: str) -> str | None:
    """Return the revision of the store at ``url``, None for an empty one."""
    sessions = open_store(url)
    try:
        with sessions.read() as tx:
            return MigrationContext.configure(tx).get_current_revision()
    finally:
        sessions.close()


def upgrade(url: str, to: str = "head") -> None:
    """Upgrade the store at ``url``, in one transaction."""
    _run(url, command.upgrade, to)


def _run(url: str, step: Any, *args: Any, **options: Any) -> None:  # noqa: ANN401 - an Alembic command
    sessions = open_store(url)
    try:
        with sessions.engine.connect() as tx:
            if sessions.is_sqlite:
                tx.exec_driver_sql("PRAGMA foreign_keys = OFF")
                tx.exec_driver_sql("BEGIN IMMEDIATE")
            step(_config(tx), *args, **options)
            tx.commit()
    finally:
        sessions.close()
