"""`penstock lead`: one person, looked at, put forward by hand, reached by a rep, or found to be two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from penstock.cli.clock import read_time
from penstock.cli.options import AsJson, AsOf
from penstock.cli.output import print_json, print_line, print_table
from penstock.cli.root import app
from penstock.cli.workspace import opened, whoever
from penstock.counts import counted
from penstock.operations.lift import lift_disqualifier
from penstock.operations.merge import MergeResult, merge_leads
from penstock.operations.promote import promote_lead
from penstock.operations.show_lead import ShownLead, show_lead
from penstock.operations.touch import KINDS, touch_lead
from penstock.operations.unmerge import unmerge_lead

LeadName = Annotated[str, typer.Argument(metavar="LEAD", help="A lead id, an e-mail address, or feed:external-id.")]
By = Annotated[str, typer.Option("--by", metavar="PERSON", help="Who acts; else the user of this machine.")]
lead = typer.Typer(no_args_is_help=True, help="One person: looked at, put forward by hand, reached by a rep.")
app.add_typer(lead, name="lead")


@lead.command("show")
def lead_show(ctx: typer.Context, name: LeadName, *, as_json: AsJson = False) -> None:
    """Show profile, identifiers, facts, consent, handoffs and enrolments."""
    with opened(ctx) as workspace:
        found = show_lead(workspace.sessions, lead=name, now=workspace.present())
    print_json(found) if as_json else print_lead(found)


@lead.command("promote")
def lead_promote(
    ctx: typer.Context,
    name: LeadName,
    *,
    reason: Annotated[str, typer.Option(help="Why, for sales and for whoever asks later.")] = "",
    definition: Annotated[str | None, typer.Option(help="Under which definition; else where it is in triage.")] = None,
    by: By = "",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Put a lead forward by hand; ends triage, and the next run hands it over."""
    with opened(ctx) as workspace:
        now, actor = workspace.act(as_of), by or whoever()
        done = promote_lead(workspace.sessions, now=now, lead=name, reason=reason, actor=actor, definition=definition)
    if as_json:
        print_json(done)
    else:
        print_line(
            f"lead {done.lead_id} is put forward for {', '.join(done.definitions)}; `penstock run pipeline` acts on it"
        )


@lead.command("lift")
def lead_lift(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="LEAD", help="A lead or an account, as explain takes it.")],
    disqualifier: Annotated[str, typer.Argument(metavar="DISQUALIFIER", help="Its id in the playbook.")],
    *,
    reason: Annotated[str, typer.Option(help="Why, for whoever asks later.")] = "",
    definition: Annotated[str | None, typer.Option(help="Under which definition; else wherever it holds.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Take it back: the disqualifier counts again.")] = False,
    by: By = "",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Lift a disqualifier for this one lead, with the reason; the next run decides anew."""
    with opened(ctx) as workspace:
        said: Any = {"reason": reason, "definition": definition, "again": again, "actor": by or whoever()}
        done = lift_disqualifier(
            workspace.sessions, now=workspace.act(as_of), named=name, disqualifier=disqualifier, **said
        )
    counts = "counts no more" if done.lifted else "counts again"
    told = f"{done.disqualifier} {counts} for {done.subject} {done.subject_id} under {', '.join(done.definitions)}"
    print_json(done) if as_json else print_line(f"{told}; the next run decides")


@lead.command("merge")
def lead_merge(
    ctx: typer.Context,
    kept: Annotated[str, typer.Argument(metavar="KEPT", help="The lead that stays, as for show.")],
    merged: Annotated[str, typer.Argument(metavar="MERGED", help="The lead that is the same person.")],
    *,
    reason: Annotated[str, typer.Option(help="How you know, for whoever asks later.")] = "",
    by: By = "",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Say that two leads are one person; `unmerge` takes it back."""
    with opened(ctx) as workspace:
        said: Any = {"reason": reason, "actor": by or whoever(), "keyring": workspace.settings.keyring()}
        now = workspace.act(as_of)
        done = merge_leads(workspace.sessions, now=now, kept=kept, merged=merged, **said)
    print_json(done) if as_json else print_line(merge_words(done))


@lead.command("unmerge")
def lead_unmerge(
    ctx: typer.Context,
    name: LeadName,
    *,
    reason: Annotated[str, typer.Option(help="Why, for whoever asks later.")] = "",
    by: By = "",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Undo a merge: LEAD is the one that was merged into another, by its id or by what found it before."""
    with opened(ctx) as workspace:
        said: Any = {"reason": reason, "actor": by or whoever(), "keyring": workspace.settings.keyring()}
        done = unmerge_lead(workspace.sessions, now=workspace.act(as_of), lead=name, **said)
    told = f"lead {done.lead_id} is taken out of lead {done.kept_id} again, with {rows_words(done.moved)}"
    print_json(done) if as_json else print_line(f"{told}; the next run decides anew on both")


@lead.command("touch")
def lead_touch(
    ctx: typer.Context,
    name: LeadName,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(KINDS)}.")],
    *,
    note: Annotated[str, typer.Option(help="What was said.")] = "",
    at: Annotated[datetime | None, typer.Option(parser=read_time, metavar="T", help="When; else now.")] = None,
    by: By = "",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Log a call, a meeting or a LinkedIn message: the first one after a handoff is its first contact."""
    with opened(ctx) as workspace:
        now, actor = workspace.act(as_of), by or whoever()
        done = touch_lead(workspace.sessions, now=now, lead=name, kind=kind, actor=actor, note=note, at=at)
    contact = f", contact of {counted(done.handoffs, 'open handoff')}" if done.handoffs else ""
    print_json(done) if as_json else print_line(f"{done.kind} with lead {done.lead_id} recorded{contact}")


def merge_words(done: MergeResult) -> str:
    """Return a merge as a sentence or two."""
    if done.already:
        return f"lead {done.merged_id} was merged into lead {done.kept_id} before; nothing changed"
    told = f"lead {done.merged_id} is merged into lead {done.kept_id}, with {rows_words(done.moved)}"
    if done.exited:
        told += f"; {counted(done.exited, 'sequence')} ended"
    if done.suppressed:
        told += f"; {counted(done.suppressed, 'address')} closed as another of the same person is"
    return f"{told}; the next run decides anew"


def rows_words(moved: Mapping[str, int]) -> str:
    """Return how many rows of which table moved, as words."""
    return ", ".join(counted(count, name) for name, count in moved.items() if count) or "nothing received"


def print_lead(found: ShownLead) -> None:
    """Print a block for each sort of thing that is known."""
    print_line(f"lead {found.lead_id}")
    for name, value in found.profile.items():
        if value is not None:
            print_line(
                f"  {name:<13} {value:%Y-%m-%d %H:%M}Z" if isinstance(value, datetime) else f"  {name:<13} {value}"
            )
    for title in ("identifiers", "facts", "consents", "suppressions", "handoffs", "enrolments", "touches"):
        print_block(title, getattr(found, title))


def print_block(title: str, lines: Sequence[Mapping[str, Any]]) -> None:
    """Print some lines as a table under their title, nothing for none."""
    if lines:
        print_line(f"\n{title}")
        print_table(list(lines[0]), [list(line.values()) for line in lines])
