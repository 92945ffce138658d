"""The environment of all that we start: the workspace's own Prefect, whatever else is configured on the machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

# Somebody's profile or address must not send a demo's runs to their production server.
FOREIGN = ("PREFECT_API_URL", "PREFECT_API_KEY", "PREFECT_PROFILE", "PREFECT_PROFILES_PATH", "PREFECT_UI_API_URL")
HERE = "127.0.0.1,localhost"
# Seconds; a busy machine takes longer than Prefect's own limit of 20.
STARTUP = 120


def environment(workspace: Path, home: Path, api: str | None) -> dict[str, str]:
    """Return the environment of a child, or of this process before prefect is imported.

    ``home`` is where runs are kept (the workspace's data), ``api`` the address of the server.
    """
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    unproxied = ",".join(filter(None, (os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), HERE)))
    ours = {
        "PENSTOCK_WORKSPACE": str(workspace),
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": str(STARTUP),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # Prefect's client would look for its server on this machine through a proxy, where one is configured.
        "NO_PROXY": unproxied,
        "no_proxy": unproxied,
        "PREFECT_LOGGING_EXTRA_LOGGERS": "penstock",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        **({} if api is None else {"PREFECT_API_URL": api, "PREFECT_UI_API_URL": api}),
    }
    return kept | ours


def enter(ours: Mapping[str, str]) -> None:
    """Make it the environment of this process, and keep Prefect's own lines off the user's terminal."""
    for name in FOREIGN:
        os.environ.pop(name, None)
    # A typed error is told by the command in a line; Prefect would add the traceback. Its log in the UI has it anyway.
    os.environ.update(ours, PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL="CRITICAL")
