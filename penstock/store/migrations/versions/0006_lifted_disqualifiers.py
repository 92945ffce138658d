"""Make room for disqualifiers that a person lifts."""

import sqlalchemy as sa
from alembic import op

from penstock.store.types import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; nothing is dropped."""
    op.create_table(
        "lift",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("disqualifier", sa.String(), nullable=False),
        sa.Column("lifted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lift")),
    )
    op.create_index(op.f("ix_lift_subject_id"), "lift", ["subject_id"], unique=False)
