"""`penstock export`: a table as CSV, JSON or Parquet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.output import note
from penstock.cli.root import app
from penstock.cli.workspace import Workspace, opened
from penstock.counts import counted
from penstock.errors import UsageError
from penstock.operations.export import TABLES, export_table, find_table
from penstock.operations.export.formats import FORMATS


@app.command()
def export(
    ctx: typer.Context,
    *,
    table: Annotated[str, typer.Argument(metavar="TABLE", help=f"One of {', '.join(TABLES)}.")],
    fmt: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "csv",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to; else to stdout.")] = None,
) -> None:
    """Write a table, one row per thing."""
    find_table(table)
    if fmt == "parquet" and out is None:
        raise UsageError("--format parquet is no text for a terminal: say where to with --out FILE")
    with opened(ctx) as workspace:
        if out is None:
            export_table(workspace.sessions, now=workspace.present(), name=table, fmt=fmt, out=sys.stdout.buffer)
        else:
            note(f"{counted(to_file(workspace, table, fmt, out), 'row')} of {table} in {out}")


def to_file(workspace: Workspace, table: str, fmt: str, out: Path) -> int:
    """Write the table beside its place and move it there when it is whole; return the number of rows."""
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("wb") as file:
            rows = export_table(workspace.sessions, now=workspace.present(), name=table, fmt=fmt, out=file).rows
        part.replace(out)
    except OSError as error:
        raise UsageError(
            f"--out {out}: cannot be written ({error.strerror}); name a file in a folder that is there"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return rows
