"""Activities in words, for explanations: their kind and what they were about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from penstock.operations.explain.shape import ActivityLine
from penstock.store.engine import table
from penstock.store.statements import chunks
from penstock.store.tables import Activity, Spelling

ACTIVITY, SPELLING = table(Activity), table(Spelling)
# A text is quoted up to here; the whole of it is in the payload.
QUOTED = 80


def activity_rows(tx: Connection, ids: Iterable[int]) -> dict[int, Any]:
    """Return id → row with ``kind``, ``asset`` and ``text`` spelt out."""
    kind, asset, text = (SPELLING.alias(name) for name in ("kind", "asset", "text"))
    wanted = (
        select(
            ACTIVITY.c.id,
            ACTIVITY.c.occurred_at,
            kind.c.text.label("kind"),
            asset.c.text.label("asset"),
            text.c.text.label("text"),
        )
        .join(kind, kind.c.id == ACTIVITY.c.kind_id)
        .outerjoin(asset, asset.c.id == ACTIVITY.c.asset_id)
        .outerjoin(text, text.c.id == ACTIVITY.c.text_id)
    )
    found: dict[int, Any] = {}
    for some in chunks(sorted(ids)):
        found.update((row.id, row) for row in tx.execute(wanted.where(ACTIVITY.c.id.in_(some))))
    return found


def about(row: Any, *, by_text: bool = False) -> str:  # noqa: ANN401 - a row
    """Return what an activity was about: its asset, else the beginning of its text, quoted; ``by_text`` the text
    first.
    """
    if row.asset and not (by_text and row.text):
        return str(row.asset)
    return quoted(row.text or "")


def quoted(said: str) -> str:
    """Return the beginning of a text in quotes, nothing for none."""
    text = " ".join(said.split())
    return f"“{text[:QUOTED]}{'…' if len(text) > QUOTED else ''}”" if text else ""


def activity_lines(tx: Connection, ids: Iterable[int]) -> dict[int, Callable[[int, datetime, bool], ActivityLine]]:
    """Return id → what makes its line for the points (thousandths) it gives, until when, and whether for its text."""

    def maker(row: Any) -> Callable[[int, datetime, bool], ActivityLine]:  # noqa: ANN401 - a row
        return lambda points, until, by_text: ActivityLine(
            row.id, row.occurred_at, row.kind, about(row, by_text=by_text), points / 1000, until
        )

    return {activity: maker(row) for activity, row in activity_rows(tx, ids).items()}
