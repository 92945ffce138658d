"""Make room for imports that are held, and note of each decision whether it may be acted on."""

import sqlalchemy as sa
from alembic import op

from penstock.store.types import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column; nothing is dropped. What waits in an older store is weighed by the next run."""
    op.create_table(
        "import_held",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("decisions", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.Column("held_at", Instant(), nullable=False),
        sa.Column("whom", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_held")),
    )
    op.add_column("decision", sa.Column("hold", sa.BigInteger(), nullable=True))
