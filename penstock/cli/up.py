"""`penstock up`: Prefect server, worker, deployments and web app, until it is told to stop."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.output import note
from penstock.cli.root import app
from penstock.operations.open_checked import upgrade_store
from penstock.settings import load_settings


@app.command()
def up(
    ctx: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="Where to listen; 0.0.0.0 is everywhere.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="Of the Prefect server.", min=1, max=65535)] = None,
    web_port: Annotated[int, typer.Option(help="Of the web app.", min=1, max=65535)] = 8080,
) -> None:
    """Start everything on this machine; stop it with Ctrl-C or SIGTERM."""
    from deployments.wiring import Place, secret_block_of_others
    from deployments.wiring import up as serve

    settings = load_settings(ctx.find_root().obj, blocks=secret_block_of_others)
    upgrade_store(settings.database_url)
    settings.keyring()
    prefect = settings.prefect
    place = Place(settings.workspace, settings.data, host, port or prefect.port, web_port, prefect.api_url)
    serve(place, note)
