"""The page about a run: what came, what changed, what waits, what failed, what is next; for artifacts and CLI."""

from __future__ import annotations

from penstock.operations.waits import Waits
from tasks.report import Report
from tasks.telling import tell


def headline(report: Report) -> str:
    """Return the run in a few words."""
    ended = f"{len(report.failures)} failed" if report.failures else "done"
    return f"{report.flow} at {report.now:%Y-%m-%d %H:%M}Z: {ended}"


def markdown(report: Report) -> str:
    """Return the page: a paragraph a step, then what waits, what failed and what comes next."""
    paragraphs = ["  \n".join(tell(step, result)) for step, result in report.results]
    dry = ["Dry run: everything was rolled back, nothing was sent."] if report.dry_run else []
    ends = [f"waits: {_waits(report.waits)}", f"failed: {_failed(report)}", f"next: {_next(report)}"]
    title = f"# {report.flow} · {report.now:%Y-%m-%d %H:%M} UTC"
    return "\n\n".join([title, *dry, *paragraphs, "  \n".join(ends), *_triage(report.waits)])


def plain_text(report: Report) -> str:
    """Return the page as a terminal shows it."""
    return markdown(report).replace("**", "").replace("  \n", "\n").removeprefix("# ")


def _waits(waits: Waits) -> str:
    found = [
        (waits.triage_total, "in triage → `penstock lead promote`, or mend the source"),
        (waits.quarantined, "in quarantine → `penstock quarantine list`"),
        (waits.unknown_total, "messages of unknown fate → `penstock message list --status unknown`"),
        (waits.refused_total, "messages refused → `penstock message list --status refused`"),
        (waits.deferred, "messages put off by the mail server → `penstock message list --status deferred`"),
        (waits.overdue, "handoffs past their promise → `penstock handoff list --overdue`"),
    ]
    return " · ".join(f"{count:,} {what}" for count, what in found if count) or "nothing"


def _failed(report: Report) -> str:
    return " · ".join(f"{failure.step}: {_first(failure.what)}" for failure in report.failures) or "nothing"


def _first(what: str) -> str:
    """Return the first mistake; the command that checks the file, and the log, name the others."""
    first, *others = what.splitlines()
    return first + (f" (and {len(others):,} more)" if others else "")


def _next(report: Report) -> str:
    if report.failures:
        return "mend what failed, then run it again; what succeeded is kept and not done twice"
    if report.flow == "pipeline":
        return f"a check of clocks at {report.next_due:%Y-%m-%d %H:%M}Z" if report.next_due else "the next run"
    return NEXT[report.flow]


# What an operator who runs steps one by one would start then.
NEXT = {
    "ingest": "qualify",
    "qualify": "route, nurture",
    "route": "deliver",
    "nurture": "deliver",
    "check-slas": "deliver",
    "deliver": "nothing",
}


def _triage(waits: Waits) -> list[str]:
    if not waits.triage:
        return []
    more = waits.triage_total - len(waits.triage)
    rows = [
        f"| {one.subject} {one.subject_id} | {one.definition} | {one.reason} | {one.since:%Y-%m-%d} |"
        for one in waits.triage
    ]
    table = ["| in triage | definition | why | since |", "|---|---|---|---|", *rows]
    return ["\n".join(table), *([f"… and {more:,} more: `penstock status`"] if more > 0 else [])]
