"""Make room for lifted disqualifiers, agreements, a change that is held, and the exception behind a decision."""

import sqlalchemy as sa
from alembic import op

from penstock.store.types import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nothing is dropped."""
    _lift()
    _agreement()
    _held()
    op.add_column("decision", sa.Column("exception", sa.String(), server_default="", nullable=False))


def _lift() -> None:
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


def _agreement() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("agreed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("part", "hash", "who", name=op.f("uq_agreement_part_hash_who")),
    )


def _held() -> None:
    op.create_table(
        "playbook_held",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("operations", sa.String(), nullable=False),
        sa.Column("held_at", Instant(), nullable=False),
        sa.Column("handoffs", sa.BigInteger(), nullable=False),
        sa.Column("enrolments", sa.BigInteger(), nullable=False),
        sa.Column("most_handoffs", sa.BigInteger(), nullable=False),
        sa.Column("most_enrolments", sa.BigInteger(), nullable=False),
        sa.Column("whom", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_held")),
    )
