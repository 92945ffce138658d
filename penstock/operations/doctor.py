"""Doctor: what is wrong with a workspace and how to mend it, each part looked at though another is broken; for the CLI.

It reads and tries, and changes nothing. What lies outside (feeds, mail) comes as callables: making it may fail too.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from penstock.counts import counted
from penstock.errors import FileError, PenstockError, Problem
from penstock.operations.clock import greatest_now
from penstock.operations.open_checked import check_tables
from penstock.operations.unsupplied import in_words, read_unsupplied
from penstock.playbook.check import check_playbook
from penstock.playbook.load_files import read_playbook
from penstock.ports import Feed, Mailer
from penstock.settings import Settings
from penstock.sla.clocks import next_due
from penstock.store.engine import Sessions, open_store
from penstock.store.playbooks import LIVE, read_live

LEAST_SQLITE = (3, 40)
LEAST_POSTGRES = 15
# The fallback schedule checks twice an hour; beyond this nobody checks.
LATE = timedelta(hours=2)
# A machine's clock may be corrected by a little; runs from the future mean that it was wrong by much.
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of the workspace: whether it is well, what was seen, and how to mend it."""

    part: str
    ok: bool
    said: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class DoctorResult:
    """All findings, in the order in which things depend on each other."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return all(finding.ok for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Outside:
    """How to reach what lies outside."""

    feeds: Callable[[Sessions], Sequence[Feed]]
    mailer: Callable[[], Mailer]


def run_doctor(settings: Settings, *, now: datetime, outside: Outside) -> DoctorResult:
    """Look at every part."""
    looks: list[tuple[str, Callable[[], str]]] = [
        ("keys", lambda: _keys(settings)),
        ("playbook", lambda: _playbook(settings)),
        ("templates", lambda: _templates(settings.templates)),
        ("mail", lambda: _mail(settings, outside)),
    ]
    findings = [Finding("settings", ok=True, said=f"{settings.workspace / 'penstock.toml'} reads well")]
    findings += [_look(part, look) for part, look in looks]
    return DoctorResult((*findings, *_store(settings, now, outside)))


def _look(part: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(part, ok=True, said=look())
    except FileError as error:
        remedy = next((problem.remedy for problem in error.problems if problem.remedy), "")
        return Finding(part, ok=False, said="\n".join(str(problem) for problem in error.problems), remedy=remedy)
    except (PenstockError, OSError, DBAPIError) as error:
        return Finding(part, ok=False, said=str(error).splitlines()[0])


def _keys(settings: Settings) -> str:
    keys = settings.keyring().keys
    file = settings.data / "secret.key"
    if file.is_file() and os.name == "posix" and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise FileError(Problem(str(file), 0, "others on this machine can read the key", f"run `chmod 600 {file}`"))
    return f"{len(keys)} to sign and verify with"


def _playbook(settings: Settings) -> str:
    loaded = read_playbook(settings.playbook)
    checked = check_playbook(loaded)
    if checked.errors:
        raise FileError(*checked.errors)
    odd = f", {counted(len(checked.warnings), 'oddity')}: `penstock playbook check`" if checked.warnings else ""
    return f"{counted(len(loaded.playbook.deciding.definitions), 'definition')}{odd}"


def _templates(folder: Path) -> str:
    """Parse every override; what does not parse would stop the mails that use it."""
    found = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    for path in found:
        try:
            Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
        except TemplateSyntaxError as error:
            raise FileError(Problem(str(path), error.lineno, str(error), "mend it, or take the file away")) from error
    go = "goes" if len(found) == 1 else "go"
    return f"{len(found)} of the workspace's own {go} before the built-in ones" if found else "the built-in ones"


def _mail(settings: Settings, outside: Outside) -> str:
    told = outside.mailer().check()
    return f"{told}, links under {settings.web_address}" if settings.web_address else told


def _store(settings: Settings, now: datetime, outside: Outside) -> Iterator[Finding]:
    sessions = open_store(settings.database_url)
    try:
        yield (database := _look("database", lambda: _database(sessions)))
        if not database.ok:
            return
        yield (tables := _look("migrations", lambda: f"revision {check_tables(settings.database_url)}"))
        if tables.ok:
            yield _look("clocks", lambda: _clocks(settings, sessions, now))
            yield _look("fields", lambda: _fields(sessions))
            yield from _feeds(settings, sessions, outside)
    finally:
        sessions.close()


def _database(sessions: Sessions) -> str:
    with sessions.read() as tx:
        told = tx.execute(text("SELECT sqlite_version()" if sessions.is_sqlite else "SHOW server_version")).scalar_one()
    version = tuple(int(part) for part in str(told).split()[0].split(".")[:2])
    if version < (LEAST_SQLITE if sessions.is_sqlite else (LEAST_POSTGRES,)):
        raise PenstockError(f"version {told} is too old: SQLite 3.40 or PostgreSQL 15 are the least")
    return f"{'SQLite' if sessions.is_sqlite else 'PostgreSQL'} {told}"


def _clocks(settings: Settings, sessions: Sessions, now: datetime) -> str:
    greatest = greatest_now(sessions)
    if greatest is None:
        return "nothing has run yet: `penstock run pipeline`"
    if not settings.is_simulated and greatest > now + AHEAD:
        raise PenstockError(f"a run was at {greatest:%Y-%m-%d %H:%M}Z, after now: the clock of some machine is wrong")
    with sessions.read() as tx:
        due = next_due(tx)
    if due is not None and not settings.is_simulated and due < now - LATE:
        raise PenstockError(f"a promise was due at {due:%Y-%m-%d %H:%M}Z and nobody checked: is `penstock up` running?")
    return f"{settings.clock}, last run at {greatest:%Y-%m-%d %H:%M}Z"


def _fields(sessions: Sessions) -> str:
    """Name what no form or list supplies; points that nobody can get are odd, and nothing is broken."""
    with sessions.read() as tx:
        if tx.execute(select(LIVE.c.id)).first() is None:
            return "no playbook was adopted yet"
        lacking = [in_words(one) for one in read_unsupplied(tx, read_live(tx).deciding)]
    are = "is" if len(lacking) == 1 else "are"
    told = [f"{counted(len(lacking), 'field')} that rules ask for {are} never supplied:", *lacking]
    return "\n".join(told) if lacking else "all supplied"


def _feeds(settings: Settings, sessions: Sessions, outside: Outside) -> Iterator[Finding]:
    if not settings.feeds:
        yield Finding("feeds", ok=True, said="none is configured: [feeds.NAME] in penstock.toml")
        return
    made: list[Feed] = []

    def make() -> str:
        made.extend(outside.feeds(sessions))
        return str(len(made))

    making = _look("feeds", make)
    if not making.ok:
        yield making
    for feed in made:
        yield _look(f"feed {feed.name}", feed.check)
