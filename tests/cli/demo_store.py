"""A store in which a small made-up vendor has lived for three weeks; for the tests of exports and status."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files

from connectors.demo import Options, build
from penstock.mail.compose import Composer
from penstock.mail.keyring import Keyring
from penstock.mail.links import Links
from penstock.operations.handoffs import Board
from penstock.operations.pipeline import Source, World
from penstock.operations.simulate import moments, run_simulate
from penstock.playbook.load import load_playbook
from penstock.playbook.model import Playbook
from penstock.store.engine import Sessions
from tests.fakes import RecordingMailer

DAY_ONE = datetime(2026, 3, 2, tzinfo=UTC)
KEYS = Keyring(("a-key-of-the-tests-that-is-long-enough",))


def components() -> Playbook:
    with as_file(files("templates") / "playbooks" / "components" / "playbook") as folder:
        return load_playbook(folder)


def world_over(sessions: Sessions, *, leads: int, days: int) -> World:
    feed = build("vendor", Options(seed=7, leads=leads, days=days, start=DAY_ONE.date()), board=Board(sessions))
    composer = Composer(links=Links(KEYS, "https://mail.example.com"))
    return World(sessions, [Source(feed, DAY_ONE)], RecordingMailer(repeatable=True), composer, KEYS, lambda: DAY_ONE)


def live_through(sessions: Sessions, *, leads: int, days: int, every: timedelta) -> datetime:
    """Simulate the days and return the last moment."""
    at = moments(DAY_ONE, DAY_ONE + timedelta(days=days), every)
    run_simulate(world_over(sessions, leads=leads, days=days), at=at, playbook=components())
    return at[-1]
