"""Make room for target lists: which accounts are on them, from when until when."""

import sqlalchemy as sa
from alembic import op

from penstock.store.types import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; nothing is dropped."""
    op.create_table(
        "list_membership",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("origin_id", sa.BigInteger(), nullable=True),
        sa.Column("since", Instant(), nullable=True),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("said_at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("landed_at", Instant(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("found_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_membership")),
    )
    op.create_index(op.f("ix_list_membership_account_id"), "list_membership", ["account_id"], unique=False)
