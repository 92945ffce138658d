"""What each step did, in a line or two for an operator: counts that add up, and what to do next; for the artifacts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from penstock.counts import counted
from penstock.operations.adopt import AdoptResult
from penstock.operations.check_slas import CheckSlasResult
from penstock.operations.deliver import DeliverResult
from penstock.operations.ingest import IngestResult
from penstock.operations.nurture import NurtureResult
from penstock.operations.pipeline import Result
from penstock.operations.qualify import QualifyResult
from penstock.operations.route import RouteResult
from penstock.store.held import Held
from penstock.store.held_imports import HeldImport

# Places named in a line; the rest is in quarantine.
MOST_PLACES = 3


def listed(counts: Mapping[Any, int]) -> str:
    """Return counts as ``3 × this, 2 × that``, the most first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return ", ".join(f"{count:,} × {name}" for name, count in ordered if count)


def bracketed(counts: Mapping[Any, int]) -> str:
    """Return counts in brackets, nothing for none."""
    return f" ({told})" if (told := listed(counts)) else ""


def summed(total: int, name: str, parts: Iterable[tuple[int, str]]) -> str:
    """Return ``total names = a this + b that``, leaving out what is nothing."""
    return _sum(counted(total, name), parts)


def _sum(total: str, parts: Iterable[tuple[int, str]]) -> str:
    shown = " + ".join(f"{count:,} {what}" for count, what in parts if count)
    return total + (f" = {shown}" if shown else "")


def tell(step: str, result: Result | AdoptResult) -> list[str]:
    """Return the lines about one result; the first names the step."""
    first, *rest = _TELLERS[type(result)](result)
    return [f"**{step}** · {first}", *rest]


def _adopt(result: AdoptResult) -> list[str]:
    if result.held is not None:
        return _held(result.held)
    if not result.definition_is_new and not result.operations_is_new:
        return [f"playbook unchanged: definition {result.definition}, operations {result.operations}"]
    new = [f"definition {result.definition}"] if result.definition_is_new else []
    new += [f"operations {result.operations}"] if result.operations_is_new else []
    words, subjects = counted(result.spellings, "word"), counted(result.queued, "subject")
    return [f"new {' and '.join(new)} · {words} read anew · {subjects} to judge again"]


def _held(held: Held) -> list[str]:
    would = (
        f"{counted(held.handoffs, 'handoff')} (at most {held.most_handoffs:,}), {counted(held.enrolments, 'enrolment')}"
    )
    return [
        f"definition {held.definition} is held: at once it would make {would} (at most {held.most_enrolments:,})",
        f"first of them: {'; '.join(held.whom)}",
        "the live one goes on → `penstock playbook diff live playbook`, then `penstock playbook approve --as NAME`",
    ]


def _qualify(result: QualifyResult) -> list[str]:
    rounds, scores = counted(result.rounds, "round"), counted(result.scores, "score")
    counts = f"{result.judged:,} judged in {rounds} · {scores} changed"
    waiting = f" · to act on: {listed(result.to_act)}" if result.to_act else ""
    return [f"{counts} · {counted(result.decisions, 'decision')}{bracketed(result.by_branch)}{waiting}"]


def _route(result: RouteResult) -> list[str]:
    parts = [(result.handoffs, "handed over"), (result.joined, "joined a handoff")]
    parts += [(result.raised, "raised the tier of one"), (result.superseded, "taken back by a later decision")]
    told = summed(result.decisions, "decision", parts)
    lines = [told + (f" · to {listed(result.by_queue)}" if result.by_queue else "")]
    lines += _held_imports(result.held)
    if result.unrouted:
        have = "has" if result.unrouted == 1 else "have"
        lines.append(f"{result.unrouted:,} {have} no queue that could take them → `penstock playbook check`")
    if result.unowned:
        lie = "lies" if result.unowned == 1 else "lie"
        lines.append(f"{result.unowned:,} {lie} in a queue where nobody could take them → `penstock handoff list`")
    return lines


