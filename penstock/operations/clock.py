"""The `now` of runs and acts: real workspaces live by the wall, simulated ones by what they are given, and never back.

Called by flows and commands before anything else; the greatest `now` used is kept beside the live playbook.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from penstock.errors import UsageError
from penstock.store.engine import Sessions, table
from penstock.store.tables import PlaybookLive

LIVE = table(PlaybookLive)


def greatest_now(sessions: Sessions) -> datetime | None:
    """Return the greatest `now` that a run was given here, None before the first."""
    with sessions.read() as tx:
        return tx.execute(select(LIVE.c.now)).scalar_one_or_none()


def present_now(sessions: Sessions, *, simulated: bool, wall: datetime) -> datetime:
    """Return the `now` of a run or a look that names none: the wall's; a simulated clock stands where it was left."""
    greatest = greatest_now(sessions) if simulated else None
    return wall if greatest is None else greatest


def act_now(sessions: Sessions, *, simulated: bool, wall: datetime) -> datetime:
    """Return the `now` of an act by hand: the wall's; a simulated clock moves on by a second.

    So the act is later than the last run, whose decisions stay as they were made, and the next run sees it.
    """
    greatest = greatest_now(sessions) if simulated else None
    return wall if greatest is None else greatest + timedelta(seconds=1)


def check_as_of(sessions: Sessions, *, simulated: bool) -> None:
    """Raise UsageError where runs and acts live by the wall and are written."""
    if not simulated and not sessions.dry_run:
        raise UsageError(
            "--as-of: this workspace lives by the real clock; add --dry-run to see what a run would do,"
            ' or set clock = "simulated" in the penstock.toml of a workspace made for trying'
        )


RUN_ASKED = "--as-of"
# What a run may do instead; simulate can do neither.
RUN_REMEDY = "name a later time, leave it out to go on from there, or add --dry-run to look"


def claim_now(
    sessions: Sessions, *, now: datetime, simulated: bool, asked: str = RUN_ASKED, remedy: str = RUN_REMEDY
) -> None:
    """Raise the greatest `now` to this one; in a simulated workspace a lesser one raises UsageError.

    ``asked`` is the flag that named it, and ``remedy`` what to do instead.

    By the wall a lesser one is let through: machines differ by seconds, and no receipt goes before what was decided.
    """
    if sessions.dry_run:
        return
    with sessions.write() as tx:
        tx.execute(update(LIVE).where(LIVE.c.now < now).values(now=now))
        greatest = tx.execute(select(LIVE.c.now)).scalar_one_or_none()
    if simulated and greatest is not None and now < greatest:
        raise UsageError(
            f"{asked} {now:%Y-%m-%dT%H:%M:%SZ}: this workspace has already seen {greatest:%Y-%m-%dT%H:%M:%SZ};"
            f" a simulated clock goes forward only; {remedy}"
        )
