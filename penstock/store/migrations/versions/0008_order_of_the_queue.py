"""Keep the rescore queue in the order in which it is picked: by kind of subject, then by how long one has been due."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index that replaces the one on the moment alone."""
    op.create_index(op.f("ix_rescore_subject_due_at_subject_id"), "rescore", ["subject", "due_at", "subject_id"])
    op.drop_index(op.f("ix_rescore_due_at"), table_name="rescore")
