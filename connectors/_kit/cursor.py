"""Cursors as JSON text: written and read here by every connector, kept by the store without looking inside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from penstock.errors import FeedError


def write_cursor(position: Mapping[str, Any]) -> str:
    """Return a cursor as JSON whose text is the same for the same position."""
    return json.dumps(position, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read_cursor(cursor: str | None, *, feed: str) -> dict[str, Any]:
    """Return the position a cursor stands for, empty for None; raises FeedError when it is none of ours."""
    if not cursor:
        return {}
    try:
        position = json.loads(cursor)
    except json.JSONDecodeError as error:
        position = error
    if not isinstance(position, dict):
        raise FeedError(
            f"The stored cursor of feed {feed} cannot be read; remove its row to read the feed from the start"
        )
    return position
