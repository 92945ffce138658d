"""Building what a run needs from the settings: sessions, feeds, mailer, composer, keyring; for flows, simulate and CLI.

The workspace comes from whoever starts a run in this process (``in_workspace``), else from PENSTOCK_WORKSPACE, as in
deployments. Nothing here imports Prefect, so that a simulation does not pay for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path

from connectors import registry
from penstock.errors import FileError, UsageError
from penstock.mail.compose import Composer
from penstock.mail.links import Links
from penstock.nearest import did_you_mean
from penstock.operations.handoffs import Board
from penstock.operations.open_checked import open_checked
from penstock.operations.pipeline import Source, World
from penstock.ports import Feed, Mailer
from penstock.settings import Settings, load_settings
from penstock.store.engine import Sessions
from tasks.unbuilt import UnbuiltFeed


@dataclass(frozen=True, slots=True)
class Opened:
    """The world of a run, with the settings that it was opened from."""

    settings: Settings
    world: World

    @property
    def sessions(self) -> Sessions:
        """The store."""
        return self.world.sessions


_SETTINGS: ContextVar[Settings | None] = ContextVar("settings", default=None)
_PRESENT: ContextVar[Opened] = ContextVar("present")


def wall() -> datetime:
    """Return the time of the wall clock: the `now` of real runs, and the clock of leases."""
    return datetime.now(UTC)


def present() -> Opened:
    """Return the world of the run that is going on."""
    return _PRESENT.get()


@contextmanager
def in_workspace(settings: Settings) -> Iterator[None]:
    """Let the runs inside the block work in this workspace."""
    token = _SETTINGS.set(settings)
    try:
        yield
    finally:
        _SETTINGS.reset(token)


@contextmanager
def opened(*, dry_run: bool = False, run: str = "by-hand") -> Iterator[Opened]:
    """Open the world of a run, and close it; raises FileError where settings, keys or the store are not fit for it."""
    settings = _SETTINGS.get() or load_settings(blocks=_block)
    sessions = open_checked(settings.database_url, dry_run=dry_run)
    token = _PRESENT.set(Opened(settings, build_world(settings, sessions, run=run)))
    try:
        yield _PRESENT.get()
    finally:
        _PRESENT.reset(token)
        sessions.close()


def _block(workspace: Path, api_url: str, name: str) -> str | None:
    """Read a Secret block, by Prefect, which is imported only then."""
    value: str = import_module("tasks.blocks").read_block(workspace, api_url, name)
    return value


def build_world(settings: Settings, sessions: Sessions, *, run: str = "by-hand") -> World:
    """Build what the steps of a run are given; raises FileError for wrong mail settings or keys."""
    keyring = settings.keyring()
    links = Links(keyring, settings.web_address) if settings.web_address else None
    own = live_from(settings)
    return World(
        sessions=sessions,
        sources=[Source(feed, own.get(feed.name)) for feed in build_feeds(settings, sessions)],
        mailer=build_mailer(settings),
        composer=Composer(links=links, overrides=settings.templates),
        keyring=keyring,
        wall=wall,
        run=run,
    )


def live_from(settings: Settings) -> dict[str, datetime]:
    """Return the feeds that go live at a moment of their own."""
    return {name: feed.live_from for name, feed in settings.feeds.items() if feed.live_from is not None}


def build_feeds(settings: Settings, sessions: Sessions) -> Sequence[Feed]:
    """Return the configured feeds, in the order of the settings; one with mistakes fails when it is used."""
    board = Board(sessions)
    return [_built(settings, name, board) for name in settings.feeds]


def _built(settings: Settings, name: str, board: Board) -> Feed:
    of = settings.feeds[name]
    try:
        at = partial(_place, settings, name)
        return registry.build_feed(of.kind, name, of.options, at=at, workspace=settings.workspace, board=board)
    except FileError as error:
        return UnbuiltFeed(name, error)


def _place(settings: Settings, name: str, steps: tuple[str | int, ...]) -> tuple[str, int]:
    return settings.place("feeds", name, *steps)


def insist_on_feeds(world: World) -> None:
    """Raise the FileError of the first feed that could not be built: a simulation cannot be run once more."""
    for source in world.sources:
        if isinstance(source.feed, UnbuiltFeed):
            raise source.feed.error


def build_mailer(settings: Settings) -> Mailer:
    """Return the mail transport of the settings."""
    return registry.build_mailer(settings.mail.transport, settings.mail.options, workspace=settings.workspace)


def find_feed(name: str | None, feeds: Collection[str], *, flag: str = "--feed") -> None:
    """Raise UsageError where a feed is named, by a flag or (``flag`` empty) by itself, that is not configured."""
    if name is not None and name not in feeds:
        named = f"{flag}: " if flag else ""
        raise UsageError(f'{named}no feed "{name}" is configured: {did_you_mean(name, feeds)}')
