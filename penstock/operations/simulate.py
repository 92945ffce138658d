"""Simulate: the pipeline over a moving clock, without Prefect; for workspaces whose clock is simulated, demo and tests.

It runs the same steps as the pipeline flow, from the same list, so that the two cannot differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from penstock.errors import UsageError
from penstock.operations.clock import claim_now
from penstock.operations.deliver import DeliverResult
from penstock.operations.guard import adopt_guarded
from penstock.operations.ingest import IngestResult
from penstock.operations.pipeline import PIPELINE, Result, World, units, work
from penstock.playbook.model import Playbook

Tell = Callable[[int, datetime], None]


@dataclass(frozen=True, slots=True)
class SimulateResult:
    """What the runs did together."""

    runs: int
    first: datetime | None
    last: datetime | None
    totals: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Step → count → sum over the runs, of what is counted in single numbers."""
    failed: Mapping[str, int] = field(default_factory=dict)
    """Feed, or deliver where the mail transport was out of reach → runs in which it failed."""
    parts: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)
    """Step → count → what it is the sum of, over the runs."""


def moments(start: datetime, end: datetime, every: timedelta) -> list[datetime]:
    """Return the moments from ``start`` to ``end``, both included where they fall on the step; raises UsageError."""
    if end < start:
        raise UsageError(f"--to {end:%Y-%m-%dT%H:%MZ} lies before --from {start:%Y-%m-%dT%H:%MZ}")
    return [start + every * step for step in range((end - start) // every + 1)]


def run_simulate(
    world: World, *, at: Iterable[datetime], playbook: Playbook, tell: Tell = lambda _run, _now: None
) -> SimulateResult:
    """Run the pipeline at each moment; raises UsageError for a moment before the greatest used, and what a step raises.

    The playbook is adopted once, at the first moment. ``tell`` hears the number and the moment of each run before it.
    """
    sums: Counter[tuple[str, str]] = Counter()
    parts: dict[tuple[str, str], Counter[str]] = {}
    seen: list[datetime] = []
    for now in at:
        tell(len(seen) + 1, now)
        claim_now(world.sessions, now=now, simulated=True, asked="--from", remedy="name that or a later time")
        if not seen:
            adopt_guarded(world.sessions, now=now, playbook=playbook)
        seen.append(now)
        for step, result in run_once(world, now):
            sums.update({(step, name): count for name, count in _counts(result)})
            for name, found in _mappings(result):
                parts.setdefault((step, name), Counter()).update({str(part): n for part, n in found.items()})
    return _result(sums, parts, seen)


def run_once(world: World, now: datetime) -> Iterator[tuple[str, Result]]:
    """Run each step of the pipeline once at ``now`` and yield its results."""
    for unit in units(world, PIPELINE):
        for result in work(world, unit, now=now):
            yield unit.step, result


def _counts(result: Result) -> Iterator[tuple[str, int]]:
    for part in fields(result):
        value = getattr(result, part.name)
        if type(value) is int:
            yield part.name, value
    for name, found in _mappings(result):
        yield name, sum(found.values())
    if isinstance(result, IngestResult | DeliverResult) and result.failed:
        yield f"failed:{result.feed if isinstance(result, IngestResult) else 'deliver'}", 1


def _mappings(result: Result) -> Iterator[tuple[str, Mapping[Any, int]]]:
    for part in fields(result):
        value = getattr(result, part.name)
        if isinstance(value, Mapping) and all(type(count) is int for count in value.values()):
            yield part.name, value


def _result(
    sums: Counter[tuple[str, str]], parts: Mapping[tuple[str, str], Counter[str]], seen: list[datetime]
) -> SimulateResult:
    totals: dict[str, dict[str, int]] = {}
    failed: dict[str, int] = {}
    for (step, name), count in sums.items():
        if name.startswith("failed:"):
            failed[name.removeprefix("failed:")] = count
        else:
            totals.setdefault(step, {})[name] = count
    by_step: dict[str, dict[str, dict[str, int]]] = {}
    for (step, name), found in parts.items():
        by_step.setdefault(step, {})[name] = dict(found.most_common())
    return SimulateResult(len(seen), seen[0] if seen else None, seen[-1] if seen else None, totals, failed, by_step)
