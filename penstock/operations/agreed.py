"""Who agreed to a playbook and when, and what changed since somebody last did; for its page."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from penstock.counts import counted
from penstock.operations.open_checked import read_if_fit
from penstock.playbook.changes import changes
from penstock.playbook.model import Deciding, Playbook, read_body, version
from penstock.playbook.operations import Operations
from penstock.store.held import Agreed, read_agreements, read_held
from penstock.store.playbooks import VERSION

NOBODY = "nobody yet: `penstock playbook approve --as NAME`"


def read_agreed(url: str, playbook: Playbook) -> list[str]:
    """Return lines about both halves; none where there is no store of this version to ask."""
    return read_if_fit(url, lambda tx: list(_lines(tx, playbook))) or []


def _lines(tx: Connection, playbook: Playbook) -> Iterator[str]:
    agreements = read_agreements(tx)
    for part, half in (("definition", playbook.deciding), ("operations", playbook.operations)):
        wanted = version(half)
        mine = [one for one in reversed(agreements) if (one.part, one.hash) == (part, wanted)]
        said = ", ".join(f"{one.who} on {one.agreed_at:%d %b %Y}" for one in mine)
        yield f"{part} {wanted}: {said or NOBODY}"
        if not mine:
            yield from _since(tx, half, next((one for one in agreements if one.part == part), None))
    held = read_held(tx)
    if held is not None and held.approved_by is None and held.definition == version(playbook.deciding):
        yield f"held since {held.held_at:%d %b %Y}: it would make {counted(held.handoffs, 'handoff')} at once"


def _since(tx: Connection, half: Deciding | Operations, last: Agreed | None) -> Iterator[str]:
    if last is None:
        return
    kept = select(VERSION.c.body).where(VERSION.c.part == last.part, VERSION.c.hash == last.hash)
    text = tx.execute(kept).scalar_one_or_none()
    if text is not None:  # one that was agreed to and never ran is stored nowhere
        before: Deciding | Operations = read_body(type(half), text)
        yield f"  since {last.who} agreed to {last.hash} on {last.agreed_at:%d %b %Y}:"
        yield from (f"    {line}" for line in changes(before, half))