def _nurture(result: NurtureResult) -> list[str]:
    parts = [
        (result.enrolled, "enrolled"),
        *((count, why.replace("_", " ")) for why, count in result.not_enrolled.items()),
    ]
    ends = {why.replace("_", " "): count for why, count in result.exited.items()}
    mails = f"{counted(result.planned, 'mail')} planned · {result.finished:,} finished"
    left = f"{sum(ends.values()):,} left{bracketed(ends)}"
    if result.cancelled:
        left += f", which cancelled {counted(sum(result.cancelled.values()), 'mail')}{bracketed(result.cancelled)}"
    return [f"{summed(result.acted, 'decision', parts)} · {mails} · {left}", *_held_imports(result.held)]


def _held_imports(held: Iterable[HeldImport]) -> list[str]:
    """Say what of which feed is held, how many and whom, and what to do."""
    lines = []
    for one in held:
        would = counted(one.decisions, one.of_one)
        lines.append(f"feed {one.feed} is held: at once it would make {would} (at most {one.most:,})")
        lines.append(f"first of them: {'; '.join(one.whom)}")
        lines.append("everything else goes on → look at them, then `penstock playbook approve --as NAME`")
    return lines


def _check_slas(result: CheckSlasResult) -> list[str]:
    levels = {f"level {level}": count for level, count in result.escalated.items()}
    told = f"{result.warned:,} warned · {sum(levels.values()):,} escalated{bracketed(levels)}"
    due = f"next due {result.next_due:%Y-%m-%d %H:%M}Z" if result.next_due else "nothing due"
    return [f"{counted(result.clocks, 'clock')} · {told} · {result.silent:,} on record only · {due}"]


def _deliver(result: DeliverResult) -> list[str]:
    settled = [(getattr(result, name), name) for name in ("accepted", "refused", "deferred", "unknown", "lost")]
    cancelled = sum(result.cancelled.values())
    lines = [f"{_sum(f'{result.claimed:,} claimed', settled)} · {cancelled:,} cancelled{bracketed(result.cancelled)}"]
    if result.abandoned:
        left = f"{result.abandoned:,} more left in flight by a run that died, now unknown"
        lines.append(f"{left} → `penstock message list --status unknown`")
    return lines


def _ingest(result: IngestResult) -> list[str]:
    rows = [(result.mapped, "mapped"), (result.folded, "folded"), (sum(result.skipped.values()), "skipped")]
    rows += [(sum(result.quarantined.values()), "quarantined")]
    records = summed(result.records, "record", [(result.landed, "landed"), (result.known, "already known")])
    lines = [f"{result.feed} · {summed(result.rows, 'row', rows)} · {records}"]
    if result.landed or result.leads_touched:
        new = f"{result.leads_new:,} new, {counted(result.accounts_new, 'new account')}"
        lines.append(f"{counted(result.leads_touched, 'lead')} with news, {new}")
    if result.skipped:
        lines.append(f"skipped: {listed(result.skipped)}")
    if result.quarantined:
        lines.append(f"quarantined: {_with_places(result)} → `penstock quarantine list`")
    if result.untaken:
        lines.append(f"no mapping takes {named(result.untaken)} → write a mapping for them, or move them away")
    return lines


def named(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = f" and {len(names) - MOST_PLACES:,} more" if len(names) > MOST_PLACES else ""
    return ", ".join(names[:MOST_PLACES]) + more


def _with_places(result: IngestResult) -> str:
    """Return reasons with the first places where each was met."""
    told = []
    for code, count in result.quarantined.items():
        places = result.places.get(code, ())[:MOST_PLACES]
        more = " …" if count > len(places) else ""
        told.append(f"{count:,} × {code}" + (f" ({', '.join(places)}{more})" if places else ""))
    return ", ".join(told)


_TELLERS: Mapping[type, Callable[[Any], list[str]]] = {
    AdoptResult: _adopt,
    QualifyResult: _qualify,
    RouteResult: _route,
    NurtureResult: _nurture,
    CheckSlasResult: _check_slas,
    DeliverResult: _deliver,
    IngestResult: _ingest,
}
