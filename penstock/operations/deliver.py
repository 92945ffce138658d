"""Deliver: claim what is due in the outbox, render it, hand it over, and record how that ended.

Called by the deliver and pipeline flows, by simulate and by tests. The claiming statement asks every rail; no
transaction is open while a message is on its way. A transport that cannot repeat without reaching a person twice gets
each attempt committed ahead: what a crash leaves behind is *unknown*, at most the one message in flight. A repeatable
one (the mail folder) sends its batch and settles it in one transaction.
"""

from __future__ import annotations

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from penstock.errors import DeferredMessageError, RefusedMessageError, UnknownOutcomeError, UnreachableMailError
from penstock.mail import outbox
from penstock.mail.compose import BadAddressError, Composer, UnrenderableError
from penstock.mail.letter import Letter
from penstock.mail.letters import write_letters
from penstock.mail.outbox import Claim, Settled
from penstock.mail.sequence_letters import Skipped
from penstock.playbook.operations import Sender
from penstock.ports import Mailer, Wall
from penstock.records import OutgoingMail
from penstock.store.engine import Sessions
from penstock.store.playbooks import read_live

_log = logging.getLogger(__name__)
BATCH = 200
# Servers put addresses and queue ids into replies: a message a reason would be a list of messages.
MOST_REASONS = 5
_WITH_REASON = ("refused", "deferred", "unknown")
_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@:;,]+>?")


@dataclass(frozen=True, slots=True)
class DeliverResult:
    """What became of the messages that were due.

    ``claimed = accepted + refused + deferred + unknown + lost``; those in ``cancelled`` were never handed over.
    """

    claimed: int = 0
    accepted: int = 0
    refused: int = 0
    deferred: int = 0
    unknown: int = 0
    """The connection broke while the message was on its way: nobody knows whether it arrived."""
    cancelled: Mapping[str, int] = field(default_factory=dict)
    """skip_reason → messages."""
    lost: int = 0
    """Taken over by another worker after our lease ran out; that one's record holds."""
    abandoned: int = 0
    """Attempted by a worker that died in an earlier run, now unknown too."""
    said: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """refused, deferred or unknown → what the mail server said, without addresses → messages."""
    failed: str = ""
    """Why the transport could not be reached; then everything that was due is deferred."""


def run_deliver(
    sessions: Sessions, *, now: datetime, wall: Wall, mailer: Mailer, composer: Composer, batch: int = BATCH
) -> DeliverResult:
    """Work the outbox until nothing is due; returns counts. A dry run claims, renders and sends nothing.

    ``now`` is business time (what is due, what rails say), ``wall`` the clock of leases. Raises what a transport raises
    beside its outcomes: then the claimed rest is taken on again after the lease, and what was in flight is
    unknown.
    """
    run = _Run(sessions, now, wall, mailer, composer)
    run.give_up()
    for claims in run.batches(batch):
        run.deliver([one for one in claims if one.skip is None])
    return run.result()


@dataclass(frozen=True, slots=True)
class _Ready:
    """A claimed message, rendered; ``sent`` is what its settled row says should the transport take it."""

    mail: OutgoingMail
    sent: Settled


