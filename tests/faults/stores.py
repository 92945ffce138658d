"""One store that is filled again and again from templates, so that one kill costs a tenth of a second and not ten.

The engine stays the same (its compiled statements stay warm), the database behind it is replaced.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psycopg

from penstock.store.engine import Sessions, open_store
from penstock.store.types import Row
from tests import postgres as pg

NAMES = ("", "-wal", "-shm")
TABLES = [one.name for one in Row.metadata.sorted_tables]
MARK = " UNION ALL ".join(
    f"SELECT '{one}', count(*) || ' ' || coalesce(sum(xmin::text::bigint), 0) FROM {one}" for one in TABLES
).encode()


class Place(Protocol):
    """Where the database lives: its present state can be kept under a name, and put back."""

    @property
    def url(self) -> str: ...

    def keep(self, name: str) -> None: ...

    def put_back(self, name: str) -> None: ...

    def touched(self) -> list[str]:
        """Return the tables in which anything may have been committed since they were put back."""
        ...


@dataclass
class FilePlace:
    """An SQLite file; a template is a copy."""

    folder: Path
    put: bytes = b""

    @property
    def url(self) -> str:
        return f"sqlite:///{self._file('work')}"

    def keep(self, name: str) -> None:
        self._copy("work", name)

    def put_back(self, name: str) -> None:
        self._copy(name, "work")
        self.put = self._content()

    def touched(self) -> list[str]:
        return [] if self._content() == self.put else TABLES

    def _content(self) -> bytes:
        parts = [Path(f"{self._file('work')}{ending}") for ending in ("", "-wal")]
        # An empty log and none are the same.
        return b"".join(part.read_bytes() for part in parts if part.exists())

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite"

    def _copy(self, source: str, target: str) -> None:
        for ending in NAMES:
            part, copy = (Path(f"{self._file(name)}{ending}") for name in (source, target))
            copy.unlink(missing_ok=True)
            if part.exists():
                shutil.copyfile(part, copy)


class ServerPlace:
    """A database on the tests' PostgreSQL; a template is a schema beside the tables: to copy a database takes
    longer.
    """

    def __init__(self, server: pg.Server, database: str) -> None:
        self.url = server.url(database)
        self._tx = psycopg.connect(host=str(server.place), user="postgres", dbname=database, autocommit=True)
        self._scene, self._put = "", dict[str, str]()
        self._sequences: dict[str, list[str]] = {}

    def keep(self, name: str) -> None:
        rows = self._tx.execute(
            "SELECT sequencename, coalesce(last_value, 1), last_value IS NOT NULL FROM pg_sequences"
        )
        self._sequences[name] = [f"SELECT setval('{one}', {last}, {used})" for one, last, used in rows]
        copies = [f'CREATE TABLE "{name}".{one} AS TABLE public.{one}' for one in TABLES]
        self._run(f'CREATE SCHEMA "{name}"', *copies)

    def put_back(self, name: str) -> None:
        """Fill the tables that were changed since they were last put back to this, or all."""
        changed = self.touched() if self._scene == name else TABLES
        rows = (f'TRUNCATE {one}; INSERT INTO {one} SELECT * FROM "{name}".{one}' for one in changed)
        self._run(*rows, *self._sequences[name])
        self._scene, self._put = name, self._marks()

    def touched(self) -> list[str]:
        marks = self._marks()
        return [one for one in TABLES if marks[one] != self._put[one]]

    def _marks(self) -> dict[str, str]:
        """The count of each table's rows, and the sum of the transactions that wrote those that can be seen."""
        return {one: mark for one, mark in self._tx.execute(MARK)}  # noqa: C416 - rows are no tuples to the type checker

    def _run(self, *statements: str) -> None:
        self._tx.execute(";".join(statements).encode())

    def close(self) -> None:
        """End the connection."""
        self._tx.close()


@dataclass
class Stage:
    """The store at hand and the log of what left; ``scene`` puts both back to how they were kept."""

    place: Place
    folder: Path
    sessions: Sessions = field(init=False)

    def __post_init__(self) -> None:
        self.sessions = open_store(self.place.url)

    @property
    def log(self) -> Path:
        """The mails that left."""
        return self.folder / "mails"

    def keep(self, scene: str) -> None:
        """Keep store and log as they are under a name."""
        self.sessions.close()
        self.place.keep(scene)
        self.log.touch()
        shutil.copyfile(self.log, self.folder / f"mails-{scene}")

    def scene(self, scene: str) -> None:
        """Put store and log back to how they were kept."""
        self.sessions.close()
        self.place.put_back(scene)
        shutil.copyfile(self.folder / f"mails-{scene}", self.log)
