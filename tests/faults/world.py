"""One world of the kill tests over a store: its feeds, a mailer that cannot repeat itself, and the pipeline's steps.

The steps are those of ``penstock.operations.pipeline``; smaller chunks make more transactions to die between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from penstock.mail.compose import Composer
from penstock.mail.keyring import Keyring
from penstock.mail.links import Links
from penstock.mail.outbox import LEASE
from penstock.operations.adopt import run_adopt
from penstock.operations.check_slas import run_check_slas
from penstock.operations.deliver import run_deliver
from penstock.operations.nurture import run_nurture
from penstock.operations.pipeline import PIPELINE, Source, Unit, World, work
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.ports import Mailer
from penstock.store.engine import Sessions, table
from penstock.store.tables import Handoff, Lead
from tests.fakes import FileMailer
from tests.faults.cast import EVENING, LONG_AGO, MORNING, NOON, PagedFeed, firm, forms, words_of_sales

KEYRING = Keyring(("k" * 40,))
AFTER_THE_LEASE = EVENING + LEASE + timedelta(minutes=1)
HANDOFF, LEAD = table(Handoff), table(Lead)
STEPS = PIPELINE
Step = Callable[[World, datetime], Any]


@dataclass(frozen=True)
class Chunks:
    """How much each step takes into one transaction."""

    qualify: int = 20_000
    route: int = 500
    nurture: int = 5_000
    check_slas: int = 500
    deliver: int = 200


def steps(chunks: Chunks) -> Mapping[str, Step]:
    """Return the steps of the pipeline in their order, with chunks of these sizes."""
    return {
        "ingest": lambda world, now: work(world, Unit("ingest", ("web", "crm")), now=now),
        "qualify": lambda world, now: run_qualify(world.sessions, now=now, chunk=chunks.qualify),
        "route": lambda world, now: run_route(world.sessions, now=now, chunk=chunks.route),
        "nurture": lambda world, now: run_nurture(world.sessions, now=now, chunk=chunks.nurture),
        "check-slas": lambda world, now: run_check_slas(world.sessions, now=now, chunk=chunks.check_slas),
        "deliver": partial(_deliver, batch=chunks.deliver),
    }


def _deliver(world: World, now: datetime, *, batch: int) -> Any:
    return run_deliver(
        world.sessions, now=now, wall=world.wall, mailer=world.mailer, composer=world.composer, batch=batch
    )


def run_pipeline(world: World, now: datetime, chunks: Chunks) -> None:
    """Run every step once."""
    for step in steps(chunks).values():
        step(world, now)


COMPOSER = Composer(links=Links(KEYRING, "https://mail.firm.example"))


def open_world(sessions: Sessions, log: Path, *, crowd: int = 1, wall: datetime = EVENING) -> World:
    """Return the world over a store; mails that leave are appended to ``log``."""
    return World(
        sessions=sessions,
        sources=[Source(PagedFeed("web", "forms", forms(crowd))), Source(_crm(sessions, crowd))],
        mailer=mailer(log, crowd),
        composer=COMPOSER,
        keyring=KEYRING,
        wall=lambda: wall,
    )


def mailer(log: Path, crowd: int) -> Mailer:
    """A transport that cannot repeat a message; it refuses ``bad``, defers ``busy``, and ``slow`` until the evening."""
    address = "{0}{1}@brunner-{0}{1}.example"
    of = {name: [address.format(name, number) for number in range(crowd)] for name in ("bad", "busy", "slow")}
    return FileMailer(log, refused=of["bad"], deferred=dict.fromkeys(of["busy"]) | dict.fromkeys(of["slow"], EVENING))


def _crm(sessions: Sessions, crowd: int) -> PagedFeed:
    """Return the CRM's feed, which speaks of the handoffs that the store holds."""
    with sessions.read() as tx:
        made = select(LEAD.c.key, HANDOFF.c.id).join(HANDOFF, (HANDOFF.c.subject_id == LEAD.c.id))
        known = {row.key: str(row.id) for row in tx.execute(made.where(HANDOFF.c.subject == "lead"))}
    return PagedFeed("crm", "deals", words_of_sales(known, crowd) if known else ())


def begin(sessions: Sessions, log: Path, *, crowd: int, chunks: Chunks) -> None:
    """Fill an empty store with what happened before the evening: two undisturbed pipelines."""
    run_adopt(sessions, now=LONG_AGO, playbook=firm())
    for now in (MORNING, NOON):
        run_pipeline(open_world(sessions, log, crowd=crowd, wall=now), now, chunks)


def later(world: World, wall: datetime) -> World:
    """Return the same world with the clock of leases moved on."""
    return replace(world, wall=lambda: wall)
