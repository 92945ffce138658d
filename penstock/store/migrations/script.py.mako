"""${message}."""

import sqlalchemy as sa
from alembic import op

import penstock.store.types

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring an older store here; nothing is dropped."""
    ${upgrades if upgrades else "pass"}
