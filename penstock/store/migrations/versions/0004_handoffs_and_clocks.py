"""Make room for handoffs, what sales says of them, and clocks."""

import sqlalchemy as sa
from alembic import op

from penstock.store.types import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nothing is dropped."""
    _handoff()
    _handoff_definition()
    _assignment()
    _rotation()
    _absence()
    _disposition()
    _outcome()
    _touch()
    _clock()
    _escalation()


def _handoff() -> None:
    op.create_table(
        "handoff",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("conversation", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("working_at", Instant(), nullable=True),
        sa.Column("first_contact_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("disposition", sa.String(), nullable=True),
        sa.Column("rejection_reason", sa.String(), nullable=True),
        sa.Column("next_step", sa.String(), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoff")),
        sa.UniqueConstraint(
            "subject",
            "subject_id",
            "queue",
            "conversation",
            name=op.f("uq_handoff_subject_subject_id_queue_conversation"),
        ),
    )
    op.create_index(op.f("ix_handoff_status_owner"), "handoff", ["status", "owner"], unique=False)


def _handoff_definition() -> None:
    op.create_table(
        "handoff_definition",
        sa.Column("handoff_id", sa.BigInteger(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("handoff_id", "definition", name=op.f("pk_handoff_definition")),
    )
    op.create_index(op.f("ix_handoff_definition_handoff_id"), "handoff_definition", ["handoff_id"], unique=False)


def _assignment() -> None:
    op.create_table(
        "assignment",
        sa.Column("handoff_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("by_whom", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("handoff_id", "round", name=op.f("pk_assignment")),
    )


def _rotation() -> None:
    op.create_table(
        "rotation",
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("turns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("queue", name=op.f("pk_rotation")),
    )


def _absence() -> None:
    op.create_table(
        "absence",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("person", "first_day", name=op.f("pk_absence")),
    )


def _disposition() -> None:
    op.create_table(
        "disposition",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("handoff_id", sa.BigInteger(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("next_step", sa.String(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("said_at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposition")),
        sa.UniqueConstraint(
            "handoff_id", "feed", "external_id", name=op.f("uq_disposition_handoff_id_feed_external_id")
        ),
    )
    op.create_index(op.f("ix_disposition_subject_subject_id"), "disposition", ["subject", "subject_id"], unique=False)


def _outcome() -> None:
    op.create_table(
        "outcome",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("landed_at", Instant(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
        sa.UniqueConstraint(
            "feed", "external_id", "kind", "received_at", name=op.f("uq_outcome_feed_external_id_kind_received_at")
        ),
    )
    op.create_index(op.f("ix_outcome_subject_subject_id"), "outcome", ["subject", "subject_id"], unique=False)


def _touch() -> None:
    op.create_table(
        "touch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("handoff_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touch")),
    )
    op.create_index(op.f("ix_touch_lead_id"), "touch", ["lead_id"], unique=False)


def _clock() -> None:
    op.create_table(
        "clock",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("of", sa.String(), nullable=False),
        sa.Column("of_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("sla", sa.String(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("levels", sa.String(), nullable=False),
        sa.Column("next_due", Instant(), nullable=True),
        sa.Column("stopped_at", Instant(), nullable=True),
        sa.Column("stopped_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
        sa.UniqueConstraint("of", "of_id", "kind", "round", name=op.f("uq_clock_of_of_id_kind_round")),
    )
    op.create_index(op.f("ix_clock_next_due"), "clock", ["next_due"], unique=False)


def _escalation() -> None:
    op.create_table(
        "escalation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("clock_id", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("fired_at", Instant(), nullable=False),
        sa.Column("notified", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
        sa.UniqueConstraint("clock_id", "level", name=op.f("uq_escalation_clock_id_level")),
    )
