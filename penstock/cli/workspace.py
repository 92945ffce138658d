"""The workspace that a command works in: its settings, its store, and what time it is there."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer

from penstock.cli.clock import wall
from penstock.operations.clock import act_now, check_as_of, claim_now, present_now
from penstock.operations.open_checked import open_checked
from penstock.settings import Settings, load_settings
from penstock.store.engine import Sessions


@dataclass(frozen=True, slots=True)
class Workspace:
    """Settings and an open store."""

    settings: Settings
    sessions: Sessions

    def present(self) -> datetime:
        """Return the time it is, for a command that only looks."""
        return present_now(self.sessions, simulated=self.settings.is_simulated, wall=wall())

    def act(self, as_of: datetime | None = None) -> datetime:
        """Return the `now` of an act and keep it; raises UsageError for one that the workspace does not take."""
        simulated = self.settings.is_simulated
        if as_of is not None:
            check_as_of(self.sessions, simulated=simulated)
        now = as_of or act_now(self.sessions, simulated=simulated, wall=wall())
        claim_now(self.sessions, now=now, simulated=simulated)
        return now


def settings_of(ctx: typer.Context) -> Settings:
    """Return the settings of the workspace that the command line names, or the one around."""
    return load_settings(ctx.find_root().obj, blocks=_block)


def _block(workspace: Path, api_url: str, name: str) -> str | None:
    from deployments.wiring import secret_block

    return secret_block(workspace, api_url, name)


@contextmanager
def opened(ctx: typer.Context) -> Iterator[Workspace]:
    """Open the workspace of a command; raises FileError where its store is not of this version."""
    settings = settings_of(ctx)
    sessions = open_checked(settings.database_url)
    try:
        yield Workspace(settings, sessions)
    finally:
        sessions.close()


def whoever() -> str:
    """Return the name under which somebody acts who names nobody."""
    return getpass.getuser()
