"""Options that several commands take, each declared once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from penstock.cli.clock import read_time

AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", parser=read_time, metavar="T", help="The time it is: ISO 8601 with zone, or a date."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Roll everything back and send nothing.")]
