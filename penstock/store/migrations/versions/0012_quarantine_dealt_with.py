"""Note of a record in quarantine who said that it is dealt with otherwise, when and how."""

import sqlalchemy as sa
from alembic import op

from penstock.store.types import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; whatever waits in an older store goes on waiting."""
    op.add_column("quarantine", sa.Column("resolved_at", Instant(), nullable=True))
    op.add_column("quarantine", sa.Column("resolved_by", sa.String(), server_default="", nullable=False))
    op.add_column("quarantine", sa.Column("resolution", sa.String(), server_default="", nullable=False))
