"""The steps of the pipeline, in their order: the one list that the flows, the simulation and the demo run by.

A step is an operation, or for ingest one for each feed; a *unit* is what one task run does. No step depends on the
success of the one before: each reads what the store holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from penstock.mail.compose import Composer
from penstock.mail.keyring import Keyring
from penstock.operations.check_slas import CheckSlasResult, run_check_slas
from penstock.operations.deliver import DeliverResult, run_deliver
from penstock.operations.ingest import IngestResult, run_ingest
from penstock.operations.nurture import NurtureResult, run_nurture
from penstock.operations.qualify import QualifyResult, run_qualify
from penstock.operations.route import RouteResult, run_route
from penstock.ports import Feed, Mailer, Wall
from penstock.store.engine import Sessions

PIPELINE = ("ingest", "qualify", "route", "nurture", "check-slas", "deliver")
# More feeds than this share units, so that a run stays below 40 task runs whatever the workspace.
MOST_INGEST_UNITS = 24

Result = IngestResult | QualifyResult | RouteResult | NurtureResult | CheckSlasResult | DeliverResult
"""What the operation of a step returns."""


@dataclass(frozen=True, slots=True)
class Source:
    """A configured feed, and from when on it counts as live where it has a moment of its own."""

    feed: Feed
    live_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class World:
    """All that the steps of a run are given; opened by ``tasks.world`` from the settings, by tests by hand."""

    sessions: Sessions
    sources: Sequence[Source]
    mailer: Mailer
    composer: Composer
    keyring: Keyring
    wall: Wall
    run: str = "by-hand"
    """What batches carry, so that a bad import can be found and undone."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What one task run does: a step, and for ingest of which feeds."""

    step: str
    feeds: tuple[str, ...] = ()


def units(world: World, steps: Sequence[str] = PIPELINE, feed: str | None = None) -> list[Unit]:
    """Return the units of some steps in order; ``feed`` narrows ingest to one."""
    names = [source.feed.name for source in world.sources if feed in (None, source.feed.name)]
    shares = [tuple(names[at::MOST_INGEST_UNITS]) for at in range(min(len(names), MOST_INGEST_UNITS))]
    return [unit for step in steps for unit in ([Unit(step, s) for s in shares] if step == "ingest" else [Unit(step)])]


def work(world: World, unit: Unit, *, now: datetime) -> tuple[Result, ...]:
    """Run one unit and return the results of its operations; a feed that fails says so in its result."""
    if unit.step == "ingest":
        return tuple(_ingest(world, source, now) for source in world.sources if source.feed.name in unit.feeds)
    return (_OPERATIONS[unit.step](world, now),)


def _ingest(world: World, source: Source, now: datetime) -> Result:
    return run_ingest(
        world.sessions, now=now, feed=source.feed, run=world.run, keyring=world.keyring, live_from=source.live_from
    )


def _deliver(world: World, now: datetime) -> Result:
    return run_deliver(world.sessions, now=now, wall=world.wall, mailer=world.mailer, composer=world.composer)


_OPERATIONS: Mapping[str, Callable[[World, datetime], Result]] = {
    "qualify": lambda world, now: run_qualify(world.sessions, now=now),
    "route": lambda world, now: run_route(world.sessions, now=now),
    "nurture": lambda world, now: run_nurture(world.sessions, now=now),
    "check-slas": lambda world, now: run_check_slas(world.sessions, now=now),
    "deliver": _deliver,
}
