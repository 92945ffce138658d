"""Alembic's environment: one connection, given by ``penstock.store.migrate``."""

from typing import Any, Literal

from alembic import context
from sqlmodel import AutoString

import penstock.store.tables
from penstock.store.types import Row

assert penstock.store.tables  # noqa: S101 - imported for its tables


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:  # noqa: ANN401 - Alembic's signature
    """Write plain strings as such, so that a revision needs nothing of SQLModel."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
