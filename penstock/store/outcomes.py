"""Which outcomes count at a moment: one that is dated ahead counts from its date on. Read by qualify, nurture, route.

Its ``received_at`` is that date, and the subject has a receipt for it, so it is judged then. Should the feed say
anything else under the same id before, the date that it told was a plan, and never counts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, select

from penstock.store.engine import table
from penstock.store.tables import Outcome

OUTCOME = table(Outcome)


def counts(now: ColumnElement[Any] | datetime) -> ColumnElement[bool]:
    """Return whether an outcome of the statement counts at ``now``."""
    return and_(OUTCOME.c.received_at <= now, not_(and_(lay_ahead(), _was_replaced())))


def lay_ahead() -> ColumnElement[bool]:
    """Return whether an outcome was dated later than it landed."""
    return OUTCOME.c.at > OUTCOME.c.landed_at


def _was_replaced() -> ColumnElement[bool]:
    later, o = OUTCOME.alias("later"), OUTCOME.c
    same = (later.c.feed == o.feed, later.c.external_id == o.external_id, later.c.id > o.id)
    return exists(select(1).select_from(later).where(*same, later.c.landed_at < o.received_at).correlate_except(later))
