"""`penstock store`: the tables of the store."""

from __future__ import annotations

import typer

from penstock.cli.output import print_line
from penstock.cli.root import app
from penstock.cli.workspace import settings_of
from penstock.operations.open_checked import upgrade_store
from penstock.store.migrate import head

store = typer.Typer(no_args_is_help=True, help="The tables of the store.")
app.add_typer(store, name="store")


@store.callback()
def root() -> None:
    """Keep the tables of the store at those of this version."""


@store.command("upgrade")
def store_upgrade(ctx: typer.Context) -> None:
    """Bring the tables to those of this version; nothing is lost, and it may be repeated."""
    url = settings_of(ctx).database_url
    before = upgrade_store(url)
    print_line(f"the store is at {head()}" + (", as before" if before == head() else f", was at {before or 'nothing'}"))
