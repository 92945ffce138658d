"""The page about a run: what came, what changed, what waits, what failed, what is next; for artifacts and CLI."""

from __future__ import annotations

from collections.abc import Iterator

from penstock.counts import counted
from penstock.operations.deliver import DeliverResult
from penstock.operations.ingest import IngestResult
from penstock.operations.waits import Waits
from tasks.report import Report
from tasks.telling import listed, tell


def headline(report: Report) -> str:
    """Return the run in a few words."""
    ended = f"{len(report.failures)} failed" if report.failures else "done"
    return f"{report.flow} at {report.now:%Y-%m-%d %H:%M}Z: {ended}"


def markdown(report: Report) -> str:
    """Return the page: a paragraph a step, then what waits, what failed and what comes next."""
    paragraphs = ["  \n".join(tell(ran.step, ran.result)) for ran in report.results]
    dry = ["Dry run: everything was rolled back, nothing was sent."] if report.dry_run else []
    ends = [f"waits: {_waits(report)}", f"failed: {_failed(report)}", f"next: {_next(report)}"]
    title = f"# {report.flow} · {report.now:%Y-%m-%d %H:%M} UTC"
    return "\n\n".join([title, *dry, *paragraphs, "  \n".join(ends), *_triage(report.waits)])


def plain_text(report: Report) -> str:
    """Return the page as a terminal shows it."""
    return markdown(report).replace("**", "").replace("  \n", "\n").removeprefix("# ")


def _waits(report: Report) -> str:
    waits = report.waits
    untaken = sum(len(result.untaken) for result in report.of(IngestResult))
    messages = "→ `penstock message list --status"
    promise = "its promise" if waits.overdue == 1 else "their promise"
    put_off = f"put off{_why(report, 'deferred')}"
    found = [
        (waits.triage_total, f"{waits.triage_total:,} in triage → see the list, or `penstock status`"),
        (waits.quarantined, f"{waits.quarantined:,} in quarantine → `penstock quarantine list`"),
        (untaken, f"{counted(untaken, 'file')} that no mapping takes → `penstock feed check`"),
        (waits.unknown_total, f"{counted(waits.unknown_total, 'message')} of unknown fate {messages} unknown`"),
        (waits.refused_total, f"{counted(waits.refused_total, 'message')} refused {messages} refused`"),
        (waits.deferred, f"{counted(waits.deferred, 'message')} {put_off} {messages} deferred`"),
        *(
            (
                one.decisions,
                f"{counted(one.decisions, one.of_one)} of feed {one.feed} held → `penstock playbook approve`",
            )
            for one in waits.held_imports
        ),
        (waits.overdue, f"{counted(waits.overdue, 'handoff')} past {promise} → `penstock handoff list --overdue`"),
    ]
    return " · ".join(told for count, told in found if count) or "nothing"


def _failed(report: Report) -> str:
    failures = [f"{failure.step}: {_first(failure.what)}" for failure in report.failures]
    return " · ".join([*failures, *_lost_messages(report)]) or "nothing"


def _lost_messages(report: Report) -> Iterator[str]:
    """Yield what went wrong with single messages; the run itself did not fail for them."""
    for status, what in (("refused", "refused"), ("unknown", "of unknown fate")):
        if count := sum(getattr(result, status) for result in report.of(DeliverResult)):
            told = f"{counted(count, 'message')} {what}{_why(report, status)}"
            yield f"{told} → `penstock message list --status {status}`"


def _why(report: Report, status: str) -> str:
    """Return what the mail server said, in brackets, nothing where it said nothing in this run."""
    told = [listed(result.said[status]) for result in report.of(DeliverResult) if status in result.said]
    return f" ({'; '.join(told)})" if told else ""


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
    more = waits.triage_total - len({(one.subject, one.subject_id) for one in waits.triage})
    rows = [
        f"| {one.subject} {one.subject_id} | {_cell(one.who)} | {one.definitions} | {_cell(one.unclear)} "
        f"| {_cell(one.remedy)} | {one.since:%Y-%m-%d} |"
        for one in waits.triage
    ]
    table = ["| in triage | who | definition | why | what to do | since |", "|---|---|---|---|---|---|", *rows]
    return ["\n".join(table), *([f"… and {more:,} more: `penstock status`"] if more > 0 else [])]


def _cell(text: str) -> str:
    """Return a text of some feed's as a cell of a table may hold it."""
    return " ".join(text.split()).replace("|", "\\|")
