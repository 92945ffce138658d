"""`penstock init`: a workspace that runs as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.clock import wall
from penstock.cli.output import print_line
from penstock.cli.root import app
from penstock.operations.init import DEFAULT_STARTER, init_workspace, starters


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is empty, or not there yet.")],
    starter: Annotated[str, typer.Option(help=f"One of {', '.join(starters())}.")] = DEFAULT_STARTER,
) -> None:
    """Make a workspace from a starter playbook; what is there already is kept."""
    made = init_workspace(folder, starter=starter, now=wall())
    told = f"is a workspace of the {made.starter} starter" if made.copied else "was a workspace already; it is kept"
    print_line(f"{made.folder} {told}")
    print_line(f"  edit    {made.folder}/playbook, then `penstock playbook check -w {made.folder}`")
    print_line(f"  feed    drop files into {made.folder}/inbox, mapped by {made.folder}/mappings")
    print_line(f"  run     `penstock run pipeline -w {made.folder}`; mail stays in {made.folder}/data/mail at first")
