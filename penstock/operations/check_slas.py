"""Check SLAs: warn before a clock's due moment and escalate after it, once per clock and level, however late it runs.

Called by the check-slas and pipeline flows, by simulate and by tests. Every level that is due is written; of those
found together for one clock only the highest is told, so a check that was down over the deadline causes no storm.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from penstock.operations.ended_deals import close_ended
from penstock.sla.clocks import WARNING, next_due
from penstock.sla.escalate import pick_due, write_due
from penstock.store.engine import Sessions

CHUNK = 500
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CheckSlasResult:
    """What a check found: levels told, by level, and those that were only written."""

    clocks: int = 0
    warned: int = 0
    escalated: Mapping[int, int] = field(default_factory=dict)
    """Level (1, 2 …) → alerts planned."""
    silent: int = 0
    """Levels written and not told: overtaken by a higher one, a warning that came too late, or nobody to tell."""
    next_due: datetime | None = None
    """The earliest due moment of any clock: when this should run again."""


def run_check_slas(sessions: Sessions, *, now: datetime, chunk: int = CHUNK) -> CheckSlasResult:
    """Write every level that is due by ``now`` and plan its alerts; returns counts."""
    close_ended(sessions, now=now)
    told: Counter[int] = Counter()
    clocks = written = last = 0
    more = True
    while more:
        with sessions.write() as tx:
            picked = pick_due(tx, now=now, after=last, most=chunk)
            write_due(tx, picked, now=now)
        told.update(sent.level for clock in picked if (sent := clock.sent(now)) is not None)
        written += sum(len(clock.found) for clock in picked)
        clocks += len(picked)
        last = picked[-1].id if picked else last
        more = len(picked) == chunk
    with sessions.read() as tx:
        due = next_due(tx)
    log.info("check-slas: %d clocks, %d levels, %d told", clocks, written, told.total())
    return CheckSlasResult(
        clocks=clocks,
        warned=told[WARNING],
        escalated={level: count for level, count in sorted(told.items()) if level != WARNING},
        silent=written - told.total(),
        next_due=due,
    )
