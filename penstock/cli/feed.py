"""`penstock feed`: configured feeds, where they stand, whether they can be reached."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.options import AsJson
from penstock.cli.output import print_json, print_line, print_table
from penstock.cli.root import app
from penstock.cli.status import age
from penstock.cli.workspace import opened
from penstock.operations.status import read_cursors

NO_FEEDS = "no feed is configured; name one as [feeds.NAME] in penstock.toml"
feed = typer.Typer(no_args_is_help=True, help="Configured feeds: where they stand, and whether they can be reached.")
app.add_typer(feed, name="feed")


@feed.command("list")
def feed_list(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the feeds with their streams, and how long ago each moved."""
    with opened(ctx) as workspace:
        kinds = {name: one.kind for name, one in workspace.settings.feeds.items()}
        cursors = read_cursors(workspace.sessions, now=workspace.present())
    if as_json:
        print_json(
            {
                "feeds": [
                    {"feed": n, "kind": k, "cursors": [c for c in cursors if c.feed == n]} for n, k in kinds.items()
                ]
            }
        )
        return
    read = {c.feed for c in cursors}
    rows: list[tuple[object, ...]] = [
        (name, kind, None, None, "never read") for name, kind in kinds.items() if name not in read
    ]
    rows += [
        (c.feed, kinds.get(c.feed, "no longer configured"), c.stream, c.moved_at, age(c.age_seconds)) for c in cursors
    ]
    print_table(("feed", "kind", "stream", "read up to", "ago"), sorted(rows, key=str), none=NO_FEEDS)


@feed.command("check")
def feed_check(ctx: typer.Context, *, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Try whether a feed can be reached and read, without reading anything into the store."""
    from deployments.wiring import check_feed, feeds

    with opened(ctx) as workspace:
        check_feed(workspace.settings, name, flag="")
        found = next(one for one in feeds(workspace.settings, workspace.sessions) if one.name == name)
        print_line(f"{name}: {found.check()}")


@feed.command("schema")
def feed_schema() -> None:
    """Print the JSON Schema of mappings, for editors that complete and check while somebody writes."""
    from deployments.wiring import mapping_schema

    print_json(mapping_schema())
