"""Keep each of several outcomes that one page tells under one id: a deal whose value was corrected in the same file."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = ["feed", "external_id", "kind", "received_at"]
SAID = ["at", "value", "currency"]


def upgrade() -> None:
    """Add what was said to what tells outcomes apart; received in one moment, they are alike in everything else."""
    with op.batch_alter_table("outcome") as outcome:
        outcome.drop_constraint(op.f(f"uq_outcome_{'_'.join(KEY)}"), type_="unique")
        outcome.create_unique_constraint(op.f(f"uq_outcome_{'_'.join([*KEY, *SAID])}"), [*KEY, *SAID])
