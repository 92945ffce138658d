"""A private PostgreSQL server for the tests: found, started, filled with databases, stopped; used by conftest only.

It listens on a unix socket in a folder of its own, so it needs no port and no password, and meets no other server.
Nothing is synchronised to disk: it lives for one test session.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

# PostgreSQL refuses to run as root; Debian's package makes this user.
USER = "postgres" if os.geteuid() == 0 else None
# Text sorts by a language, not by code points, so that no statement comes to rely on the C collation.
LOCALE = ("--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_connections": "60",
    "timezone": "America/New_York",  # not UTC: every connection of ours must say so itself
}
START_SECONDS = 60
# A database is some 300 files: a copy takes 0.02 s in memory, 0.05 to 0.35 s on a disk. Containers often have 64 MB
# there, which is too little.
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 2 << 30


class PostgresError(RuntimeError):
    """A server that did not start, with what it said."""


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL on this machine, from 15 on; None where there is none."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += Path("/usr/lib/postgresql").glob("*/bin")
    usable = {major: place for place in found if (place / "postgres").exists() and (major := _major(place)) >= 15}
    return usable[max(usable)] if usable else None


def _major(place: Path) -> int:
    told = subprocess.run([place / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    numbers = re.findall(r"\d+", told)
    return int(numbers[0])


@dataclass
class Server:
    """One running server; ``template`` is the migrated database that each test's own is copied from."""

    place: Path
    process: subprocess.Popen[bytes]
    names: count[int] = field(default_factory=lambda: count(1))
    template: str | None = None

    def url(self, database: str) -> str:
        """The address of a database, as SQLAlchemy takes it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.place}"

    def create(self, template: str = "template1") -> str:
        """Make a database as a copy of another one and return its name."""
        name = f"test_{next(self.names)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def migrated(self, upgrade: Callable[[str], None]) -> str:
        """Make a database with all tables; migrations run once, each further one is a copy."""
        if self.template is None:
            name = self.create()
            upgrade(self.url(name))
            self.template = name
        return self.create(self.template)

    def drop(self, database: str) -> None:
        """Remove a database, with whoever is still connected to it."""
        self._run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(host=str(self.place), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        """Stop the server at once, whoever is still connected, and remove its folder."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)
        shutil.rmtree(self.place, ignore_errors=True)


def start(binary: Path, below: Path | None = None) -> Server:
    """Start a server of its own, in memory where there is room, else (or for a bench) below a folder on a disk."""
    place = Path(tempfile.mkdtemp(prefix="penstock-pg-", dir=below or _room_in_memory()))
    if USER:
        shutil.chown(place, USER, USER)
    _call([binary / "initdb", "-D", place / "base", "-U", "postgres", "-A", "trust", "--no-sync", *LOCALE], place)
    options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    command = [*_dies_with_us(), str(binary / "postgres"), "-D", str(place / "base"), "-k", str(place), *options]
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=place, stdout=log, stderr=log, user=USER, group=USER)
    server = Server(place, process)
    _wait_for(server)
    return server


def _room_in_memory() -> Path | None:
    has_room = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_BYTES
    return MEMORY if has_room else None


def _dies_with_us() -> list[str]:
    """A test session that is killed must not leave its server behind (Linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "INT", "--"] if setpriv else []


def _call(command: list[str | Path], place: Path) -> None:
    done = subprocess.run(command, cwd=place, user=USER, group=USER, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PostgresError(done.stderr)


def _wait_for(server: Server) -> None:
    limit = time.monotonic() + START_SECONDS
    while server.process.poll() is None and time.monotonic() < limit:
        try:
            server._run("SELECT 1")
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    told = (server.place / "log").read_text(encoding="utf-8", errors="replace")
    server.stop()
    raise PostgresError(told)
