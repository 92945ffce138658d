"""The store begins with words, and the playbook that reads them."""

import sqlalchemy as sa
from alembic import op

from penstock.store.types import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nothing is dropped."""
    _spelling()
    _term()
    _playbook_version()
    _playbook_start()
    _playbook_live()


def _spelling() -> None:
    op.create_table(
        "spelling",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spelling")),
        sa.UniqueConstraint("field", "key", name=op.f("uq_spelling_field_key")),
    )


def _term() -> None:
    op.create_table(
        "term",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("spelling_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", "spelling_id", "field", "term", name=op.f("pk_term")),
    )
    op.create_index(
        op.f("ix_term_version_id_field_term_spelling_id"),
        "term",
        ["version_id", "field", "term", "spelling_id"],
        unique=False,
    )


def _playbook_version() -> None:
    op.create_table(
        "playbook_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("adopted_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_version")),
        sa.UniqueConstraint("part", "hash", name=op.f("uq_playbook_version_part_hash")),
    )


def _playbook_start() -> None:
    op.create_table(
        "playbook_start",
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("started_at", name=op.f("pk_playbook_start")),
    )


def _playbook_live() -> None:
    op.create_table(
        "playbook_live",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("definition_id", sa.BigInteger(), nullable=False),
        sa.Column("operations_id", sa.BigInteger(), nullable=False),
        sa.Column("live_from", Instant(), nullable=False),
        sa.Column("now", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_live")),
    )
