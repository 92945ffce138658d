"""`penstock quarantine`: what could not be read, why, and trying again."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.options import AsJson, AsOf
from penstock.cli.output import print_json, print_line, print_table
from penstock.cli.root import app
from penstock.cli.workspace import opened
from penstock.errors import PenstockError
from penstock.operations.quarantine import (
    QuarantineLine,
    ReplayResult,
    list_quarantine,
    replay_quarantine,
    show_quarantine,
)

quarantine = typer.Typer(no_args_is_help=True, help="What could not be read, why, and trying again.")
app.add_typer(quarantine, name="quarantine")


@quarantine.command("list")
def quarantine_list(
    ctx: typer.Context,
    *,
    feed: Annotated[str | None, typer.Option(help="Only that of this feed.")] = None,
    error: Annotated[str | None, typer.Option(help="Only that with this error.")] = None,
    replayed: Annotated[bool, typer.Option("--replayed", help="What landed in the end instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what waits, the oldest first."""
    with opened(ctx) as workspace:
        found = list_quarantine(workspace.sessions, feed=feed, error=error, replayed=replayed)
    if as_json:
        print_json({"quarantine": found})
        return
    heads = ("id", "feed", "where", "error", "what", "seen")
    print_table(heads, [(q.quarantine_id, q.feed, q.place, q.error, q.detail, q.seen_at) for q in found])


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


def print_record(found: QuarantineLine) -> None:
    """Print what is wrong, where, and the record."""
    print_line(f"{found.feed} {found.stream}, {found.place or found.external_id}, seen {found.seen_at:%Y-%m-%d %H:%M}Z")
    print_line(f"{found.error}: {found.detail}")
    if found.replayed_at is not None:
        print_line(f"landed in the end, {found.replayed_at:%Y-%m-%d %H:%M}Z")
    print_line(found.record)


def print_replayed(done: ReplayResult) -> None:
    """Print how many landed, and why the others still cannot."""
    still = ", ".join(f"{count:,} × {code}" for code, count in done.still.items())
    print_line(f"{done.tried:,} tried, {done.replayed:,} landed" + (f", still unreadable: {still}" if still else ""))
