"""The boundaries at which a process can die: before each statement, commit, render, send and settle, and after a send.

Watched by SQLAlchemy's events and by thin wrappers that call through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import event

from penstock.mail import outbox
from penstock.operations.pipeline import World
from penstock.ports import Mailer
from penstock.records import OutgoingMail
from penstock.store.engine import Sessions

KINDS = ("statement", "commit", "render", "send", "taken", "settle")
Pass = Callable[[str], None]


def watch(world: World, passing: Pass) -> World:
    """Return the world with every boundary told to ``passing``, in this process for good: for a child."""
    watch_store(world.sessions, passing)
    settle = outbox.settle

    def settling(*args: Any, **options: Any) -> Any:
        passing("settle")
        return settle(*args, **options)

    outbox.settle = settling
    mailer: Any = _Mailer(world.mailer, passing)
    composer: Any = _Composer(world.composer, passing)
    return replace(world, mailer=mailer, composer=composer)


def watch_store(sessions: Sessions, passing: Pass) -> None:
    """Tell of every statement and commit."""
    event.listen(sessions.engine, "before_cursor_execute", lambda *_: passing("statement"))
    event.listen(sessions.engine, "commit", lambda _: passing("commit"))


@dataclass
class _Mailer:
    mailer: Mailer
    passing: Pass

    @property
    def repeatable(self) -> bool:
        return self.mailer.repeatable

    def send(self, mail: OutgoingMail) -> str:
        self.passing("send")
        said = self.mailer.send(mail)
        self.passing("taken")
        return said

    def check(self) -> str:
        return self.mailer.check()


@dataclass
class _Composer:
    composer: Any
    passing: Pass

    def compose(self, *args: Any, **options: Any) -> OutgoingMail:
        self.passing("render")
        mail: OutgoingMail = self.composer.compose(*args, **options)
        return mail

    def __getattr__(self, name: str) -> Any:
        return getattr(self.composer, name)
