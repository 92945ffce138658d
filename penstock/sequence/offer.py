"""What a step's mail offers: its content minus what has expired and what the reader has had; used when writing it."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from penstock.playbook.operations import Content, Step
from penstock.playbook.terms import fold
from penstock.store.engine import table
from penstock.store.tables import Activity, Spelling

ACTIVITY, SPELLING = table(Activity), table(Spelling)


@dataclass(frozen=True, slots=True)
class Offer:
    """The content left to offer, or why there is none (``skip``) although the step has some."""

    content: tuple[Content, ...] = ()
    skip: str | None = None


def offer(step: Step, catalogue: Mapping[str, Content], *, had: AbstractSet[str], today: date) -> Offer:
    """Return what a step offers to somebody who has had ``had`` (folded titles, ids and addresses)."""
    listed = {name: catalogue[name] for name in step.content if name in catalogue}
    valid = {name: one for name, one in listed.items() if one.valid_until is None or today <= one.valid_until}
    left = tuple(one for name, one in valid.items() if not had & {fold(name), fold(one.title), fold(one.url)})
    if left or not step.content:
        return Offer(left)
    return Offer(skip="seen_already" if valid else "content_expired")


def downloaded(tx: Connection, leads: list[int]) -> dict[int, set[str]]:
    """Return lead → the folded names of the assets that they downloaded, as their feeds spell them."""
    kind = (
        select(SPELLING.c.id)
        .where(SPELLING.c.field == "kind", SPELLING.c.key == "content_downloaded")
        .scalar_subquery()
    )
    rows = tx.execute(
        select(ACTIVITY.c.lead_id, SPELLING.c.text)
        .distinct()
        .select_from(ACTIVITY.join(SPELLING, SPELLING.c.id == ACTIVITY.c.asset_id))
        .where(ACTIVITY.c.lead_id.in_(leads), ACTIVITY.c.kind_id == kind)
    )
    found: dict[int, set[str]] = {lead: set() for lead in leads}
    for row in rows:
        found[row.lead_id].add(fold(row.text))
    return found
