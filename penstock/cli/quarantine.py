"""`penstock quarantine`: what could not be read, why, trying again, and saying that it is dealt with otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from penstock.cli.options import AsJson, AsOf
from penstock.cli.output import print_json, print_line, print_table
from penstock.cli.root import app
from penstock.cli.workspace import opened, whoever
from penstock.counts import counted
from penstock.errors import PenstockError
from penstock.operations.quarantine import (
    NOTHING,
    QuarantineLine,
    ReplayResult,
    list_quarantine,
    replay_quarantine,
    show_quarantine,
)
from penstock.operations.resolve import resolve_quarantine

# Records named one by one; beyond it their count tells as much.
MOST_NAMED = 10

quarantine = typer.Typer(no_args_is_help=True, help="What could not be read, why, and trying again.")
app.add_typer(quarantine, name="quarantine")


@quarantine.command("list")
def quarantine_list(
    ctx: typer.Context,
    *,
    feed: Annotated[str | None, typer.Option(help="Only that of this feed.")] = None,
    error: Annotated[str | None, typer.Option(help="Only that with this error.")] = None,
    replayed: Annotated[bool, typer.Option("--replayed", help="What landed in the end instead.")] = False,
    resolved: Annotated[bool, typer.Option("--resolved", help="What somebody dealt with otherwise instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what waits, the oldest first."""
    with opened(ctx) as workspace:
        found = list_quarantine(workspace.sessions, feed=feed, error=error, replayed=replayed, resolved=resolved)
    if as_json:
        print_json({"quarantine": found})
        return
    heads, extra = ("id", "feed", "where", "error", "what", "seen"), ("by", "reason") if resolved else ()
    said = [(q.resolved_by, q.resolution) if resolved else () for q in found]
    rows = [(q.quarantine_id, q.feed, q.place, q.error, q.detail, q.seen_at) for q in found]
    none = "landed in the end" if replayed else "was dealt with by hand" if resolved else "waits in quarantine"
    of = "".join(f" {word} {name}" for word, name in (("of feed", feed), ("with error", error)) if name)
    print_table(
        (*heads, *extra),
        [(*row, *more) for row, more in zip(rows, said, strict=True)],
        none=f"nothing{of} {none}",
    )


@quarantine.command("show")
def quarantine_show(
    ctx: typer.Context, quarantine_id: Annotated[int, typer.Argument(metavar="ID")], *, as_json: AsJson = False
) -> None:
    """Show one record as it came, and what is wrong with it."""
    with opened(ctx) as workspace:
        found = show_quarantine(workspace.sessions, quarantine_id)
    print_json(found) if as_json else print_record(found)


@quarantine.command("replay")
def quarantine_replay(
    ctx: typer.Context,
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID…]", help="Only these; else all that wait.")] = None,
    *,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Read records again, after a mapping or the vocabulary was mended, and land those that can be read now."""
    from deployments.wiring import feeds, live_from

    with opened(ctx) as workspace:
        settings, now = workspace.settings, workspace.act(as_of)
        done = replay_quarantine(
            workspace.sessions, now=now, feed_by_name={feed.name: feed for feed in feeds(settings, workspace.sessions)},
            run="replay", keyring=settings.keyring(), ids=ids or None, live_from=live_from(settings),
        )  # fmt: skip
    print_json(done) if as_json else print_replayed(done)
    if done.failed:
        raise PenstockError("\n".join(f"feed {name}: {what}" for name, what in done.failed.items()))


@quarantine.command("resolve")
def quarantine_resolve(
    ctx: typer.Context,
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID…]", help="These; else all that --feed, --error say.")
    ] = None,
    *,
    reason: Annotated[str, typer.Option(help="How they were dealt with, for whoever asks later.")] = "",
    feed: Annotated[str | None, typer.Option(help="All that wait of this feed.")] = None,
    error: Annotated[str | None, typer.Option(help="All that wait with this error.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Take it back: they wait again.")] = False,
    by: Annotated[str, typer.Option(metavar="PERSON", help="Who says so; else the user of this machine.")] = "",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Say of records that they are dealt with otherwise: mended in their file, typed in, or nobody's.

    They wait no longer, and stay on record: `penstock quarantine list --resolved`.
    """
    with opened(ctx) as workspace:
        chosen: Any = {"ids": ids or (), "feed": feed, "error": error, "again": again}
        now, actor = workspace.act(as_of), by or whoever()
        done = resolve_quarantine(workspace.sessions, now=now, reason=reason, actor=actor, **chosen)
    if as_json:
        print_json(done)
        return
    print_passed(done.passed)
    wait = "waits" if done.resolved == 1 else "wait"
    ends = f"{wait} again" if again else "dealt with; `penstock quarantine list --resolved` shows what is"
    print_line(f"{counted(done.resolved, 'record')} {ends}" if done.resolved else "nothing changed")


def print_passed(found: Sequence[QuarantineLine]) -> None:
    """Print of records that were named why nothing was done with them."""
    for line in found[:MOST_NAMED]:
        print_line(f"record {line.quarantine_id} {stands(line)}")
    if len(found) > MOST_NAMED:
        print_line(f"… and {len(found) - MOST_NAMED:,} more that were passed over")


def stands(line: QuarantineLine) -> str:
    """Return in words what became of a record."""
    if line.replayed_at is not None:
        return f"landed on {line.replayed_at:%Y-%m-%d %H:%M}Z; nothing of it waits"
    if line.resolved_at is not None:
        return f"was dealt with on {line.resolved_at:%Y-%m-%d %H:%M}Z by {line.resolved_by}: {line.resolution}"
    return "waits" + (f" again; {line.resolved_by} said last: {line.resolution}" if line.resolution else "")


def print_record(found: QuarantineLine) -> None:
    """Print what is wrong, where, and the record."""
    print_line(f"{found.feed} {found.stream}, {found.place or found.external_id}, seen {found.seen_at:%Y-%m-%d %H:%M}Z")
    print_line(f"{found.error}: {found.detail}")
    if not found.waits or found.resolution:
        print_line(stands(found))
    print_line(found.record)


def print_replayed(done: ReplayResult) -> None:
    """Print how many landed, and why the others still cannot."""
    print_passed(done.before)
    if not done.tried:
        print_line(f"nothing to try{'' if done.before else f': {NOTHING}'}")
        return
    still = ", ".join(f"{count:,} × {code}" for code, count in done.still.items())
    print_line(f"{done.tried:,} tried, {done.replayed:,} landed" + (f", still unreadable: {still}" if still else ""))
