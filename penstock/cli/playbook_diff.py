"""`penstock playbook diff` and `approve`: the meaning of a change, in words and in leads, and who agrees to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.options import AsJson, AsOf
from penstock.cli.output import note, print_json, print_line
from penstock.cli.playbook import playbook
from penstock.cli.workspace import Workspace, opened
from penstock.counts import counted
from penstock.errors import UsageError
from penstock.operations.compare import Compared, Told, compare
from penstock.operations.guard import approve
from penstock.playbook.changes import changes
from penstock.playbook.load import load_playbook
from penstock.store.versions import Side, find_side, side_of

OF_EACH = "a folder, a version's hash, or live"


@playbook.command("diff")
def playbook_diff(
    ctx: typer.Context,
    *,
    old: Annotated[str, typer.Argument(metavar="OLD", help=f"Before: {OF_EACH}.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help=f"After: {OF_EACH}.")],
    as_json: AsJson = False,
) -> None:
    """Say what changes between two playbooks, and which open leads would change tier."""
    with opened(ctx) as workspace:
        before, after = _side(workspace, old), _side(workspace, new)
        told = list(_changes(before, after))
        compared: Compared | None = None
        if before.deciding and after.deciding and before.deciding != after.deciding:
            note("judging every open lead under both; nothing is kept")
            compared = compare(workspace.sessions, now=workspace.present(), old=before.deciding, new=after.deciding)
    if as_json:
        print_json({"old": before.name, "new": after.name, "changes": told, "leads": compared})
    else:
        print_diff(before, after, told, compared)


@playbook.command("approve")
def playbook_approve(
    ctx: typer.Context,
    *,
    who: Annotated[
        str, typer.Option("--as", metavar="NAME", help='Who agrees, with the team: "Ruth Hollis, sales".')
    ] = "",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Agree to the playbook as it stands in its folder; what is held of it or of imports goes on with the next run."""
    if not who.strip():
        raise UsageError("an agreement is somebody's: --as NAME")
    with opened(ctx) as workspace:
        agreed = load_playbook(workspace.settings.playbook)
        done = approve(workspace.sessions, now=workspace.act(as_of), playbook=agreed, who=who.strip())
    goes_on = "; what was held goes on with the next run" if done.released else ""
    if done.decisions:
        go = "goes" if done.decisions == 1 else "go"
        goes_on += f"; {counted(done.decisions, 'held decision')} of imports {go} on with the next run"
    told = f"{done.who} agrees to definition {done.definition} and operations {done.operations}{goes_on}"
    print_json(done) if as_json else print_line(told)


def _side(workspace: Workspace, text: str) -> Side:
    folder = Path(text)
    if folder.is_dir():
        inner = folder / "playbook"
        return side_of(load_playbook(inner if inner.is_dir() else folder))
    with workspace.sessions.read() as tx:
        return find_side(tx, text)


def _changes(before: Side, after: Side) -> Iterator[str]:
    pairs = [
        (was, is_now)
        for was, is_now in ((before.deciding, after.deciding), (before.operations, after.operations))
        if was is not None and is_now is not None
    ]
    if not pairs:
        raise UsageError(f"{before.name} and {after.name} are different halves; compare two of one kind")
    for was, is_now in pairs:
        yield from changes(was, is_now)


def print_diff(before: Side, after: Side, told: list[str], compared: Compared | None) -> None:
    """Print what changed, then what it does to the leads."""
    print_line(f"{before.name}\n  → {after.name}")
    for line in told or ["nothing changes"]:
        print_line(f"  {line}")
    if compared is not None:
        print_compared(compared)


def print_compared(compared: Compared) -> None:
    """Print counts by definition, and the changes that tell most."""
    print_line(f"\nopen leads as of {_when(compared.as_of)}")
    for one in compared.definitions:
        moves = ", ".join(f"{move}: {count}" for move, count in one.moves.items())
        print_line(
            f"  {one.definition}: {one.up} up, {one.down} down of {one.judged}" + (f" ({moves})" if moves else "")
        )
    for told in compared.telling:
        print_line(_told(told))


def _told(one: Told) -> str:
    points = f"fit {one.fit_from:g} → {one.fit_to:g}, intent {one.intent_from:g} → {one.intent_to:g}"
    who = f"{one.subject} {one.subject_id}" + (f" {one.name}" if one.name else "")
    why = f": {', '.join(one.why)}" if one.why else ""
    move = f"{one.tier_from or 'none'} → {one.tier_to or 'none'}"
    return f"  {one.direction:<4} {who} · {one.definition} {move} · {points}{why}"


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z"