class _Run:
    """One run of deliver."""

    def __init__(self, sessions: Sessions, now: datetime, wall: Wall, mailer: Mailer, composer: Composer) -> None:
        self.sessions = sessions
        self.now = now
        self.wall = wall
        self.mailer = mailer
        self.composer = composer
        self.counts: Counter[str] = Counter()
        self.cancelled: Counter[str] = Counter()
        self.said: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.failed = ""

    def give_up(self) -> None:
        """Name what died in flight."""
        with self.sessions.write() as tx:
            self.counts["abandoned"] += outbox.give_up(tx, now=self.now, wall=self.wall())

    def batches(self, most: int) -> Iterator[list[Claim]]:
        """Claim batch after batch until nothing is due. A dry run claims in one transaction, rolled back before
        anything else.
        """
        if self.sessions.dry_run:
            with self.sessions.write() as tx:
                found = list(iter(partial(self._claim, tx, most), []))
            yield from found
            return
        while True:
            with self.sessions.write() as tx:
                claims = self._claim(tx, most)
            if claims:
                yield claims
            # Less than was asked for: nothing else was due.
            if len(claims) < most:
                return

    def _claim(self, tx: Connection, most: int) -> list[Claim]:
        claims = outbox.claim(tx, read_live(tx), now=self.now, wall=self.wall(), most=most)
        skipped = Counter(one.skip for one in claims if one.skip is not None)
        self.cancelled.update(skipped)
        _log.info("deliver: %s claimed, %s cancelled when claiming", len(claims) - skipped.total(), skipped.total())
        return claims

    def deliver(self, claims: Sequence[Claim]) -> None:
        """Render a batch, then send and settle it in the way that the transport allows."""
        if self.failed:
            # Whoever could not be reached a moment ago is not asked for each message, a timeout long each time.
            self._settle(
                [Settled(one.id, one.fence, "deferred", said=self.failed, address=one.address) for one in claims]
            )
            return
        ready, spoilt = self._render(claims)
        if self.sessions.dry_run:
            self.counts["claimed"] += len(ready)
            self._count(spoilt)
            return
        self._settle(spoilt)
        if self.mailer.repeatable:
            self._settle([self._send(one) for one in ready])
        else:
            for one in ready:
                self._send_once(one)

    def _render(self, claims: Sequence[Claim]) -> tuple[list[_Ready], list[Settled]]:
        with self.sessions.read() as tx:
            live = read_live(tx)
            letters = write_letters(tx, live, claims, now=self.now, composer=self.composer)
        done = [self._compose(one, letters[one.id], live.operations.sender) for one in claims]
        return [one for one in done if isinstance(one, _Ready)], [one for one in done if isinstance(one, Settled)]

    def _compose(self, one: Claim, letter: Letter | Skipped, sender: Sender) -> _Ready | Settled:
        if isinstance(letter, Skipped):
            return _spoilt(one, letter.reason, letter.said)
        try:
            mail = self.composer.compose(letter, sender=sender, now=self.now)
        except UnrenderableError as error:
            return _spoilt(one, "template_error", str(error))
        except BadAddressError as error:
            return _spoilt(one, "bad_address", str(error))
        sent = Settled(one.id, one.fence, "accepted", subject=mail.subject, message_id=mail.message_id, address=mail.to)
        return _Ready(mail, sent)

    def _send_once(self, one: _Ready) -> None:
        if self.failed:
            self._settle([self._send(one)])
            return
        with self.sessions.write() as tx:
            is_ours = outbox.attempt(tx, one.sent, now=self.now, wall=self.wall())
        if is_ours:
            self._settle([self._send(one)])
        else:
            self._lose(1)

    def _send(self, one: _Ready) -> Settled:
        if self.failed:
            return replace(one.sent, status="deferred", said=self.failed)
        try:
            return replace(one.sent, said=self.mailer.send(one.mail))
        except UnreachableMailError as error:
            self.failed = str(error)
            return replace(one.sent, status="deferred", said=self.failed)
        except RefusedMessageError as error:
            return replace(one.sent, status="refused", said=str(error))
        except DeferredMessageError as error:
            return replace(one.sent, status="deferred", said=str(error))
        except UnknownOutcomeError as error:
            return replace(one.sent, status="unknown", said=str(error))

    def _settle(self, settled: Sequence[Settled]) -> None:
        if settled:
            with self.sessions.write() as tx:
                ours = outbox.settle(tx, settled, now=self.now)
            self._count(ours)
            self._lose(len(settled) - len(ours))

    def _lose(self, count: int) -> None:
        self.counts.update(lost=count, claimed=count)

    def _count(self, settled: Sequence[Settled]) -> None:
        self.counts.update(one.status for one in settled)
        self.cancelled.update(one.skip for one in settled if one.skip)
        for one in settled:
            if one.status in _WITH_REASON:
                self.said[one.status][_told(one.said)] += 1
        self.counts["claimed"] += sum(one.status != "cancelled" for one in settled)

    def result(self) -> DeliverResult:
        """Return the sums."""
        names: Any = ("claimed", "accepted", "refused", "deferred", "unknown", "lost", "abandoned")
        said = {status: dict(reasons.most_common(MOST_REASONS)) for status, reasons in self.said.items()}
        counts = {name: self.counts[name] for name in names}
        return DeliverResult(**counts, cancelled=dict(self.cancelled), said=said, failed=self.failed)


def _spoilt(one: Claim, reason: str, said: str) -> Settled:
    return Settled(one.id, one.fence, "cancelled", said=said, skip=reason, address=one.address)


def _told(said: str) -> str:
    """Return the first line of what a server said, without addresses: results are logged and kept."""
    return _ADDRESS.sub("…", said.partition("\n")[0].strip()) or "nothing"
