"""Make room for moments, scores and decisions."""

import sqlalchemy as sa
from alembic import op

from penstock.store.types import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nothing is dropped."""
    _rescore()
    _receipt()
    _score()
    _decision()
    _promotion()


def _rescore() -> None:
    op.create_table(
        "rescore",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("folded_to", Instant(), nullable=True),
        sa.Column("live_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "subject_id", name=op.f("pk_rescore")),
    )
    op.create_index(op.f("ix_rescore_due_at"), "rescore", ["due_at"], unique=False)


def _receipt() -> None:
    op.create_table(
        "receipt",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "subject_id", "at", name=op.f("pk_receipt")),
        sqlite_with_rowid=False,
    )


def _score() -> None:
    op.create_table(
        "score",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("fit", sa.BigInteger(), nullable=False),
        sa.Column("intent", sa.BigInteger(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("flags", sa.BigInteger(), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("next_change_at", Instant(), nullable=True),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "subject_id", "definition", name=op.f("pk_score")),
    )


def _decision() -> None:
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("moment", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("stage_from", sa.String(), nullable=False),
        sa.Column("stage_to", sa.String(), nullable=False),
        sa.Column("tier_from", sa.String(), nullable=False),
        sa.Column("tier_to", sa.String(), nullable=False),
        sa.Column("branch_from", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("fit", sa.BigInteger(), nullable=False),
        sa.Column("intent", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("acted_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint(
            "subject",
            "subject_id",
            "definition",
            "moment",
            name=op.f("uq_decision_subject_subject_id_definition_moment"),
        ),
    )
    op.create_index(
        op.f("ix_decision_acted_at_branch_moment"), "decision", ["acted_at", "branch", "moment"], unique=False
    )


def _promotion() -> None:
    op.create_table(
        "promotion",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion")),
    )
    op.create_index(op.f("ix_promotion_subject_id"), "promotion", ["subject_id"], unique=False)
