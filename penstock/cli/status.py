"""`penstock status`: how the workspace stands."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from penstock.cli.options import AsJson
from penstock.cli.output import print_json, print_line, print_table
from penstock.cli.root import app
from penstock.cli.workspace import opened
from penstock.counts import counted
from penstock.operations.status import StatusResult, read_status
from penstock.store.held import Held
from penstock.store.held_imports import HeldImport

# Files named in a line; --json has all.
MOST_NAMED = 5


@app.command()
def status(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Count leads per stage, tier and queue, and list what waits for a person."""
    from deployments.wiring import feeds
    from penstock.playbook.load_files import file_of

    with opened(ctx) as workspace:
        read = feeds(workspace.settings, workspace.sessions)
        vocabulary = file_of("vocabulary", workspace.settings.playbook)
        found = read_status(workspace.sessions, now=workspace.present(), feeds=read, vocabulary=vocabulary)
    print_json(found) if as_json else print_status(found)


def print_status(found: StatusResult) -> None:
    """Print it in lines."""
    print_line(f"as of {found.now:%Y-%m-%d %H:%M} UTC · live from {found.live_from:%Y-%m-%d %H:%M} UTC")
    leads, accounts = counted(found.leads, "lead"), counted(found.accounts, "account")
    print_line(f"{leads} · {accounts} · {found.due:,} due to be judged")
    for name, counts in (
        ("stages", found.stages), ("tiers", found.tiers), ("accounts", found.account_stages),
        ("enrolments", found.enrolments), ("messages", found.messages), ("held by", found.held),
        ("quarantine", found.quarantine),
    ):  # fmt: skip
        print_line(f"{name:<11} {told(counts)}")
    for queue, standing in found.queues.items():
        late = f", {standing.overdue:,} overdue" if standing.overdue else ""
        print_line(f"queue       {queue}: {standing.open:,} open{late}")
    for feed, names in found.untaken.items():
        more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
        print_line(f"no mapping  feed {feed}: {', '.join(names[:MOST_NAMED])}{more} → write one, or move them away")
    for feed, why in found.unread.items():
        print_line(f"unread      feed {feed}: {why}")
    if found.held_change is not None and found.held_change.approved_by is None:
        print_held(found.held_change)
    for one in found.waits.held_imports:
        print_held_import(one)
    print_waits(found)
    if found.cursors:
        print_line()
        print_table(
            ("feed", "stream", "read up to", "ago"),
            [(c.feed, c.stream, c.moved_at, age(c.age_seconds)) for c in found.cursors],
        )


def print_held(held: Held) -> None:
    """Print the change of the playbook that a guard rail holds."""
    handoffs, enrolments = counted(held.handoffs, "handoff"), counted(held.enrolments, "enrolment")
    print_line(
        f"held change definition {held.definition}: {handoffs} (at most {held.most_handoffs:,}),"
        f" {enrolments} (at most {held.most_enrolments:,}) at once"
        " → `penstock playbook diff live playbook`, `penstock playbook approve --as NAME`"
    )
    for whom in held.whom:
        print_line(f"            {whom}")


def print_held_import(held: HeldImport) -> None:
    """Print what a feed brought at once that a guard rail holds."""
    print_line(
        f"held import feed {held.feed}: {counted(held.decisions, held.of_one)} at once (at most {held.most:,}),"
        f" since {held.held_at:%Y-%m-%d %H:%M}Z → `penstock playbook approve --as NAME`"
    )
    for whom in held.whom:
        print_line(f"            {whom}")


def print_waits(found: StatusResult) -> None:
    """Print what a person should look at."""
    waits = found.waits
    for ids, total, what in (
        (waits.unknown, waits.unknown_total, "unknown"),
        (waits.refused, waits.refused_total, "refused"),
    ):
        if ids:
            name, more = "message" if total == 1 else "messages", " …" if total > len(ids) else ""
            print_line(f"{what:<11} {name} {', '.join(map(str, ids))}{more} → `penstock message list --status {what}`")
    if not found.waits.triage:
        return
    print_line()
    print_line(f"{found.waits.triage_total:,} in triage, the oldest first:")
    for one in found.waits.triage:
        who = f"{one.subject} {one.subject_id}  {one.who or 'nobody known'}"
        print_line(f"  {who} · {one.definitions}, since {one.since:%Y-%m-%d}")
        print_line(f"    {one.unclear} → {one.remedy}")


def told(counts: Mapping[str, int]) -> str:
    """Return counts as ``name 3, other 2``."""
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "–"


def age(seconds: int) -> str:
    """Return a length of time in its largest unit."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
