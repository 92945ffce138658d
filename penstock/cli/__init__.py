"""The command line: one file a command or group of commands; the only face that starts flows, through the wiring.

Importing it imports neither Prefect nor the web app: a command that needs them pays for them.
"""

from __future__ import annotations

from penstock.cli.entry import main

__all__ = ["main"]
