"""Make room for merges: who was merged into whom, where an identifier came from, and by what a row's lead was found."""

import sqlalchemy as sa
from alembic import op

from penstock.store.types import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FOUND = ("consent", "outcome", "disposition", "lift", "promotion", "touch")


def upgrade() -> None:
    """Make the table, the columns and an index; nothing is dropped. In an older store nobody was ever merged."""
    _merge()
    op.add_column("identifier", sa.Column("home", sa.String(), server_default="", nullable=False))
    for name in FOUND:
        op.add_column(name, sa.Column("found_by", sa.String(), server_default="", nullable=False))
    some = sa.text("merged_into IS NOT NULL")
    op.create_index(op.f("ix_lead_merged_into"), "lead", ["merged_into"], sqlite_where=some, postgresql_where=some)


def _merge() -> None:
    op.create_table(
        "merge",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("kept_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("live_at", Instant(), nullable=True),
        sa.Column("took_account", sa.Boolean(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.Column("undone_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
    )
    op.create_index(op.f("ix_merge_kept_id"), "merge", ["kept_id"], unique=False)
    op.create_index(op.f("ix_merge_merged_id"), "merge", ["merged_id"], unique=False)
