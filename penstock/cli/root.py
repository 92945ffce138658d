"""The root of the command line: the flag that names the workspace, taken before or after the command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

FLAGS = ("-w", "--workspace")


def hoisted(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the workspace flag first, wherever it stood before ``--``."""
    given = list(arguments)
    end = given.index("--") if "--" in given else len(given)
    front: list[str] = []
    rest: list[str] = []
    at = 0
    while at < end:
        if given[at] in FLAGS and at + 1 < end:
            front += given[at : at + 2]
            at += 2
            continue
        (front if given[at].startswith("--workspace=") else rest).append(given[at])
        at += 1
    return front + rest + given[end:]


class Root(TyperGroup):
    """The group of all commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - the context of whichever click typer carries
        """Take the workspace flag from wherever it stands."""
        return super().parse_args(ctx, hoisted(args))


app = typer.Typer(
    name="penstock",
    cls=Root,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
)


@app.callback(epilog="-w and --workspace are taken before or after the command.")
def root(
    ctx: typer.Context,
    workspace: Path | None = typer.Option(
        None, "-w", "--workspace", help="The workspace; else PENSTOCK_WORKSPACE, else this directory or a parent."
    ),
) -> None:
    """Qualify leads, nurture them, hand them to sales: by a written playbook."""
    ctx.obj = workspace
